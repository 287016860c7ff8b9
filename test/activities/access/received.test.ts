import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReceivedPlanner } from '../../../src/activities/access/received';
import { ReceivedFiles } from '../../../src/activities/access/receivedFiles';
import { writeMembers } from '../../../src/graph/access/members';
import { readInOneRequest } from '../../../src/graph/driver/oneRequest';
import { answerHeld, patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { RECEIVED_NAMESPACE_ID, receivedFilesStale } from '../../../src/sync/receivedFiles';
import { context, member } from '../../graph/fixture';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { gate } from '../../support/gate';
import { attempt, ofNamespace, page, RUN } from '../fixture';
import { ofPhase, receivedFile, unexpected, whoCanRead } from '../teamScript';
import { FOLDER, receiving } from './receiving';

const arango = useDatabase();

const guardLetsPassOne = (): Promise<unknown> =>
  arango.db.collection('dropboxConnectors').update(CONNECTOR, { brake: { share: 0.2, items: 1 } });

/** Three files that a member received are stored, and the deletion guard lets one of them go. */
async function receivedThree() {
  const team = await receiving(arango.db, { 'dbmid:a': [1, 2, 3].map((at) => receivedFile(`f${at}`)) });
  await team.sync(true);
  await guardLetsPassOne();
  return team;
}

it('a file from outside the team is readable by exactly the members who received it', async () => {
  const { sync, asked } = await receiving(arango.db, {
    'dbmid:a': [receivedFile('plan', 'editor'), receivedFile('notes')],
    'dbmid:b': [receivedFile('notes'), receivedFile('hidden', 'traverse')],
  });
  expect(await sync(true)).toMatchObject({ added: 2 });
  expect(asked.sort()).toEqual(['dbmid:a', 'dbmid:b']);
  expect(await whoCanRead(arango.db)).toEqual([
    ...FOLDER.slice(0, 1),
    'a READER notes.txt',
    'a WRITER plan.txt',
    ...FOLDER.slice(1),
    'b READER notes.txt',
  ]);
});

it('a member is asked again only if their groups have changed, and what the others received stays', async () => {
  const { sync, asked, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  await sync();
  expect(asked).toEqual([]);

  await writeMembers(arango.graph, context(), [member('b', { groupIds: ['g:new'] })]);
  received['dbmid:a'] = [];
  received['dbmid:b'] = [receivedFile('notes')];
  await sync();
  expect(asked).toEqual(['dbmid:b']);
  expect(await whoCanRead(arango.db)).toEqual([
    ...FOLDER.slice(0, 1),
    'a READER plan.txt',
    ...FOLDER.slice(1),
    'b READER notes.txt',
  ]);
});

it('an attempt that Temporal has given up stores nothing over what a later one has read', async () => {
  const { sync, received, script, activities } = await receiving(arango.db, { 'dbmid:a': [receivedFile('notes')] });
  await sync(true);
  const { actor } = script;
  let isLate = true;
  script.actor = (name) => ({
    ...actor?.(name),
    ...(isLate && name === 'dbmid:b'
      ? {
          receivedFiles: async function* late() {
            isLate = false;
            await attempt(activities.syncReceivedFiles, ofPhase(true), undefined, 2);
            yield [receivedFile('plan')];
          },
        }
      : {}),
  });
  received['dbmid:b'] = [];
  await expect(attempt(activities.syncReceivedFiles, ofPhase(true))).rejects.toMatchObject({ type: 'GraphConflict' });
  expect(await whoCanRead(arango.db)).not.toContain('b READER plan.txt');
});

describe('a file that is no longer received', () => {
  const groups = async () => (await all(arango.db, 'recordGroups')).map(({ groupName }) => groupName as string).sort();
  const held = async () => (await readNamespace(arango.graph, CONNECTOR, RECEIVED_NAMESPACE_ID))?.held;
  const BOTH_GROUPS = ['Files received from outside', 'Folder 1'];

  it('can be read by no one, and is removed when a second run does not see it either', async () => {
    const { sync, received, asked } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    received['dbmid:a'] = [];
    expect(await sync(true)).toMatchObject({ revoked: 1, deleted: 0 });
    expect(await whoCanRead(arango.db)).toEqual(FOLDER);
    expect(await groups()).toEqual(BOTH_GROUPS);
    expect(await all(arango.db, 'dropboxEntries')).toMatchObject([{ itemId: 'id:plan', notSeen: { runId: RUN } }]);

    // The same run asks again, and the next one asks everyone.
    await sync();
    expect(await groups()).toEqual(BOTH_GROUPS);
    await sync(false, 'run-2');
    expect(asked.sort()).toEqual(['dbmid:a', 'dbmid:b']);
    expect(await groups()).toEqual(['Folder 1']);
    expect(await all(arango.db, 'dropboxEntries')).toEqual([]);
  });

  it('has the same record, if the second run sees it', async () => {
    const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    const before = await all(arango.db, 'records');
    received['dbmid:a'] = [];
    await sync(true);
    received['dbmid:a'] = [receivedFile('plan')];
    expect(await sync(false, 'run-2')).toMatchObject({ added: 0, updated: 0, granted: 1 });
    expect((await all(arango.db, 'records')).map(({ _key }) => _key)).toEqual(before.map(({ _key }) => _key));
    expect(await whoCanRead(arango.db)).toContain('a READER plan.txt');
    expect((await all(arango.db, 'dropboxEntries'))[0]).not.toHaveProperty('notSeen');
  });

  it('is not taken for gone while a member could not be asked', async () => {
    const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    received['dbmid:a'] = unexpected();
    await sync(true);
    await sync(true, 'run-2');
    expect(await all(arango.db, 'dropboxEntries')).toMatchObject([{ itemId: 'id:plan' }]);
  });

  it('is removed with an approval only, if it is more than the deletion guard lets pass', async () => {
    const { sync, received } = await receivedThree();
    received['dbmid:a'] = [];
    await sync(true, 'run-2');
    for (const run of ['run-3', 'run-4']) {
      expect(await sync(true, run)).toMatchObject({ deleted: 0 });
      expect(await held()).toMatchObject({ deletes: 3, total: 3 });
    }
    expect(await all(arango.db, 'records')).toHaveLength(3);
    expect(await whoCanRead(arango.db)).toEqual(FOLDER);

    await answerHeld(arango.graph, context(), 'approved');
    await sync(false, 'run-5');
    expect(await all(arango.db, 'dropboxEntries')).toEqual([]);
    expect(await groups()).toEqual(['Folder 1']);
  });

  it("is removed with an operator's answer that comes while the run stores that it has asked everyone", async () => {
    const { sync, received } = await receivedThree();
    received['dbmid:a'] = [];
    await sync(true, 'run-2');
    const { finish } = ReceivedFiles.prototype;
    const query = arango.db.query.bind(arango.db) as (...given: unknown[]) => Promise<unknown>;
    let isFinishing = false;
    let answers = 0;
    jest.spyOn(ReceivedFiles.prototype, 'finish').mockImplementation(function finishing(this: ReceivedFiles, ...given) {
      isFinishing = true;
      return finish.apply(this, given);
    });
    jest.spyOn(arango.db, 'query').mockImplementation(((...given: unknown[]) => {
      const answer = query(...given);
      if (!isFinishing || answers === 2 || !String(given[0]).includes('namespace._key IN @keys')) return answer;
      answers += 1;
      // It comes between the reading of the namespace and its writing.
      return answer.then(async (rows) => {
        await answerHeld(arango.graph, context(), 'approved');
        return rows;
      });
    }) as typeof arango.db.query);
    await sync(true, 'run-3');
    jest.restoreAllMocks();
    expect(answers).toBeGreaterThan(0);
    expect((await held())?.answer).toMatchObject({ decision: 'approved', deletes: 3 });
    await sync(false, 'run-4');
    expect(await all(arango.db, 'dropboxEntries')).toEqual([]);
  });

  it('is removed with an approval of its own: the one of other files is used up by these', async () => {
    const some = (name: string) => [1, 2, 3].map((at) => receivedFile(`${name}${at}`));
    const { sync, received } = await receiving(arango.db, { 'dbmid:a': some('f'), 'dbmid:b': some('g') });
    await sync(true);
    await guardLetsPassOne();
    received['dbmid:a'] = [];
    await sync(true, 'run-2');
    await sync(true, 'run-3');
    expect(await held()).toMatchObject({ deletes: 3 });
    await answerHeld(arango.graph, context(), 'approved');
    await writeMembers(arango.graph, context(), [member('b', { status: 'suspended' })]);
    expect(await sync(true, 'run-4')).toMatchObject({ deleted: 0 });
    expect((await all(arango.db, 'dropboxEntries')).map(({ itemId }) => itemId).sort()).toEqual([
      'id:g1',
      'id:g2',
      'id:g3',
    ]);
    expect(await held()).toMatchObject({ deletes: 3 });
    expect((await held())?.answer).toBeUndefined();
  });

  it('grants nothing while it is held, if no active member is left whom it was shared with', async () => {
    const { sync, received } = await receivedThree();
    await writeMembers(arango.graph, context(), [member('a', { status: 'suspended' })]);
    received['dbmid:a'] = [];
    await sync(false, 'run-2');
    expect(await all(arango.db, 'dropboxEntries')).toHaveLength(3);
    expect(await held()).toMatchObject({ deletes: 3 });
    await writeMembers(arango.graph, context(), [member('a')]);
    received['dbmid:a'] = [1, 2, 3].map((at) => receivedFile(`f${at}`));
    await sync(true, 'run-3');
    expect(await held()).toBeNull();
    expect((await whoCanRead(arango.db)).filter((line) => line.endsWith('.txt'))).toHaveLength(3);
  });

  it('is removed at once, if no active member is left whom it was shared with', async () => {
    const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    await writeMembers(arango.graph, context(), [member('a', { status: 'suspended' })]);
    received['dbmid:a'] = [];
    await sync();
    expect(await all(arango.db, 'dropboxEntries')).toEqual([]);
    expect(await groups()).toEqual(['Folder 1']);
  });
});

it('two files whose ids differ in the case of a letter are two records', async () => {
  const { sync } = await receiving(arango.db, { 'dbmid:a': [receivedFile('planA'), receivedFile('plana')] });
  expect(await sync(true)).toMatchObject({ added: 2 });
  expect((await all(arango.db, 'records')).map(({ externalRecordId }) => externalRecordId as string).sort()).toEqual([
    'id:planA',
    'id:plana',
  ]);
  expect(await sync(true, 'run-2')).toMatchObject({ added: 0, updated: 0, moved: 0, deleted: 0 });
});

it('a file that comes back before a second run misses it keeps its record', async () => {
  const { sync, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  const [before] = await all(arango.db, 'records');
  received['dbmid:a'] = [];
  await sync(true, 'run-2');
  received['dbmid:a'] = [receivedFile('plan')];
  expect(await sync(true, 'run-3')).toMatchObject({ added: 0, granted: 1 });
  expect(await whoCanRead(arango.db)).toContain('a READER plan.txt');
  expect(await all(arango.db, 'records')).toMatchObject([{ _key: before?._key }]);
  await sync(true, 'run-4');
  expect(await whoCanRead(arango.db)).toContain('a READER plan.txt');
});

it('a file that a listing of the team shows is left to it, and its members become due if they lack the receiver', async () => {
  const { sync, received, activities, script } = await receiving(arango.db, {});
  script.pages = { '': page([file('/own')], 'c1') };
  await attempt(activities.syncNamespace, ofNamespace('1'));
  received['dbmid:a'] = [receivedFile('/own')];
  await sync(true);
  const entries = await all(arango.db, 'dropboxEntries');
  expect(entries).toMatchObject([{ namespaceId: '1', path: '/own', membersDue: true }]);
  expect(await whoCanRead(arango.db)).toEqual(FOLDER);
});

it('a member whose list cannot be read becomes a dead letter, and the others are read', async () => {
  const { sync, received, asked } = await receiving(arango.db, {
    'dbmid:a': [receivedFile('plan')],
    'dbmid:b': unexpected(),
  });
  await sync(true);
  expect(await all(arango.db, 'dropboxDeadLetters')).toMatchObject([
    {
      kind: 'member',
      subject: 'dbmid:b',
      reason: "the files that this member received can't be listed: no such answer is known",
    },
  ]);
  expect(await whoCanRead(arango.db)).toContain('a READER plan.txt');

  // They alone are asked again, although the others were read.
  received['dbmid:b'] = [receivedFile('notes')];
  await sync();
  expect(asked).toEqual(['dbmid:b']);
  expect(await whoCanRead(arango.db)).toContain('b READER notes.txt');
});

it('all members are asked again when the last reading counts as stale', async () => {
  const { sync, asked } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  await patchNamespaces(arango.graph, context(), [receivedFilesStale()]);
  await sync();
  expect(asked.sort()).toEqual(['dbmid:a', 'dbmid:b']);
  const stored = await readNamespace(arango.graph, CONNECTOR, RECEIVED_NAMESPACE_ID);
  expect(stored?.membersReadAt).toBeGreaterThan(0);
});

it('what one member received is stored while the list of another one is still being read', async () => {
  const { sync, script } = await receiving(arango.db, {});
  const inGraph = async (): Promise<void> => {
    while (!(await whoCanRead(arango.db)).includes('a READER first.txt')) await nextTurn();
  };
  script.actor = (name) => ({
    receivedFiles: async function* () {
      yield [receivedFile(name === 'dbmid:a' ? 'first' : 'other')];
      // Each list ends only after a page of the other one is in the graph.
      await inGraph();
      yield [receivedFile('last')];
    },
  });
  await sync(true);
  expect(await whoCanRead(arango.db)).toEqual([
    ...FOLDER.slice(0, 1),
    'a READER first.txt',
    'a READER last.txt',
    ...FOLDER.slice(1),
    'b READER last.txt',
    'b READER other.txt',
  ]);
});

it('a member who no longer receives a file loses it, and the others keep it', async () => {
  const { sync, received } = await receiving(arango.db, {
    'dbmid:a': [receivedFile('plan')],
    'dbmid:b': [receivedFile('plan')],
  });
  await sync(true);
  received['dbmid:a'] = [];
  expect(await sync(true)).toMatchObject({ revoked: 1 });
  expect(await whoCanRead(arango.db)).toEqual([...FOLDER, 'b READER plan.txt']);
});

it('who no longer receives a file loses it while the list of someone who receives it now waits to be stored', async () => {
  const { sync, received, script } = await receiving(arango.db, {
    'dbmid:a': [receivedFile('plan')],
    'dbmid:b': [receivedFile('notes')],
  });
  await writeMembers(arango.graph, context(), [member('c'), member('d')]);
  await sync(true);
  await patchNamespaces(arango.graph, context(), [receivedFilesStale()]);
  const { actor } = script;
  const { opened: isFirstStored, open } = gate();
  /** The lists of a, b and c arrive in this order while what d received is being stored. */
  const turns: Record<string, number> = { 'dbmid:a': 0, 'dbmid:b': 1, 'dbmid:c': 2 };
  script.actor = (name) => ({
    ...actor?.(name),
    receivedFiles: async function* inOrder() {
      const turn = turns[name];
      if (turn === undefined) setImmediate(open);
      else await isFirstStored;
      for (let passed = 0; passed < (turn ?? 0); passed += 1) await nextTurn();
      const list = received[name];
      if (Array.isArray(list) && list.length > 0) yield list;
    },
  });
  received['dbmid:b'] = [];
  received['dbmid:c'] = [receivedFile('notes')];
  received['dbmid:d'] = [receivedFile('first')];
  await sync();
  const access = (await whoCanRead(arango.db)).filter((line) => !FOLDER.includes(line));
  expect(access).toEqual(['a READER plan.txt', 'c READER notes.txt', 'd READER first.txt']);
});

it('a full sync makes the edges again that another program has removed', async () => {
  const { sync } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')], 'dbmid:b': [receivedFile('plan')] });
  await sync(true);
  const before = await whoCanRead(arango.db);
  await change(arango.db, 'FOR edge IN permission FILTER STARTS_WITH(edge._to, "records/") REMOVE edge IN permission');
  await sync(true, 'run-2');
  expect(await whoCanRead(arango.db)).toEqual(before);
});

it('whether everyone is asked does not change while the members are read', async () => {
  const { sync } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
  await sync(true);
  const readAt = (await readNamespace(arango.graph, CONNECTOR, RECEIVED_NAMESPACE_ID))?.membersReadAt ?? 0;
  // The limit passes while the members are read.
  let now = readAt + 1000;
  const planner = new ReceivedPlanner({ membersMaxAge: 1000, now: () => now++ } as never, false);
  await readInOneRequest(arango.graph, planner.parts(CONNECTOR));
  expect(planner.plan()).toBeNull();
});
