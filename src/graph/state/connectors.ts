import { z } from 'zod';
import { failure } from '../../failures';
import type { ConnectorDocument } from '../../sync/connectorDocument';
import { arangoErrors, errorNumOf, ofDriver } from '../driver/errors';
import type { Graph, StandaloneGraph } from '../driver/graph';
import { readWithParts, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { withRetries } from '../driver/retries';
import { inCurrentForm, SCHEMA_VERSION, type StoredConnector } from './connectorForms';

const COLLECTION = 'dropboxConnectors';

/** The counts of a run, as the connector's document stores them. */
const countsSchema = {
  users: z.number(),
  groups: z.number(),
  recordGroups: z.number(),
  records: z.object({ added: z.number(), updated: z.number(), moved: z.number(), deleted: z.number() }),
  permissions: z.object({ granted: z.number(), revoked: z.number() }),
  deadLetters: z.number(),
  dropboxCalls: z.number(),
  ungranted: z
    .object({ levels: z.number(), invitees: z.number(), outsiders: z.number(), members: z.number() })
    .exactOptional(),
  events: z
    .object({ used: z.number(), withoutEffect: z.number(), unknown: z.number(), unreadable: z.number().default(0) })
    .exactOptional(),
};

/** As they are stored. `syncFiltersSchema` checks what a caller gives, and refuses what is unknown. */
const filtersSchema = z.object({
  modifiedAfter: z.number().exactOptional(),
  modifiedBefore: z.number().exactOptional(),
  createdAfter: z.number().exactOptional(),
  createdBefore: z.number().exactOptional(),
  extensions: z.object({ operator: z.enum(['in', 'not_in']), values: z.array(z.string()) }).exactOptional(),
  manualIndexing: z.boolean().exactOptional(),
  indexShared: z.boolean().exactOptional(),
});

/**
 * The form of a connector's document. It is checked whenever one is read, since an operator or another version of this
 * program may have written it. `brake` holds the limits of the deletion guard: a run that would delete or revoke more
 * needs an operator's approval.
 */
const connectorSchema: z.ZodType<ConnectorDocument> = z.object({
  _key: z.string(),
  orgId: z.string(),
  appKey: z.string(),
  credentials: z.string(),
  strategy: z.enum(['manual', 'scheduled', 'webhook']),
  every: z.string().nullable(),
  paused: z.boolean(),
  batchSize: z.int().positive(),
  filters: filtersSchema,
  appliedFilters: filtersSchema.nullable(),
  filtersChangedAt: z.number().exactOptional(),
  appliedChangeAt: z.number().exactOptional(),
  runChangeAt: z.number().exactOptional(),
  brake: z.object({ share: z.number().min(0).max(1), items: z.int().nonnegative() }),
  removals: z
    .object({
      runId: z.string(),
      entries: z.number(),
      grants: z.number(),
      deletes: z.number(),
      confirmed: z.number(),
      revokes: z.number(),
    })
    .exactOptional(),
  teamId: z.string().nullable(),
  lastRun: z
    .object({
      ...countsSchema,
      status: z.enum(['complete', 'partial', 'failed']),
      mode: z.enum(['full', 'incremental']),
      seconds: z.number(),
      runId: z.string(),
      startedAt: z.number(),
      endedAt: z.number(),
      gaps: z.array(z.string()),
    })
    .nullable(),
  wholeRunAt: z.number().exactOptional(),
  fullRunAt: z.number().nullable(),
  fullReadAt: z.number().nullable().exactOptional(),
  completeRunAt: z.number().exactOptional(),
  runToken: z.string().exactOptional(),
  createdAt: z.number(),
  updatedAt: z.number(),
});

/** ArangoDB's rule for keys. A connector id has to obey it, as the key of the connector and of PipesHub's app. */
const legalKey = /^[A-Za-z0-9_\-.@()+,=;$!*'%:]{1,254}$/;

const all = defineQuery<Record<string, never>, StoredConnector>(
  'connectors.all',
  `FOR connector IN dropboxConnectors
     SORT connector._key
     RETURN connector`,
  {},
);

/** A connector in the form in which it is stored. */
export const connectorById = defineQuery<{ connectorId: string }, StoredConnector>(
  'connectors.byId',
  `FOR connector IN dropboxConnectors
     FILTER connector._key == @connectorId
     RETURN connector`,
  { connectorId: 'connector' },
);

/**
 * Checks a document of the connectors' collection, whichever query has read it. One of an older form is read as if it
 * were migrated. @throws GraphRefused if it is malformed, or of a newer form
 */
export function connectorOf(stored: unknown): ConnectorDocument {
  const parsed = connectorSchema.safeParse(inCurrentForm(stored as StoredConnector));
  if (parsed.success) return parsed.data;
  const key = (stored as { _key?: string })._key ?? '?';
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw failure(
    'GraphRefused',
    `the stored connector ${key} is not readable (${fields}): correct these fields of ${COLLECTION}/${key}, or restore it from a backup`,
  );
}

export function unknownConnector(connectorId: string): Error {
  return failure(
    'ConnectorUnknown',
    `there is no connector ${connectorId} in this database: dropbox-teams status shows those that exist, dropbox-teams create makes one`,
  );
}

/** The error for a connector whose app is missing in PipesHub, which would show nothing of what a sync writes. */
export function unknownApp(connectorId: string): Error {
  return failure(
    'AppUnknown',
    `PipesHub has no app ${connectorId}: set the connector up in PipesHub, or remove what it wrote: dropbox-teams cleanup ${connectorId}`,
  );
}

export function pausedConnector(connectorId: string): Error {
  return failure('ConnectorPaused', `the connector ${connectorId} is paused; run: dropbox-teams resume ${connectorId}`);
}

const notFound = (error: unknown): boolean => errorNumOf(error) === arangoErrors.documentNotFound;

/** `more` is read in the same request. @throws ConnectorUnknown */
export async function getConnector(
  graph: StandaloneGraph,
  connectorId: string,
  more: readonly Part[] = [],
): Promise<ConnectorDocument> {
  const [stored] = await readWithParts(graph, connectorById, { connectorId }, more);
  if (stored === undefined) throw unknownConnector(connectorId);
  return connectorOf(stored);
}

/** All connectors in the form in which they are stored, by key. */
export const storedConnectors = (graph: Graph): Promise<StoredConnector[]> => graph.run(all, {});

export async function listConnectors(graph: Graph): Promise<ConnectorDocument[]> {
  return (await storedConnectors(graph)).map(connectorOf);
}

/**
 * Stores a new connector. PipesHub's organization and app documents have to exist, since PipesHub would show nothing
 * that a sync writes without them. @throws InvalidArgument, OrganizationUnknown, AppUnknown, ConnectorExists
 */
export async function insertConnector(graph: StandaloneGraph, connector: ConnectorDocument): Promise<void> {
  if (!legalKey.test(connector._key)) {
    throw failure(
      'InvalidArgument',
      `${JSON.stringify(connector._key)} can't be a connector id: ArangoDB does not allow it as a key`,
    );
  }
  await requireOrganization(graph, connector.orgId);
  // PipesHub's app has the key of the connector. `connector.appKey` is something else: the key of the app at Dropbox.
  await requireApp(graph, connector._key);
  try {
    const collection = graph.database.collection(COLLECTION);
    const document = { ...connectorSchema.parse(connector), schemaVersion: SCHEMA_VERSION };
    await ofDriver(() => collection.save(document, { overwriteMode: 'conflict' }));
  } catch (error) {
    if (errorNumOf(error) !== arangoErrors.uniqueConstraint) throw error;
    throw failure(
      'ConnectorExists',
      `the connector ${connector._key} exists already: continue with it by dropbox-teams setup --connector ${connector._key}; another one needs another id`,
    );
  }
}

const exists = async (graph: StandaloneGraph, collection: string, key: string): Promise<boolean> =>
  legalKey.test(key) && (await withRetries(() => graph.database.collection(collection).documentExists(key)));

/** @throws OrganizationUnknown */
export async function requireOrganization(graph: StandaloneGraph, orgId: string): Promise<void> {
  if (await exists(graph, 'organizations', orgId)) return;
  throw failure(
    'OrganizationUnknown',
    `PipesHub has no organization ${orgId}: use the key of its document in organizations`,
  );
}

/** PipesHub's app document has the connector's id as its key. @throws AppUnknown */
export async function requireApp(graph: StandaloneGraph, connectorId: string): Promise<void> {
  if (!(await exists(graph, 'apps', connectorId))) throw unknownApp(connectorId);
}

/**
 * Sets some fields of a connector. A field that holds an object (`filters`, `brake`, `lastRun`) is replaced whole,
 * never merged. @throws ConnectorUnknown
 */
export async function updateConnector(
  graph: Graph,
  connectorId: string,
  patch: Partial<Omit<ConnectorDocument, '_key'>>,
): Promise<void> {
  try {
    await graph.updateAll(COLLECTION, [{ ...patch, _key: connectorId }]);
  } catch (error) {
    throw notFound(error) ? unknownConnector(connectorId) : error;
  }
}

/** Removes the connector's document only: `cleanupStep` removes what the connector wrote. A repeat is not an error. */
export async function removeConnector(graph: Graph, connectorId: string): Promise<void> {
  await graph.removeAll(COLLECTION, [connectorId]);
}

export type AppStatus = 'IDLE' | 'SYNCING' | 'FULL_SYNCING';

/** Sets the status that PipesHub shows for the connector. @throws AppUnknown */
export async function setAppStatus(graph: Graph, connectorId: string, status: AppStatus, now: number): Promise<void> {
  try {
    const patch = { _key: connectorId, status, updatedAtTimestamp: now };
    await graph.updateAll('apps', [patch]);
  } catch (error) {
    throw notFound(error) ? unknownApp(connectorId) : error;
  }
}
