import { MockActivityEnvironment } from '@temporalio/testing';
import type { DropboxActor } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { putDeadLetters, type DeadLetter } from '../../../src/graph/state/deadLetters';
import { patchNamespaces } from '../../../src/graph/state/namespaces';
import { RECEIVED_NAMESPACE_ID } from '../../../src/sync/receivedFiles';
import { context, user } from '../../graph/fixture';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, unreachable, type Script } from '../fixture';
import { inRun, listedUser, memberList, pages, refusing, unexpected, whoCanRead } from '../teamScript';

const arango = useDatabase();
const FOLDER = ['a READER Folder 1', 'b READER Folder 1'];

/** A connector with a listed folder that holds `/known`, and with these dead letters. */
async function withDeadLetters(stored: DeadLetter[], itemIn?: () => Promise<unknown>, more = {}) {
  await connectorWith(arango.db, {}, [listed('1', more)]);
  const script: Script = {
    pages: { '': page([file('/known')], 'c1') },
    asked: [],
    actor: () =>
      ({ ...(itemIn ? { itemIn } : {}), receivedFiles: () => pages() }) satisfies Partial<
        Record<keyof DropboxActor, unknown>
      >,
  };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  await putDeadLetters(arango.graph, context(), stored);
  return { activities, script, retry: () => attempt(activities.retryDeadLetters, inRun) };
}

const entry = (id: string): DeadLetter => ({
  kind: 'entry',
  namespaceId: '1',
  subject: `id:${id}`,
  reason: 'its name is too long',
});
const deadLetters = async () =>
  (await all(arango.db, 'dropboxDeadLetters')).map(
    ({ kind, subject, attempts, reason }) => `${String(kind)} ${String(subject)} ${String(attempts)} ${String(reason)}`,
  );
const paths = async () => (await all(arango.db, 'dropboxEntries')).map(({ path }) => path as string).sort();

describe('a dead letter that does not say what has to be read again', () => {
  const stored = { connectorId: CONNECTOR, reason: 'x', attempts: 1, firstSeenAt: 1, lastSeenAt: 1 };

  it.each<[string, object]>([
    ['no kind', { namespaceId: '1', subject: 'id:late' }],
    ['no subject', { kind: 'entry', namespaceId: '1' }],
    ['a subject that is no text', { kind: 'fileMembers', namespaceId: '1', subject: 7 }],
    ['another subject than its key', { kind: 'entry', namespaceId: '1', subject: 'id:other' }],
  ])('leaves the list, and its namespace is listed from the start: %s', async (_case, letter) => {
    const { retry } = await withDeadLetters([]);
    await arango.db.collection('dropboxDeadLetters').save({ _key: 'edited', ...stored, ...letter });
    await retry();
    expect(await deadLetters()).toEqual([]);
    expect(await all(arango.db, 'dropboxNamespaces')).toMatchObject([{ work: 'relist', mark: null }]);
  });

  it.each<[string, object, number]>([
    ['of a namespace that is not known any more leaves the list', { kind: 'entry', namespaceId: '9' }, 0],
    ['of a group leaves the list: every run compares groups', { kind: 'group' }, 0],
    ['and names no namespace stays', { kind: 'entry', subject: 'id:late' }, 1],
  ])('%s', async (_case, letter, left) => {
    const { retry } = await withDeadLetters([]);
    await arango.db.collection('dropboxDeadLetters').save({ _key: 'edited', ...stored, ...letter });
    await retry();
    expect(await deadLetters()).toHaveLength(left);
    expect(await all(arango.db, 'dropboxNamespaces')).toMatchObject([{ work: 'none' }]);
  });

  it('and fails again counts as new', async () => {
    const { retry } = await withDeadLetters([entry('/late')], refusing(unexpected()));
    await change(
      arango.db,
      'FOR d IN dropboxDeadLetters UPDATE d WITH { attempts: "many", firstSeenAt: null } IN dropboxDeadLetters',
    );
    await retry();
    expect(await deadLetters()).toEqual(['entry id:/late 1 no such answer is known']);
  });
});

describe('an item that could not be stored', () => {
  it('is stored with the members of its own, and is no longer a dead letter', async () => {
    const found = file('/late', { has_explicit_shared_members: true });
    const { retry, script } = await withDeadLetters([entry('/late')], () => Promise.resolve(found));
    script.fileMembers = (_actor, ids) =>
      new Map(ids.map((id) => [id, { members: memberList([listedUser('b', 'editor')]) }]));
    expect(await retry()).toMatchObject({ added: 1 });
    expect(await paths()).toEqual(['/known', '/late']);
    expect(await whoCanRead(arango.db)).toEqual([...FOLDER, 'b WRITER late']);
    expect(await deadLetters()).toEqual([]);
  });

  it('is no longer a dead letter if it is gone', async () => {
    const { retry } = await withDeadLetters([entry('/late')], () => Promise.resolve(null));
    expect(await retry()).toMatchObject({ added: 0 });
    expect(await paths()).toEqual(['/known']);
    expect(await deadLetters()).toEqual([]);
  });

  it.each([
    ['by its id', 'id:/known'],
    ['by its path', '/known'],
  ])('and is gone is not left stored by an entry that was not understood: %s', async (_case, subject) => {
    const letter = { ...entry('/known'), subject };
    const { retry, script, activities } = await withDeadLetters([letter], () => Promise.resolve(null));
    await retry();
    expect(await deadLetters()).toEqual([]);
    script.pages = { '': page([], 'c2') };
    await attempt(activities.syncNamespace, ofNamespace('1'));
    expect(await paths()).toEqual([]);
  });

  it('that fails again stays, with one more attempt and the latest reason', async () => {
    const { retry } = await withDeadLetters([entry('/late')], refusing(unexpected()));
    await retry();
    expect(await deadLetters()).toEqual(['entry id:/late 2 no such answer is known']);
  });

  it.each(['path/restricted_content', 'path/other', 'path/added_next_year'])(
    'stays if Dropbox says something else of it than that it is gone (%s), also if many do',
    async (reason) => {
      const said = failure('DropboxUnexpected', 'Dropbox answered', { details: { reason } });
      const many = Array.from({ length: 30 }, (_, at) => entry(`/late${at}`));
      const { retry } = await withDeadLetters(many, refusing(said));
      await retry();
      expect(await deadLetters()).toHaveLength(30);
      expect(await deadLetters()).toContain('entry id:/late7 2 Dropbox answered');
    },
  );

  it.each([
    ['stays if Dropbox does not say that it lies there', {}, 1],
    [
      'is stored if Dropbox says that it lies there',
      { sharing_info: { read_only: true, parent_shared_folder_id: '1' } },
      0,
    ],
  ])('in the root of a team space, from which members’ folders can be seen, %s', async (_case, named, letters) => {
    const found = file('/b/late', named);
    const { retry } = await withDeadLetters([entry('/late')], () => Promise.resolve(found), { kind: 'team_root' });
    await retry();
    expect(await deadLetters()).toHaveLength(letters);
    expect(await paths()).toEqual(letters > 0 ? ['/known'] : ['/b/late', '/known']);
  });

  it('stays unchanged while its delegate cannot see its folder', async () => {
    const { retry } = await withDeadLetters([entry('/late')], refusing(unreachable()));
    await retry();
    expect(await deadLetters()).toEqual(['entry id:/late 1 its name is too long']);
  });
});

it('an attempt continues after the items that the attempt before it has tried', async () => {
  const asked: string[] = [];
  const { activities, script } = await withDeadLetters(['/1', '/2', '/3', '/4'].map(entry));
  let isDown = true;
  script.actor = () => ({
    itemIn: (_namespace: string, id: string) => {
      asked.push(id);
      if (isDown && asked.length === 3) throw failure('DropboxRateLimited', 'not now', { retryAfterSeconds: 60 });
      return Promise.resolve(file(id.slice('id:'.length)));
    },
  });
  const environment = new MockActivityEnvironment();
  let progress: unknown;
  environment.on('heartbeat', (details: unknown) => (progress = details ?? progress));
  const first = environment.run((input: typeof inRun) => activities.retryDeadLetters(input), inRun);
  await expect(first).rejects.toThrow('not now');
  isDown = false;
  expect(await attempt(activities.retryDeadLetters, inRun, progress)).toMatchObject({ added: 4 });
  // The third one is asked for twice.
  expect(asked).toHaveLength(5);
  expect(await paths()).toEqual(['/1', '/2', '/3', '/4', '/known']);
});

it('an item is not stored over what a listing has stored since it was asked for', async () => {
  const { activities, script, retry } = await withDeadLetters([entry('/late')]);
  script.actor = () => ({
    itemIn: async () => {
      // Meanwhile Temporal has given up this attempt, and the run has come to the listing.
      await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue' }]);
      script.pages['c1'] = page([], 'c2');
      await attempt(activities.syncNamespace, ofNamespace('1'), undefined, 2);
      return file('/late');
    },
  });
  await expect(retry()).rejects.toMatchObject({ type: 'GraphConflict' });
  expect(await paths()).toEqual(['/known']);
});

it('when many items fail, the activity fails, since Dropbox does not answer', async () => {
  const many = Array.from({ length: 30 }, (_, at) => entry(`/late${at}`));
  const { retry } = await withDeadLetters(many, refusing(unexpected()));
  await expect(retry()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
  expect(await deadLetters()).toHaveLength(30);
});

it('a file whose members could not be read becomes due, and leaves the list only if it is gone', async () => {
  const about = (id: string): DeadLetter => ({
    kind: 'fileMembers',
    namespaceId: '1',
    subject: `id:${id}`,
    reason: 'access_error',
  });
  const { retry } = await withDeadLetters([about('/known'), about('/gone')]);
  await retry();
  expect(await all(arango.db, 'dropboxEntries')).toMatchObject([{ path: '/known', membersDue: true }]);
  expect(await deadLetters()).toEqual(['fileMembers id:/known 1 access_error']);
});

it('a folder has no members of its own, whatever a dead letter says of it', async () => {
  const about: DeadLetter = { kind: 'fileMembers', namespaceId: '1', subject: 'id:/known', reason: 'is_folder' };
  const { activities, retry } = await withDeadLetters([about]);
  await arango.db.query('FOR entry IN dropboxEntries UPDATE entry WITH { kind: "folder" } IN dropboxEntries');
  await retry();
  expect(await deadLetters()).toEqual([]);
  expect((await all(arango.db, 'dropboxEntries')).filter(({ membersDue }) => membersDue === true)).toEqual([]);
  await putDeadLetters(arango.graph, context(), [about]);
  expect(await attempt(activities.countProblems, inRun)).toMatchObject({ deadLetters: 0 });
});

it('a file that is gone since its members could not be read is not missing at the end of the run', async () => {
  const about = (id: string): DeadLetter => ({ kind: 'fileMembers', namespaceId: '1', subject: id, reason: 'invalid' });
  const { activities } = await withDeadLetters([about('id:/known'), about('id:/gone'), entry('/late')]);
  expect(await attempt(activities.countProblems, inRun)).toMatchObject({ deadLetters: 2 });
  expect(await deadLetters()).toHaveLength(2);
});

it.each(['2', RECEIVED_NAMESPACE_ID])(
  'a file whose members could not be read leaves the list when it is in another namespace (%s)',
  async (namespaceId) => {
    const letter: DeadLetter = { kind: 'fileMembers', namespaceId: '1', subject: 'id:/moved', reason: 'access_error' };
    const { retry } = await withDeadLetters([letter, { ...letter, namespaceId: RECEIVED_NAMESPACE_ID }]);
    const [known] = await all(arango.db, 'dropboxEntries');
    const { _id, _rev, ...rest } = known ?? {};
    const moved = {
      ...rest,
      _key: 'moved',
      itemId: 'id:/moved',
      namespaceId,
      principals: [user('b')],
      membersReadAt: 5,
    };
    await arango.db.collection('dropboxEntries').save(moved);
    await retry();
    expect((await all(arango.db, 'dropboxEntries')).filter(({ membersDue }) => membersDue === true)).toEqual([]);
    expect(await deadLetters()).toEqual([]);
  },
);

it('a member whose received files could not be listed leaves the list, since each run asks them again', async () => {
  const { retry } = await withDeadLetters([
    { kind: 'member', namespaceId: RECEIVED_NAMESPACE_ID, subject: 'dbmid:b', reason: 'no answer' },
  ]);
  await retry();
  expect(await deadLetters()).toEqual([]);
});
