import { mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seeded } from '../support/faultProxy';
import { graphFaults } from '../support/graphChecks';
import { differences, dumpGraph } from '../support/graphDump';
import { closedAfterAll } from '../support/hooks';
import { Installation } from '../support/installation';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { listTeamFolder } from '../support/listTeamFolder';
import { seedFrom } from '../support/seeds';
import { CONNECTOR, Stack } from '../support/stack';

/** KILL_FOLDER names a folder of this machine for a long test, of 20,000 files or more. Without it, a folder is made. */
const given = process.env['KILL_FOLDER'];
jest.setTimeout(given === undefined ? limits.manySyncs : limits.largeFolder);
const KILLS = 3;
const FOLDERS = { count: 30, files: 25 };

/** Names that often cause errors: other scripts, both forms of é, spaces, dots, quotes, characters of AQL. */
const NAMES = [
  'plain.txt',
  'Größe & Maße.pdf',
  '測試 文件.docx',
  'e\u0301 and é.md',
  'dots...in.the.name..tar.gz',
  ' leading and trailing .txt',
  'it\'s «quoted» "twice".csv',
  '@bind {curly} $dollar %percent#hash.json',
  'emoji 🎉.png',
  '.hidden',
  'no extension',
];

function makeFolder(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'kill-'));
  for (let folder = 0; folder < FOLDERS.count; folder += 1) {
    const inside = path.join(root, `Ordner ${folder % 10} ä`, `sub.${folder}`);
    mkdirSync(inside, { recursive: true });
    for (let file = 0; file < FOLDERS.files; file += 1) {
      const name = NAMES[file] ?? `file ${file} of ${folder}.txt`;
      writeFileSync(path.join(inside, name), 'x'.repeat((folder * 7 + file) % 50));
    }
  }
  return root;
}

describe('a real folder', () => {
  const resources = closedAfterAll();
  let folder: string;
  let stack: Stack;
  let undisturbed: Installation;
  let killed: Installation;

  beforeAll(async () => {
    folder = given ?? makeFolder();
    if (given === undefined) resources.defer(() => rmSync(folder, { recursive: true }));
    stack = resources.add(await Stack.start({ team: `from:${folder}`, transactionIdleSeconds: 5 }));
    undisturbed = await Installation.create(stack, 'undisturbed');
    killed = await Installation.create(stack, 'killed');
  });

  it('is synced into the same graph when the worker is killed three times', async () => {
    const undisturbedWorker = await undisturbed.startWorker();
    expect(await undisturbed.sync()).toMatchObject({ status: 'complete', mode: 'full', deadLetters: 0 });
    await undisturbedWorker.stop();
    const expected = await dumpGraph(undisturbed.db);
    const total = expected.get('records')?.length ?? 0;

    const random = seeded(seedFrom('KILL_SEED', process.env['KILL_SEED'], 1));
    let worker = await killed.startWorker();
    const outcome = (await killed.client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS })).result();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      // A random moment in this third of the sync, measured by the records that it has stored.
      await recordsStored(killed, Math.floor((total * (kill - 1 + random())) / KILLS));
      await worker.kill();
      worker = await killed.startWorker();
    }
    expect(await outcome).toMatchObject({ status: 'complete', mode: 'full', deadLetters: 0 });
    await worker.stop();
    expect(differences(expected, await dumpGraph(killed.db))).toEqual([]);
    expect(await graphFaults(killed.db)).toEqual([]);
  });

  it('is in the graph as Dropbox lists it: names, sizes, hashes, revisions, parents', async () => {
    const listed = await listTeamFolder(stack);
    const cursor = await killed.db.query<StoredItem>(
      `FOR r IN records
           LET f = DOCUMENT("files", r._key)
           LET parents = (FOR e IN recordRelations FILTER e._to == r._id RETURN DOCUMENT(e._from).externalRecordId)
           RETURN { id: r.externalRecordId, name: r.recordName, size: r.sizeInBytes, rev: r.externalRevisionId,
             hash: f.sha256Hash, path: f.path, isFile: f.isFile, extension: f.extension, parents }`,
    );
    const stored = new Map((await cursor.all()).map((item) => [item.id, item]));
    const ids = new Map(listed.map((entry) => [entry.path_lower ?? '', entry.id]));
    expect(stored.size).toBe(listed.length);
    for (const entry of listed) {
      const lower = entry.path_lower ?? '';
      const above = ids.get(lower.slice(0, lower.lastIndexOf('/')));
      const item = stored.get(entry.id);
      expect(item).toMatchObject({ path: lower, parents: above === undefined ? [] : [above] });
      if (entry['.tag'] === 'folder') {
        expect(item).toMatchObject({ isFile: false, name: entry.name });
        continue;
      }
      expect(item).toMatchObject({ isFile: true, size: entry.size, rev: entry.rev, hash: entry.content_hash });
      expect(entry.name.startsWith(item?.name ?? '-')).toBe(true);
      if (!entry.name.includes('(Case Conflict')) {
        expect(statSync(path.join(folder, entry.path_display ?? '')).size).toBe(entry.size);
      }
    }
  });

  it('needs one call for each namespace, and writes no record, when nothing has changed', async () => {
    const worker = await killed.startWorker();
    const revisions = await revisionsOf(killed);
    await stack.page('stats/reset', {});
    expect(await killed.sync()).toMatchObject({
      status: 'complete',
      mode: 'incremental',
      records: { added: 0, updated: 0, moved: 0, deleted: 0 },
      permissions: { granted: 0, revoked: 0 },
    });
    await worker.stop();
    const namespaces = await killed.db.query<number>(
      `RETURN LENGTH(FOR n IN dropboxNamespaces FILTER n.kind != "received" RETURN 1)`,
    );
    const { calls } = await stack.calls();
    expect(calls['files/list_folder/continue']).toBe(await namespaces.next());
    expect(calls['files/list_folder'] ?? 0).toBe(0);
    expect(await revisionsOf(killed)).toEqual(revisions);
  });
});

interface StoredItem {
  id: string;
  name: string;
  size: number;
  rev: string;
  hash: string;
  path: string;
  isFile: boolean;
  extension: string | null;
  parents: string[];
}

/** Waits until the graph has at least this number of records. */
async function recordsStored({ db }: Installation, least: number): Promise<void> {
  for (;;) {
    const { count } = await db.collection('records').count();
    if (count >= least) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Revisions of the documents that a sync without changes must not write. */
async function revisionsOf({ db }: Installation): Promise<string[]> {
  const revisions: string[] = [];
  for (const name of ['records', 'files', 'dropboxEntries', 'permission', 'belongsTo', 'recordRelations']) {
    const cursor = await db.query<string>(`FOR d IN @@name RETURN CONCAT(d._id, " ", d._rev)`, { '@name': name });
    await cursor.forEach((revision) => void revisions.push(revision));
  }
  return revisions.sort();
}
