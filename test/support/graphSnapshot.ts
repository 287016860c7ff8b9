import type { Database } from 'arangojs';

type Document = Record<string, unknown> & { _id: string; _key: string; _from?: string; _to?: string };

/**
 * A connector's graph as lines without keys, versions and times, so that the result of many syncs can be compared with
 * the result of a single one.
 */
export interface GraphSnapshot {
  /** Sorted lines, one for each fact. */
  lines: string[];
  /** Faults that no graph may have: duplicate edges, edges to missing documents, records in two places. */
  faults: string[];
  /** Record keys by item id. */
  keys: Map<string, string>;
}

const EDGES = ['belongsTo', 'inheritPermissions', 'isOfType', 'permission', 'recordRelations', 'userAppRelation'];
const VERTICES = ['records', 'files', 'recordGroups', 'groups', 'users', 'organizations', 'apps'];
/** Fields that are not compared: keys, ArangoDB's system fields, times, and fields of the indexing service. */
const IGNORED_FIELDS = new Set([
  '_id',
  '_key',
  '_rev',
  '_from',
  '_to',
  'version',
  'createdAtTimestamp',
  'updatedAtTimestamp',
  'recordGroupId',
  'indexingStatus',
  'parsingStatus',
  'extractionStatus',
  'virtualRecordId',
]);

/** A received file has the time at which one of its receivers was invited: the one who was asked first. */
const RECEIVED = 'received';
const NO_TIMES = { modified: null, created: null };
const withoutTimes = (record: Document): Document => ({
  ...record,
  sourceCreatedAtTimestamp: null,
  sourceLastModifiedTimestamp: null,
});

export async function graphSnapshot(db: Database, connectorId: string): Promise<GraphSnapshot> {
  const graph = new Graph();
  for (const name of [...VERTICES, ...EDGES]) await graph.read(db, name);
  const lines = [
    ...graph.recordLines(connectorId),
    ...graph.recordGroupLines(connectorId),
    ...graph.groupLines(connectorId),
    ...graph.edgeLines('userAppRelation', ['sourceUserId']),
    ...(await entryLines(db, connectorId)),
    ...(await namespaceLines(db, connectorId)),
  ].sort();
  const orphans = await rows(db, 'dropboxDetached');
  const deadLetters = await rows(db, 'dropboxDeadLetters');
  const faults = [
    ...graph.faults(connectorId),
    ...orphans.map(({ _key }) => `record ${_key} is still orphaned`),
    ...deadLetters.map(
      ({ kind, subject, reason }) => `dead letter: ${String(kind)} ${String(subject)}: ${String(reason)}`,
    ),
  ];
  return { lines, faults, keys: graph.recordKeys(connectorId) };
}

class Graph {
  private readonly documents = new Map<string, Document>();
  private readonly byCollection = new Map<string, Document[]>();

  async read(db: Database, name: string): Promise<void> {
    const documents = await rows(db, name);
    this.byCollection.set(name, documents);
    for (const document of documents) this.documents.set(document._id, document);
  }

  private all(name: string): Document[] {
    return this.byCollection.get(name) ?? [];
  }

  private of(name: string, connectorId: string): Document[] {
    return this.all(name).filter((document) => document['connectorId'] === connectorId);
  }

  /** A name of a vertex that does not depend on its key. */
  private name(id: string | undefined): string {
    const document = this.documents.get(id ?? '');
    if (id === undefined || document === undefined) return `missing (${String(id)})`;
    const [collection = ''] = id.split('/');
    const named =
      document['externalRecordId'] ?? document['externalGroupId'] ?? document['email'] ?? document['name'] ?? id;
    return `${collection}:${(typeof named === 'string' ? named : id).toLowerCase()}`;
  }

  *recordLines(connectorId: string): Generator<string> {
    for (const record of this.of('records', connectorId)) {
      const id = String(record['externalRecordId']);
      yield `record ${id} ${fields(record['externalGroupId'] === RECEIVED ? withoutTimes(record) : record)}`;
      const file = this.documents.get(`files/${record._key}`);
      yield `record ${id} file ${file ? fields(file) : 'none'}`;
      for (const edge of ['belongsTo', 'inheritPermissions', 'recordRelations', 'permission'] as const) {
        for (const line of this.edgesOf(edge, record._id)) yield `record ${id} ${line}`;
      }
    }
  }

  *recordGroupLines(connectorId: string): Generator<string> {
    for (const group of this.of('recordGroups', connectorId)) {
      const id = String(group['externalGroupId']);
      yield `recordGroup ${id} ${fields(group)}`;
      for (const edge of this.all('belongsTo')) {
        if (edge._from === group._id) yield `recordGroup ${id} belongsTo ${this.name(edge._to)} ${fields(edge)}`;
      }
      for (const line of this.edgesOf('permission', group._id)) yield `recordGroup ${id} ${line}`;
    }
  }

  *groupLines(connectorId: string): Generator<string> {
    for (const group of this.of('groups', connectorId)) {
      const id = String(group['externalGroupId']);
      yield `group ${id} ${fields(group)}`;
      for (const edge of this.all('permission')) {
        if (edge._to === group._id) yield `group ${id} member ${this.name(edge._from)} ${fields(edge)}`;
      }
    }
  }

  *edgeLines(name: string, kept: string[]): Generator<string> {
    for (const edge of this.all(name)) {
      const facts = kept.map((field) => `${field}=${String(edge[field])}`).join(' ');
      yield `${name} ${this.name(edge._from)} → ${this.name(edge._to)} ${facts}`;
    }
  }

  /** Edges that belong to a vertex: where it is, and who has access to it. */
  private *edgesOf(name: string, id: string): Generator<string> {
    const inward = name === 'permission' || name === 'recordRelations';
    for (const edge of this.all(name)) {
      if ((inward ? edge._to : edge._from) !== id) continue;
      yield `${name} ${this.name(inward ? edge._from : edge._to)} ${fields(edge)}`;
    }
  }

  *faults(connectorId: string): Generator<string> {
    for (const name of EDGES) {
      const seen = new Set<string>();
      for (const { _from = '', _to = '' } of this.all(name)) {
        for (const end of [_from, _to]) if (!this.documents.has(end)) yield `${name} ${_from} → ${_to}: no ${end}`;
        const pair = `${_from} ${_to}`;
        if (seen.has(pair)) yield `${name} ${this.name(_from)} → ${this.name(_to)} exists twice`;
        seen.add(pair);
      }
    }
    const ids = new Set<string>();
    for (const record of this.of('records', connectorId)) {
      const id = String(record['externalRecordId']);
      if (ids.has(id)) yield `two records of ${id}`;
      ids.add(id);
      for (const name of ['belongsTo', 'inheritPermissions', 'isOfType']) {
        const count = this.all(name).filter(({ _from }) => _from === record._id).length;
        if (count !== 1) yield `record ${id} (${String(record['recordName'])}) has ${count} ${name} edges`;
      }
      const place = this.all('belongsTo').find(({ _from }) => _from === record._id)?._to;
      const inherited = this.all('inheritPermissions').find(({ _from }) => _from === record._id)?._to;
      if (place !== inherited)
        yield `record ${id} belongs to ${this.name(place)} and inherits from ${this.name(inherited)}`;
      if (`recordGroups/${String(record['recordGroupId'])}` !== place) yield `record ${id} names another record group`;
      const parents = this.all('recordRelations').filter(({ _to }) => _to === record._id);
      if (parents.length > 1) yield `record ${id} has ${parents.length} parents`;
    }
  }

  recordKeys(connectorId: string): Map<string, string> {
    return new Map(
      this.of('records', connectorId).map(({ _key, externalRecordId }) => [String(externalRecordId), _key]),
    );
  }
}

function fields(document: Record<string, unknown>): string {
  const kept = Object.entries(document)
    .filter(([name]) => !IGNORED_FIELDS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(kept));
}

/** Mount points are ignored: which of them a listing shows depends on the member who lists. */
async function entryLines(db: Database, connectorId: string): Promise<string[]> {
  return (await rows(db, 'dropboxEntries'))
    .filter((entry) => entry['connectorId'] === connectorId && entry['kind'] !== 'mount')
    .map((entry) => {
      const { namespaceId, path, kind, itemId, recordKey } = entry;
      const facts = namespaceId === RECEIVED ? { ...(entry['facts'] as object), ...NO_TIMES } : entry['facts'];
      return `entry ${String(namespaceId)}:${String(path)} ${JSON.stringify({ kind, itemId, facts, record: recordKey !== null })}`;
    });
}

/** Member lists are ignored: they may name a deleted group, and the access that they grant is in the edges. */
async function namespaceLines(db: Database, connectorId: string): Promise<string[]> {
  return (await rows(db, 'dropboxNamespaces'))
    .filter((namespace) => namespace['connectorId'] === connectorId)
    .map((namespace) => {
      const { namespaceId, kind, name, ownerMemberId, externalGroupId, due, work, problem, mark } = namespace;
      return `namespace ${String(namespaceId)} ${JSON.stringify({ kind, name, ownerMemberId, externalGroupId, due, work, problem, mark })}`;
    });
}

async function rows(db: Database, name: string): Promise<Document[]> {
  const cursor = await db.query<Document>(
    'FOR document IN @@name RETURN document',
    { '@name': name },
    { batchSize: 10_000 },
  );
  return cursor.all();
}

/** Lines that only one of the lists has. */
export function differences(found: readonly string[], expected: readonly string[]): string[] {
  const wanted = new Set(expected);
  const had = new Set(found);
  return [
    ...expected.filter((line) => !had.has(line)).map((line) => `missing: ${line}`),
    ...found.filter((line) => !wanted.has(line)).map((line) => `surplus: ${line}`),
  ];
}
