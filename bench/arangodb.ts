/**
 * Measures the ArangoDB emulator over HTTP with records as PipesHub stores them: for each record a file, an entry and
 * five edges, which makes 8 documents, and PipesHub's nine indexes on records. The server runs in a separate process. Its
 * processor time is measured, so that this client and other programs on the machine do not count.
 */
import { parseArgs } from 'node:util';
import { LARGE_HEAP, peakMemory, processorSeconds, startProgram } from './processes';
import { Report } from './report';

const DEFAULT_SIZES = '10000,50000';
const BATCH = 1000;
const LOOKED_UP = 1000;
const REPEATS = 20;
const DOCUMENTS_PER_RECORD = 8;

const RECORD_INDEXES = [
  ['externalRecordId', 'connectorId'],
  ['virtualRecordId', 'orgId'],
  ['orgId'],
  ['webUrl', 'orgId'],
  ['connectorId'],
  ['indexingStatus'],
  ['orgId', 'connectorId', 'indexingStatus', '_key'],
  ['origin'],
  ['md5Checksum'],
];
const EDGE_COLLECTIONS = ['isOfType', 'belongsTo', 'recordRelations', 'inheritPermissions', 'permission'] as const;
const ORG = '0d9a1f5c-4f2a-4a6e-9d7e-52f1c0b8a001';
const CONNECTOR = '7c1e2b3a-9f80-4d11-8a55-1b2c3d4e5f60';
const AT = 1_760_000_000_000;

const keyOf = (n: number): string => `${(n * 2_654_435_761).toString(16).padStart(16, '0')}-4f2a-4a6e-9d7e-52f1c0b8`;
const externalOf = (n: number): string => `id:${keyOf(n).slice(0, 22)}`;

function record(n: number): object {
  return {
    _key: keyOf(n),
    orgId: ORG,
    recordName: `Quarterly report ${n}.pdf`,
    recordType: 'FILE',
    externalRecordId: externalOf(n),
    externalRevisionId: `0123456789${n}`,
    externalGroupId: String(n % 200),
    version: 0,
    origin: 'CONNECTOR',
    connectorName: 'DROPBOX',
    connectorId: CONNECTOR,
    mimeType: 'application/pdf',
    webUrl: `https://www.dropbox.com/home/Team/Folder ${n % 5000}/Quarterly report ${n}.pdf`,
    createdAtTimestamp: AT + n,
    updatedAtTimestamp: AT + n,
    lastSyncTimestamp: AT,
    sourceCreatedAtTimestamp: null,
    sourceLastModifiedTimestamp: AT - n,
    isDeleted: false,
    isArchived: false,
    isLatestVersion: true,
    indexingStatus: 'NOT_STARTED',
    extractionStatus: 'NOT_STARTED',
    virtualRecordId: null,
    md5Checksum: null,
  };
}

function file(n: number): object {
  const name = `Quarterly report ${n}.pdf`;
  const path = `/Team/Folder ${n % 5000}/${name}`;
  const sizeInBytes = n * 100;
  return {
    _key: keyOf(n),
    orgId: ORG,
    name,
    isFile: true,
    extension: 'pdf',
    path,
    mimeType: 'application/pdf',
    sizeInBytes,
  };
}

function entry(n: number): object {
  const path = `/folder ${n % 5000}/quarterly report ${n}.pdf`;
  return { _key: keyOf(n), connectorId: CONNECTOR, namespaceId: String(n % 200), path, itemId: externalOf(n) };
}

function edge(collection: (typeof EDGE_COLLECTIONS)[number], n: number): object {
  const from = `records/${keyOf(n)}`;
  const times = { createdAtTimestamp: AT, updatedAtTimestamp: AT };
  switch (collection) {
    case 'isOfType':
      return { _from: from, _to: `files/${keyOf(n)}`, ...times };
    case 'belongsTo':
    case 'inheritPermissions':
      return { _from: from, _to: `recordGroups/${n % 200}`, entityType: 'KB', ...times };
    case 'recordRelations':
      return { _from: `records/${keyOf(n % 5000)}`, _to: from, relationshipType: 'PARENT_CHILD', ...times };
    case 'permission':
      return { _from: `users/${n % 1000}`, _to: from, role: 'READER', type: 'USER', ...times };
  }
}

/** Sends requests to the server and measures the processor time that the server spends on them. */
class Client {
  constructor(
    private readonly url: string,
    private readonly pid: number,
  ) {}

  async post(path: string, body: string): Promise<unknown> {
    const response = await fetch(`${this.url}/_api/${path}`, { method: 'POST', body });
    const answer = (await response.json()) as { error?: boolean; errorMessage?: string } | { error?: boolean }[];
    const failed = Array.isArray(answer) ? answer.some((item) => item.error === true) : answer.error === true;
    if (failed) throw new Error(`${path}: ${JSON.stringify(answer).slice(0, 300)}`);
    return answer;
  }

  query(query: string, bindVars: object): Promise<unknown> {
    return this.post('cursor', JSON.stringify({ query, bindVars, batchSize: 100_000 }));
  }

  /** Seconds of the server's processor time, or elapsed seconds on systems that do not report processor time. */
  async seconds(work: () => Promise<void>): Promise<number> {
    const clock = performance.now();
    const before = processorSeconds(this.pid);
    await work();
    const after = processorSeconds(this.pid);
    return before === undefined || after === undefined ? (performance.now() - clock) / 1000 : after - before;
  }

  /** Inserts `size` documents in batches. The time for making the request bodies does not count. */
  async insert(collection: string, size: number, make: (n: number) => object): Promise<number> {
    let seconds = 0;
    for (let from = 0; from < size; from += BATCH * 20) {
      const bodies: string[] = [];
      for (let start = from; start < Math.min(size, from + BATCH * 20); start += BATCH) {
        const length = Math.min(BATCH, size - start);
        bodies.push(JSON.stringify(Array.from({ length }, (_, i) => make(start + i))));
      }
      seconds += await this.seconds(async () => {
        for (const body of bodies) await this.post(`document/${collection}`, body);
      });
    }
    return seconds;
  }
}

async function measure(size: number, report: Report): Promise<void> {
  const server = await startProgram('sandbox/main', ['arangodb', '--port', '0'], LARGE_HEAP);
  try {
    const client = new Client(server.url, server.pid);
    for (const name of ['records', 'files', 'entries']) await client.post('collection', JSON.stringify({ name }));
    for (const name of EDGE_COLLECTIONS) await client.post('collection', JSON.stringify({ name, type: 3 }));
    for (const fields of RECORD_INDEXES) {
      await client.post('index?collection=records', JSON.stringify({ type: 'persistent', fields }));
    }

    report.line(`${size} records`, `${size * DOCUMENTS_PER_RECORD} documents`);
    const recordSeconds = await client.insert('records', size, record);
    let otherSeconds = await client.insert('files', size, file);
    otherSeconds += await client.insert('entries', size, entry);
    for (const name of EDGE_COLLECTIONS) otherSeconds += await client.insert(name, size, (n) => edge(name, n));
    const all = (size * DOCUMENTS_PER_RECORD) / (recordSeconds + otherSeconds);
    report.figure('documents inserted per second, all', all, '', { least: 30_000 }, 0);
    report.figure('  records, with nine indexes', size / recordSeconds, '', undefined, 0);
    report.figure('  files, entries and edges', (size * (DOCUMENTS_PER_RECORD - 1)) / otherSeconds, '', undefined, 0);

    const spread = (round: number): number[] =>
      Array.from({ length: LOOKED_UP }, (_, i) => (i * 7919 + round * 104_729) % size);
    const lookup = await client.seconds(async () => {
      const query =
        'FOR r IN records FILTER r.externalRecordId IN @ids AND r.connectorId == @connector RETURN [r._key, r.version]';
      for (let round = 0; round < REPEATS; round++) {
        await client.query(query, { ids: spread(round).map(externalOf), connector: CONNECTOR });
      }
    });
    report.figure(`lookup of ${LOOKED_UP} ids by IN`, (lookup / REPEATS) * 1000, 'ms', undefined, 1);
    const traversal = await client.seconds(async () => {
      const query =
        'FOR id IN @ids FOR v IN 1..2 OUTBOUND id isOfType, OUTBOUND inheritPermissions RETURN v == null ? 1 : v._key';
      for (let round = 0; round < REPEATS; round++) {
        await client.query(query, { ids: spread(round).map((n) => `records/${keyOf(n)}`) });
      }
    });
    report.figure('edges traversed per second', (REPEATS * LOOKED_UP * 2) / traversal, '', undefined, 0);
    const peak = peakMemory(server.pid);
    if (peak !== undefined) {
      report.figure('peak memory', peak, 'MB', { most: 4096 }, 0);
      report.figure('  a record with its documents', (peak * 1024) / size, 'kB', undefined, 2);
    }
  } finally {
    await server.stop();
  }
}

/** `--sizes 10000,1000000`: numbers of records. A million takes a few minutes and about 8 GB. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { sizes: { type: 'string', default: DEFAULT_SIZES } } });
  const report = new Report();
  for (const size of values.sizes.split(',').map(Number)) await measure(size, report);
  report.end();
}
