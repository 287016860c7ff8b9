import { approvalAnswered, approvalEnded } from '../../sync/approvalState';
import type { HeldField } from '../../sync/deletionGuard';
import { gapLine, namespaceOfGap } from '../../sync/gaps';
import { namespaceKey } from '../../sync/keys';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { ListedNamespace } from '../../sync/planTypes';
import type { HeldAnswer, NamespaceDocument } from '../../sync/syncDocuments';
import { inTransaction, type Graph, type StandaloneGraph, type Transaction } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { isReadable } from './readableNamespace';

const COLLECTION = 'dropboxNamespaces';
type Work = NamespaceDocument['work'];

const readableOf = (connectorId: string, namespaces: readonly NamespaceDocument[]): NamespaceDocument[] =>
  namespaces.filter((namespace) => isReadable(connectorId, namespace));

/** Calls `take` for readable namespaces only. */
const ifReadable =
  (connectorId: string, take: (namespace: NamespaceDocument) => void) =>
  (namespace: NamespaceDocument): void => {
    if (isReadable(connectorId, namespace)) take(namespace);
  };

async function* eachReadable(
  connectorId: string,
  batches: AsyncIterable<NamespaceDocument[]>,
): AsyncGenerator<NamespaceDocument[]> {
  for await (const batch of batches) yield readableOf(connectorId, batch);
}

const all = defineQuery<{ connectorId: string }, NamespaceDocument>(
  'namespaces.all',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     RETURN UNSET(namespace, "_id", "_rev")`,
  { connectorId: 'connector' },
);

const byKeys = defineQuery<{ keys: string[] }, NamespaceDocument>(
  'namespaces.byKeys',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace._key IN @keys
     RETURN UNSET(namespace, "_id", "_rev")`,
  { keys: ['key'] },
);

const children = defineQuery<{ connectorId: string; parents: string[] }, NamespaceDocument>(
  'namespaces.children',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId AND namespace.parentNamespaceId IN @parents
     RETURN UNSET(namespace, "_id", "_rev")`,
  { connectorId: 'connector', parents: ['1'] },
);

const listedByDelegate = defineQuery<
  { connectorId: string; after: string; limit: number; withoutList: boolean | null; delegate: string | null },
  { delegate: string; namespaceIds: string[] }
>(
  'namespaces.listedByDelegate',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId AND namespace.work IN ["relist", "continue"]
     FILTER namespace.delegate > @after
     FILTER @delegate == null OR @delegate == namespace.delegate
     FILTER @withoutList == null OR @withoutList == (namespace.kind NOT IN ["team_folder", "shared_folder"])
     COLLECT delegate = namespace.delegate INTO listed = namespace.namespaceId
     SORT delegate
     LIMIT @limit
     RETURN { delegate: delegate, namespaceIds: listed }`,
  { connectorId: 'connector', after: '', limit: 10, withoutList: null, delegate: null },
);

/** A `namespace` whose member list has to be read, unless this run has held its revocations already. */
export const DUE_LIST = `FILTER namespace.connectorId == @connectorId AND namespace.due == true
     FILTER namespace.heldRevocations == null OR namespace.heldRevocations.runId != @runId
     FILTER namespace.work != "remove" AND namespace.kind IN ["team_folder", "shared_folder"]`;

const due = defineQuery<{ connectorId: string; runId: string; limit: number }, NamespaceDocument>(
  'namespaces.due',
  `FOR namespace IN dropboxNamespaces
     ${DUE_LIST}
     LIMIT @limit
     RETURN UNSET(namespace, "_id", "_rev")`,
  { connectorId: 'connector', runId: 'run', limit: 10 },
);

const anyOne = defineQuery<{ connectorId: string }, number>(
  'namespaces.anyOne',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     LIMIT 1
     RETURN 1`,
  { connectorId: 'connector' },
);

/** Namespaces in which something awaits approval, or was rejected. */
export const HELD = `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     FILTER namespace.held != null OR namespace.heldRevocations != null OR namespace.heldFilters != null
     SORT namespace.namespaceId
     RETURN UNSET(namespace, "_id", "_rev")`;

const held = defineQuery<{ connectorId: string }, NamespaceDocument>('namespaces.held', HELD, {
  connectorId: 'connector',
});

/** Why a `namespace` could not be listed to its end, or its member list not be read. */
const PROBLEM = `namespace.problem || (namespace.work IN ["relist", "continue"] ? namespace.listingProblem : null)`;

export interface StoredGap {
  namespaceId: string;
  problem: string;
}

export const GAPS = `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     LET problem = ${PROBLEM}
     FILTER problem != null
     RETURN { namespaceId: namespace.namespaceId, problem }`;

const gaps = defineQuery<{ connectorId: string }, StoredGap>('namespaces.gaps', GAPS, { connectorId: 'connector' });

/** Reads all namespaces of a connector. There are thousands at most, and a principal rarely changes. */
const naming = defineQuery<{ connectorId: string; ids: string[] }, NamespaceDocument>(
  'namespaces.naming',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     FILTER LENGTH(INTERSECTION(namespace.principals[*].id, @ids)) > 0
     RETURN UNSET(namespace, "_id", "_rev")`,
  { connectorId: 'connector', ids: ['dbmid:1'] },
);

const leaving = defineQuery<{ connectorId: string; after: string; limit: number }, string>(
  'namespaces.leaving',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId AND namespace.work == "remove" AND namespace.namespaceId > @after
     SORT namespace.namespaceId
     LIMIT @limit
     RETURN namespace.namespaceId`,
  { connectorId: 'connector', after: '', limit: 10 },
);

const successor = defineQuery<{ connectorId: string; recordGroupKey: string; namespaceId: string }, number>(
  'namespaces.successor',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId AND namespace.recordGroupKey == @recordGroupKey
     FILTER namespace.namespaceId != @namespaceId AND namespace.work != "remove"
     LIMIT 1
     RETURN 1`,
  { connectorId: 'connector', recordGroupKey: 'group', namespaceId: '1' },
);

const attemptOf = defineQuery<{ key: string }, string | null>(
  'namespaces.attempt',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace._key == @key
     RETURN namespace.attempt`,
  { key: 'key' },
);

/** The fencing token of a namespace: which activity attempt owns its listing. */
export async function readAttempt(graph: Graph, key: string): Promise<string | null> {
  return (await graph.run(attemptOf, { key }))[0] ?? null;
}

const summary = defineQuery<
  { connectorId: string },
  { work: Work; problem: string | null; namespaces: number; oldestRead: number | null; unread: number }
>(
  'namespaces.summary',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     COLLECT work = namespace.work, problem = ${PROBLEM}
       AGGREGATE namespaces = COUNT(1), oldestRead = MIN(namespace.membersReadAt), unread = SUM(namespace.membersReadAt == null ? 1 : 0)
     RETURN { work: work, problem: problem, namespaces: namespaces, oldestRead: oldestRead, unread: unread }`,
  { connectorId: 'connector' },
);

/** All namespaces of a connector, in batches. */
export function allNamespaces(graph: StandaloneGraph, connectorId: string): AsyncGenerator<NamespaceDocument[]> {
  return eachReadable(connectorId, graph.stream(all, { connectorId }, 500));
}

/** The stored namespaces with these ids. Unknown ids are absent. */
export async function readNamespaces(
  graph: Graph,
  connectorId: string,
  namespaceIds: readonly string[],
): Promise<Map<string, NamespaceDocument>> {
  const found = new Map<string, NamespaceDocument>();
  if (namespaceIds.length === 0) return found;
  const keys = namespaceIds.map((id) => namespaceKey(connectorId, id));
  for (const namespace of readableOf(connectorId, await graph.run(byKeys, { keys })))
    found.set(namespace.namespaceId, namespace);
  return found;
}

/** For `readInOneRequest`: `take` gets each of these namespaces that is stored. */
export const namespacesPart = (
  connectorId: string,
  namespaceIds: readonly string[],
  take: (namespace: NamespaceDocument) => void,
): Part =>
  part(byKeys, { keys: namespaceIds.map((id) => namespaceKey(connectorId, id)) }, ifReadable(connectorId, take));

/** null for a namespace that is not stored. */
export async function readNamespace(
  graph: Graph,
  connectorId: string,
  namespaceId: string,
): Promise<NamespaceDocument | null> {
  return (await readNamespaces(graph, connectorId, [namespaceId])).get(namespaceId) ?? null;
}

/** The fields of a namespace that its records need. */
export const listedNamespace = (orgId: string, namespace: NamespaceDocument): ListedNamespace => ({
  connectorId: namespace.connectorId,
  orgId,
  namespaceId: namespace.namespaceId,
  kind: namespace.kind,
  name: namespace.name,
  externalGroupId: namespace.externalGroupId,
  recordGroupKey: namespace.recordGroupKey,
});

/** A gap line for each namespace that could not be listed to its end, or whose member list could not be read. */
export async function storedGaps(graph: Graph, connectorId: string): Promise<string[]> {
  return (await graph.run(gaps, { connectorId })).map(({ namespaceId, problem }) => gapLine(namespaceId, problem));
}

/** Adds the names of namespaces to the gap lines of a run, for people who read them. */
export async function namedGaps(graph: Graph, connectorId: string, lines: readonly string[]): Promise<string[]> {
  const ids = new Set(lines.flatMap((line) => namespaceOfGap(line) ?? []));
  const found = await readNamespaces(graph, connectorId, [...ids]);
  return lines.map((line) => {
    const id = namespaceOfGap(line);
    const name = id === undefined ? undefined : found.get(id)?.name;
    return name === undefined ? line : `${name} (${id}): ${line.slice(gapLine(id ?? '', '').length)}`;
  });
}

/** Stores whole documents. `writeRecordGroups` stores a namespace together with its record group. */
export async function putNamespaces(graph: Graph, namespaces: readonly NamespaceDocument[]): Promise<void> {
  await graph.insertAll(COLLECTION, namespaces, 'replace');
}

/** Sets some fields of namespaces. */
export async function patchNamespaces(
  graph: Graph,
  context: { connectorId: string; now: number },
  patches: readonly NamespacePatch[],
): Promise<void> {
  await graph.updateAll(
    COLLECTION,
    patches.map((patch) => namespaceUpdate(context, patch)),
  );
}

/** Removes the documents of namespaces. `removeRecordGroup` removes a namespace together with its record group. */
export async function removeNamespaces(
  graph: Graph,
  connectorId: string,
  namespaceIds: readonly string[],
): Promise<number> {
  const keys = namespaceIds.map((id) => namespaceKey(connectorId, id));
  return graph.removeAll(COLLECTION, keys);
}

/** The next delegates with namespaces to list, or this one, sorted, each with the ids of those namespaces. */
export async function workByDelegate(
  graph: Graph,
  connectorId: string,
  { after, limit, withoutList = null }: { after: string; limit: number; withoutList?: boolean | null | undefined },
  delegate: string | null = null,
): Promise<{ delegate: string; namespaceIds: string[] }[]> {
  return graph.run(listedByDelegate, { connectorId, after, limit, withoutList, delegate });
}

/** Shared folders that are nested in one of these namespaces. They may take members from it. */
export async function childNamespaces(
  graph: Graph,
  connectorId: string,
  parentNamespaceIds: readonly string[],
): Promise<NamespaceDocument[]> {
  return readableOf(connectorId, await graph.run(children, { connectorId, parents: [...parentNamespaceIds] }));
}

/**
 * For `readInOneRequest`: `take` gets the namespaces whose member list has to be read again, except those whose revocations
 * this run has held already.
 */
export const dueNamespacesPart = (
  vars: { connectorId: string; runId: string; limit: number },
  take: (namespace: NamespaceDocument) => void,
): Part => part(due, vars, ifReadable(vars.connectorId, take));

/** For `readInOneRequest`: `take` is called if any namespace of the connector is stored. */
export const anyNamespacePart = (connectorId: string, take: () => void): Part => part(anyOne, { connectorId }, take);

/** Namespaces in which something awaits approval, or was rejected. */
export const heldNamespaces = async (graph: Graph, connectorId: string): Promise<NamespaceDocument[]> =>
  readableOf(connectorId, await graph.run(held, { connectorId }));

/**
 * Stores an operator's answer for all that awaits one, or for one namespace, with the figures that are stored now.
 * Returns the namespaces that it is for, as they were before.
 */
export async function answerHeld(
  graph: StandaloneGraph,
  context: { connectorId: string; now: number },
  decision: HeldAnswer['decision'],
  namespaceId?: string,
): Promise<NamespaceDocument[]> {
  return inTransaction(graph, [COLLECTION], async (tx) => {
    const all = await heldNamespaces(tx, context.connectorId);
    const answered = all.filter((namespace) => namespaceId === undefined || namespace.namespaceId === namespaceId);
    const patches = answered.map((namespace) => approvalAnswered(namespace, decision, context.now));
    await patchNamespaces(tx, context, patches);
    return answered;
  });
}

/**
 * Clears what is held in this field, and any answer to it, so that the deletion guard judges it again. The transaction
 * declares `dropboxNamespaces`.
 */
export async function endApprovals(
  tx: Transaction,
  context: { connectorId: string; now: number },
  field: HeldField,
): Promise<void> {
  const held = (await heldNamespaces(tx, context.connectorId)).filter((namespace) => namespace[field]);
  await patchNamespaces(
    tx,
    context,
    held.map((namespace) => approvalEnded(namespace, field)),
  );
}

/** Namespaces whose stored member list names one of these members or groups, in batches. */
export function namespacesNaming(
  graph: StandaloneGraph,
  connectorId: string,
  ids: readonly string[],
): AsyncGenerator<NamespaceDocument[]> {
  return eachReadable(connectorId, graph.stream(naming, { connectorId, ids: [...ids] }, 200));
}

/** The ids of the next namespaces that are to be removed, in their order. */
export const leavingNamespaces = (graph: Graph, connectorId: string, after: string, limit: number): Promise<string[]> =>
  graph.run(leaving, { connectorId, after, limit });

/**
 * Whether another namespace has its record group: a member's folder keeps its record group when it becomes another
 * namespace.
 */
export async function hasSuccessor(
  graph: Graph,
  {
    connectorId,
    recordGroupKey,
    namespaceId,
  }: Pick<NamespaceDocument, 'connectorId' | 'recordGroupKey' | 'namespaceId'>,
): Promise<boolean> {
  return (await graph.run(successor, { connectorId, recordGroupKey, namespaceId })).length > 0;
}

export interface NamespacesSummary {
  namespaces: number;
  /** When the oldest member list was read, milliseconds. Null when none was read. */
  oldestMembersReadAt: number | null;
  /** Namespaces whose member list was never read. */
  unread: number;
  byWork: Partial<Record<Work, number>>;
  problems: Record<string, number>;
}

/** Counts for status and metrics. */
export async function summarizeNamespaces(graph: Graph, connectorId: string): Promise<NamespacesSummary> {
  const sum: NamespacesSummary = { namespaces: 0, oldestMembersReadAt: null, unread: 0, byWork: {}, problems: {} };
  for (const row of await graph.run(summary, { connectorId })) {
    sum.namespaces += row.namespaces;
    sum.unread += row.unread;
    sum.byWork[row.work] = (sum.byWork[row.work] ?? 0) + row.namespaces;
    if (row.problem !== null) sum.problems[row.problem] = (sum.problems[row.problem] ?? 0) + row.namespaces;
    if (row.oldestRead !== null && (sum.oldestMembersReadAt === null || row.oldestRead < sum.oldestMembersReadAt)) {
      sum.oldestMembersReadAt = row.oldestRead;
    }
  }
  return sum;
}
