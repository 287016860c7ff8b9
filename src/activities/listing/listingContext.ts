import type { CommitContext } from '../../graph/entries/commit';
import { memberIndex, type PrincipalIndex } from '../../graph/access/memberIndex';
import { readNamespace } from '../../graph/state/namespaces';
import type { NamespaceDocument, Principal } from '../../sync/documents';
import { LIVE_GENERATION, type ListedNamespace } from '../../sync/planTypes';
import type { TeamIndex } from '../../sync/team';
import { checkpoint, type OpenConnector } from '../runtime/services';
import type { StandaloneGraph } from '../../graph/driver/graph';

/** The namespace as records need it. */
export const listedNamespace = (orgId: string, namespace: NamespaceDocument): ListedNamespace => ({
  connectorId: namespace.connectorId,
  orgId,
  namespaceId: namespace.namespaceId,
  kind: namespace.kind,
  name: namespace.name,
  externalGroupId: namespace.externalGroupId,
  recordGroupKey: namespace.recordGroupKey,
});

/** Everything that commits of one namespace share; for files with members of their own see `withExplicit`. */
export function openCommit(open: OpenConnector, namespace: NamespaceDocument, runId: string): CommitContext {
  const { connector, graph, services } = open;
  return {
    graph,
    namespace: listedNamespace(connector.orgId, namespace),
    namespaceById: async (tx, id) => {
      const other = await readNamespace(tx, connector._key, id);
      return other && other.work !== 'remove' ? listedNamespace(connector.orgId, other) : undefined;
    },
    filters: connector.filters,
    batchSize: connector.batchSize,
    generation: namespace.mark ?? LIVE_GENERATION,
    runId,
    explicit: new Map(),
    vertexOf: () => {
      throw new Error('principals of files come with the index that knows their vertices');
    },
    now: services.now,
    onBatch: () => checkpoint(),
  };
}

/** The same for items of which some have members of their own. */
export const withFileMembers = (
  commit: CommitContext,
  explicit: ReadonlyMap<string, Principal[]>,
  index: PrincipalIndex,
): CommitContext => ({ ...commit, explicit, vertexOf: (principal) => index.vertexOf(principal) });

export const readTeam = ({ graph, connector }: OpenConnector): Promise<TeamIndex> => memberIndex(graph, connector._key);

const teams = new WeakMap<StandaloneGraph, { run: string; team: Promise<TeamIndex> }>();

/**
 * The team for the listings of one run, which come after the phases that write members and groups: read once for all of
 * them, since a large team takes tens of MB.
 */
export function teamOfRun(open: OpenConnector, runId: string): Promise<TeamIndex> {
  const run = `${open.connector._key}/${runId}`;
  const known = teams.get(open.graph);
  if (known?.run === run) return known.team;
  const team = readTeam(open);
  teams.set(open.graph, { run, team });
  team.catch(() => {
    if (teams.get(open.graph)?.team === team) teams.delete(open.graph);
  });
  return team;
}
