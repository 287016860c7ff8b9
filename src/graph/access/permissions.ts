import { chunks } from '../../chunks';
import { higherRole } from '../../sync/access';
import { newEdge, principalType } from '../../sync/edges';
import type { PermissionEdge } from '../../sync/pipesHubDocuments';
import type { Principal } from '../../sync/syncDocuments';
import type { PrincipalVertices } from '../../sync/team';
import { recordVertex } from '../../sync/vertices';
import type { Graph, Transaction } from '../driver/graph';
import { defineQuery } from '../driver/query';

const TARGETS_PER_QUERY = 200;

export interface PermissionTarget {
  /** `_id` of a record or record group. */
  to: string;
  /** A principal that is named twice gets the highest of its roles. */
  principals: readonly Principal[];
}

/** The edges that a target is to have, keyed by `_from`. */
export interface WantedEdges {
  to: string;
  from: ReadonlyMap<string, Grant>;
}

export type Grant = Pick<PermissionEdge, 'role' | 'type'>;

export interface PermissionChanges {
  granted: number;
  revoked: number;
  /** Edges whose role or type is another one than before. */
  changed: number;
}

export interface PermissionPlan extends PermissionChanges {
  insert: PermissionEdge[];
  update: Pick<PermissionEdge, '_key' | 'role' | 'type' | 'updatedAtTimestamp'>[];
  remove: string[];
}

type StoredEdge = Pick<PermissionEdge, '_key' | '_from' | '_to'> & { role: string | null; type: string | null };

const edgesTo = defineQuery<{ targets: string[] }, StoredEdge>(
  'permissions.edgesTo',
  `FOR target IN @targets
     FOR edge IN permission
       FILTER edge._to == target
       RETURN { _key: edge._key, _from: edge._from, _to: edge._to, role: edge.role, type: edge.type }`,
  { targets: ['records/a', 'recordGroups/b'] },
);

const countTo = defineQuery<{ to: string }, number>(
  'permissions.countTo',
  `FOR edge IN permission
     FILTER edge._to == @to
     COLLECT WITH COUNT INTO edges
     RETURN edges`,
  { to: 'recordGroups/b' },
);

export const noChanges = (): PermissionChanges => ({ granted: 0, revoked: 0, changed: 0 });

export function addChanges(sum: PermissionChanges, more: PermissionChanges): void {
  sum.granted += more.granted;
  sum.revoked += more.revoked;
  sum.changed += more.changed;
}

/** The edges that the principals of a target lead to. A principal that the team does not know gets none. */
export function wantedEdges(target: PermissionTarget, team: PrincipalVertices): WantedEdges {
  const from = new Map<string, Grant>();
  for (const principal of target.principals) {
    const vertex = team.vertexOf(principal);
    if (vertex === null) continue;
    const role = higherRole(from.get(vertex)?.role ?? principal.role, principal.role);
    from.set(vertex, { role, type: principalType(principal) });
  }
  return { to: target.to, from };
}

/** One target for each record. A record that is named twice counts with its last list. */
export function recordTargets(
  records: readonly { recordKey: string | null; principals: readonly Principal[] | null }[],
): PermissionTarget[] {
  const targets = new Map<string, PermissionTarget>();
  for (const { recordKey, principals } of records) {
    // A record whose member list was never read keeps its edges.
    if (recordKey !== null && principals !== null) targets.set(recordKey, { to: recordVertex(recordKey), principals });
  }
  return [...targets.values()];
}

/** The writes after which each target has exactly the wanted edges. Pure. */
export function diffEdges(stored: readonly StoredEdge[], wanted: readonly WantedEdges[], now: number): PermissionPlan {
  const plan: PermissionPlan = { insert: [], update: [], remove: [], ...noChanges() };
  const byTarget = new Map<string, StoredEdge[]>();
  for (const edge of stored) {
    const edges = byTarget.get(edge._to);
    if (edges) edges.push(edge);
    else byTarget.set(edge._to, [edge]);
  }
  for (const { to, from } of wanted) {
    const kept = new Set<string>();
    const dropped = new Set<string>();
    for (const edge of byTarget.get(to) ?? []) {
      const want = from.get(edge._from);
      if (want === undefined || kept.has(edge._from)) {
        // PipesHub allows one edge between two vertices. Removing a duplicate of an edge that stays revokes nothing.
        plan.remove.push(edge._key);
        if (want === undefined) dropped.add(edge._from);
        continue;
      }
      kept.add(edge._from);
      if (edge.role !== want.role || edge.type !== want.type) {
        plan.update.push({ _key: edge._key, ...want, updatedAtTimestamp: now });
        plan.changed += 1;
      }
    }
    plan.revoked += dropped.size;
    for (const [vertex, want] of from) {
      if (kept.has(vertex)) continue;
      plan.granted += 1;
      plan.insert.push({ ...newEdge(vertex, to, now), ...want });
    }
  }
  return plan;
}

async function planEdges(graph: Graph, now: number, wanted: readonly WantedEdges[]): Promise<PermissionPlan> {
  const stored: StoredEdge[] = [];
  for (const part of chunks(wanted, TARGETS_PER_QUERY)) {
    const rows = await graph.run(edgesTo, { targets: [...new Set(part.map((target) => target.to))] });
    for (const row of rows) stored.push(row);
  }
  return diffEdges(stored, wanted, now);
}

/** Makes the edges to each target equal to the wanted ones, by difference. The transaction declares `permission`. */
export async function replaceEdges(
  tx: Transaction,
  now: number,
  wanted: readonly WantedEdges[],
): Promise<PermissionChanges> {
  const plan = await planEdges(tx, now, wanted);
  await tx.removeAll('permission', plan.remove);
  await tx.updateAll('permission', plan.update);
  await tx.insertAll('permission', plan.insert, 'update');
  return { granted: plan.granted, revoked: plan.revoked, changed: plan.changed };
}

/**
 * Gives each target exactly the edges of its principals. An edge that PipesHub wrote between the same two documents
 * counts as one of them. A repeat changes nothing. Each target may be named only once.
 */
export async function replacePermissions(
  tx: Transaction,
  now: number,
  targets: readonly PermissionTarget[],
  team: PrincipalVertices,
): Promise<PermissionChanges> {
  const wanted = targets.map((target) => wantedEdges(target, team));
  return replaceEdges(tx, now, wanted);
}

/** Counts what `replacePermissions` would change, without writing: for the deletion guard and for dry runs. */
export async function countPermissionChanges(
  graph: Graph,
  targets: readonly PermissionTarget[],
  team: PrincipalVertices,
): Promise<PermissionChanges> {
  const wanted = targets.map((target) => wantedEdges(target, team));
  const { granted, revoked, changed } = await planEdges(graph, 0, wanted);
  return { granted, revoked, changed };
}

/** How many permission edges lead to a vertex, those of other writers included. */
export async function permissionCount(graph: Graph, to: string): Promise<number> {
  return (await graph.run(countTo, { to }))[0] ?? 0;
}
