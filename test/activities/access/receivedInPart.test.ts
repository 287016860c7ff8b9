import { writeMembers } from '../../../src/graph/access/members';
import { updateConnector } from '../../../src/graph/state/connectors';
import { context, member } from '../../graph/fixture';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { receivedFile, unexpected, whoCanRead } from '../teamScript';
import { FOLDER, receiving } from './receiving';

const arango = useDatabase();

describe('an access level that this version does not know', () => {
  it('grants nothing, and is counted', async () => {
    const { sync } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan', 'other')] });
    expect(await sync(true)).toMatchObject({ added: 0, ungrantedLevels: 1 });
    expect(await whoCanRead(arango.db)).toEqual(FOLDER);
  });

  it('deletes nothing, however often it is listed, and its member alone is asked in the next run', async () => {
    const { sync, received, asked } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    const before = await all(arango.db, 'records');
    received['dbmid:a'] = [receivedFile('plan', 'other')];
    for (const run of ['run-2', 'run-3', 'run-4']) {
      expect(await sync(true, run)).toMatchObject({ deleted: 0, ungrantedLevels: 1 });
      expect(await whoCanRead(arango.db)).toEqual(FOLDER);
    }
    received['dbmid:a'] = [receivedFile('plan')];
    expect(await sync(false, 'run-5')).toMatchObject({ added: 0, granted: 1 });
    expect(asked).toEqual(['dbmid:a']);
    expect((await all(arango.db, 'records')).map(({ _key }) => _key)).toEqual(before.map(({ _key }) => _key));
    // The list differs from the one before it, so a second answer has to confirm it.
    await sync(false, 'run-6');
    expect(asked).toEqual(['dbmid:a']);
    await sync(false, 'run-7');
    expect(asked).toEqual([]);
  });

  it('takes away what its member had, and leaves the others theirs', async () => {
    const { sync, received } = await receiving(arango.db, {
      'dbmid:a': [receivedFile('plan')],
      'dbmid:b': [receivedFile('plan')],
    });
    await sync(true);
    received['dbmid:a'] = [receivedFile('plan', 'other')];
    expect(await sync(true)).toMatchObject({ revoked: 1 });
    expect(await whoCanRead(arango.db)).toEqual([...FOLDER, 'b READER plan.txt']);
  });

  it('is no miss: a file that no list shows after it waits for a second run', async () => {
    const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    received['dbmid:a'] = [];
    await sync(true, 'run-2');
    received['dbmid:a'] = [receivedFile('plan', 'other')];
    await sync(true, 'run-3');
    received['dbmid:a'] = [];
    expect(await sync(true, 'run-4')).toMatchObject({ deleted: 0 });
    expect(await all(arango.db, 'dropboxEntries')).toHaveLength(1);
    await sync(true, 'run-5');
    expect(await all(arango.db, 'dropboxEntries')).toEqual([]);
  });
});

it.each([
  ['a complete', { fullRunAt: 1 }],
  ['any', { fullReadAt: 1 }],
  ['an unfinished', {}],
])('after %s full run, a member whose list has changed is asked again in the next one', async (_case, afterFull) => {
  const { sync, received, asked } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  await updateConnector(arango.graph, CONNECTOR, afterFull);
  received['dbmid:b'] = [receivedFile('stranger')];
  await sync(true, 'run-2');
  expect(await whoCanRead(arango.db)).toContain('b READER stranger.txt');
  received['dbmid:b'] = [];
  await sync(false, 'run-3');
  expect(asked).toEqual(['dbmid:b']);
  expect(await whoCanRead(arango.db)).toEqual([FOLDER[0], 'a READER plan.txt', FOLDER[1]]);
  for (const run of ['run-4', 'run-5', 'run-6']) await sync(false, run);
  expect(asked).toEqual([]);
  expect(await all(arango.db, 'dropboxEntries')).toMatchObject([{ itemId: 'id:plan' }]);
});

it('what a member has received who is to be asked again is gone when they are suspended before', async () => {
  const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  received['dbmid:a'] = unexpected();
  await sync(true, 'run-2');
  received['dbmid:a'] = [receivedFile('plan')];
  await sync(false, 'run-3');
  received['dbmid:a'] = [receivedFile('plan', 'other'), receivedFile('notes')];
  await sync(true, 'run-4');
  await writeMembers(arango.graph, context(), [member('a', { status: 'suspended' })]);
  await sync(false, 'run-5');
  expect((await all(arango.db, 'dropboxEntries')).map(({ itemId }) => itemId)).not.toContain('id:notes');
});

it('a tenth of the team whose lists cannot be read for long is asked in each run, and stops none', async () => {
  const team = Array.from({ length: 150 }, (_, at) => `m${at}`);
  const { sync, received, asked } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await writeMembers(
    arango.graph,
    context(),
    team.map((name) => member(name)),
  );
  const failing = team.slice(0, 12).map((name) => `dbmid:${name}`);
  for (const id of failing) received[id] = unexpected();
  await sync(true);
  for (const run of ['run-2', 'run-3']) {
    await sync(false, run);
    expect(asked.sort()).toEqual([...failing].sort());
  }
  expect(await all(arango.db, 'dropboxDeadLetters')).toHaveLength(12);
});

describe('a file that is listed', () => {
  const files = () => ({ 'dbmid:a': ['plan', 'notes', 'gone'].map((name) => receivedFile(name)) });
  const letters = () => all(arango.db, 'dropboxDeadLetters');

  it('without a name counts as seen, and the member is asked again: what else is not listed is gone', async () => {
    const { sync, received, unreadable, asked } = await receiving(arango.db, files());
    await sync(true);
    received['dbmid:a'] = [receivedFile('notes')];
    unreadable['dbmid:a'] = 'id:plan';
    await sync(true, 'run-2');
    expect(await whoCanRead(arango.db)).toEqual([
      ...FOLDER.slice(0, 1),
      'a READER notes.txt',
      'a READER plan.txt',
      ...FOLDER.slice(1),
    ]);
    await sync(false, 'run-3');
    expect(asked).toContain('dbmid:a');
    expect((await all(arango.db, 'dropboxEntries')).map(({ itemId }) => itemId).sort()).toEqual([
      'id:notes',
      'id:plan',
    ]);
    expect(await letters()).toMatchObject([{ kind: 'member', subject: 'dbmid:a' }]);
  });

  it('without an id may be any of them: all stay, and the member is asked again', async () => {
    const { sync, received, unreadable, asked } = await receiving(arango.db, files());
    await sync(true);
    const before = await whoCanRead(arango.db);
    received['dbmid:a'] = [receivedFile('notes')];
    unreadable['dbmid:a'] = null;
    for (const run of ['run-2', 'run-3']) await sync(true, run);
    expect(await whoCanRead(arango.db)).toEqual(before);
    expect(await letters()).toMatchObject([{ kind: 'member', subject: 'dbmid:a' }]);
    await sync(false, 'run-4');
    expect(asked).toEqual(['dbmid:a']);
  });
});

it.each([[7], [[null, 7]]])('a received file whose stored members are %j fails no reading', async (principals) => {
  const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  await change(arango.db, 'FOR e IN dropboxEntries UPDATE e WITH { principals: @principals } IN dropboxEntries', {
    principals,
  });
  received['dbmid:a'] = [];
  await sync(true, 'run-2');
  received['dbmid:a'] = [receivedFile('plan')];
  await sync(true, 'run-3');
  expect(await whoCanRead(arango.db)).toContain('a READER plan.txt');
});
