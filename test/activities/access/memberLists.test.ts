import type { SharedFolder } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { writeMembers } from '../../../src/graph/access/members';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { readTeam } from '../../../src/graph/access/team';
import { updateConnector } from '../../../src/graph/state/connectors';
import { answerHeld, patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import type { ListedMembers } from '../../../src/sync/access';
import { membersStale } from '../../../src/sync/memberListState';
import { context, member, user } from '../../graph/fixture';
import { change } from '../../support/change';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, listed, RUN, scripted, unreachable, type Script } from '../fixture';
import {
  inRun,
  listedGroup,
  listedUser,
  memberList,
  pages,
  refusing,
  sharedFolder,
  unexpected,
  whoCanRead,
} from '../teamScript';

const arango = useDatabase();
const due = (id: string, more: Parameters<typeof listed>[1] = {}) => listed(id, { work: 'none', due: true, ...more });
const upToDate = (id: string, more: Parameters<typeof listed>[1] = {}) => listed(id, { work: 'none', ...more });
const refusedOf = (reason: string): Error =>
  failure('NamespaceUnreachable', 'not for this member', { details: { reason } });
const stored = (id: string) => readNamespace(arango.graph, CONNECTOR, id);

interface Answers {
  /** The member list of a folder for an acting member; may throw. */
  list: (actor: string, namespaceId: string) => ListedMembers;
  /** Ids of the shared folders that a member has. */
  folders?: (actor: string) => string[];
  folder?: Partial<SharedFolder>;
}

/** `readNamespaceMembers`, and the calls that it makes, as `<actor> <folder>`. */
function readingMembers({ list, folders, folder }: Answers) {
  const calls: string[] = [];
  const script: Script = {
    pages: {},
    asked: [],
    actor: (name) => ({
      folderMetadata: (id: string) => {
        calls.push(`${name} ${id}`);
        return Promise.resolve(sharedFolder(id, folder));
      },
      folderMembers: (id: string) => new Promise((resolve) => resolve(list(name, id))),
      sharedFolders: () => pages((folders?.(name) ?? []).map((id) => sharedFolder(id))),
    }),
  };
  const { readNamespaceMembers } = scripted(arango.db, script);
  const read = async (runId = RUN) => {
    await beginRun(arango.db, runId);
    return attempt(readNamespaceMembers, { ...inRun, runId, limit: 100 });
  };
  return { read, calls };
}

const dueAgain = (id: string) => patchNamespaces(arango.graph, context(), [membersStale({ namespaceId: id })]);

describe('the member list of a namespace that is due', () => {
  it('grants each member the role of their access level, and counts the names that grant nothing', async () => {
    await connectorWith(arango.db, {}, [due('1')]);
    const { read } = readingMembers({
      list: () =>
        memberList(
          [
            listedUser('a', 'owner'),
            listedUser('b', 'viewer_no_comment'),
            listedUser('b', 'traverse'),
            listedUser('guest', 'editor', { sameTeam: false }),
            listedUser('x', 'editor', { teamMemberId: null }),
          ],
          {
            groups: [listedGroup('partners', 'viewer', { sameTeam: false })],
            invitees: [{ level: 'viewer', inherited: false }],
          },
        ),
    });
    expect(await read()).toMatchObject({
      done: true,
      gaps: [],
      held: [],
      ungrantedLevels: 1,
      ungrantedInvitees: 1,
      ungrantedOutsiders: 2,
      ungrantedMembers: 1,
    });
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1', 'b READER Folder 1']);
    expect(await stored('1')).toMatchObject({ due: false, problem: null });
  });

  it('keeps what a name that can’t be read had, grants nothing else, and is read again', async () => {
    const known = [user('a', 'OWNER'), user('b')];
    await connectorWith(arango.db, {}, [due('1', { principals: known })]);
    let unreadable: NonNullable<ListedMembers['unreadable']> = [
      { teamMemberId: 'dbmid:a' },
      { accountId: 'dbid:c' },
      {},
    ];
    const { read } = readingMembers({ list: () => memberList([listedUser('b', 'editor')], { unreadable }) });
    const problem = "3 names on its member list can't be read";
    expect(await read()).toMatchObject({ gaps: [`namespace 1: ${problem}`], revoked: 0 });
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1', 'b WRITER Folder 1']);
    expect(await stored('1')).toMatchObject({ due: false, problem });
    unreadable = [];
    await dueAgain('1');
    expect(await read('run-2')).toMatchObject({ gaps: [], revoked: 1 });
    expect(await stored('1')).toMatchObject({ problem: null });
  });

  it('is read again by the next run if it has a level that no version knows, since one answer may be wrong', async () => {
    await connectorWith(arango.db, {}, [due('1')]);
    let level = 'other';
    const { read } = readingMembers({ list: () => memberList([listedUser('a', 'owner'), listedUser('b', level)]) });
    expect(await read()).toMatchObject({ gaps: [], ungrantedLevels: 1 });
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1']);
    expect(await stored('1')).toMatchObject({ due: false, readAgain: true });
    level = 'traverse';
    await dueAgain('1');
    await read('run-2');
    expect(await stored('1')).toMatchObject({ readAgain: false });
  });

  it.each([
    ['a complete', { fullRunAt: 1 }],
    ['any', { fullReadAt: 1 }],
  ])('is read again by the next run if it is new or differs, once there was %s full run', async (_case, afterFull) => {
    await connectorWith(arango.db, {}, [due('1'), due('2', { principals: null })]);
    const names = ['a', 'b'].map((name, at) => listedUser(name, at === 0 ? 'owner' : 'viewer'));
    let listed = names.slice(0, 1);
    const { read } = readingMembers({ list: () => memberList(listed) });
    const again = async () => [(await stored('1'))?.readAgain, (await stored('2'))?.readAgain];
    // In the first run, all lists are new.
    await read();
    expect(await again()).toEqual([true, undefined]);
    await updateConnector(arango.graph, CONNECTOR, afterFull);
    await change(
      arango.db,
      'FOR n IN dropboxNamespaces FILTER n.namespaceId == "2" UPDATE n WITH { principals: null } IN dropboxNamespaces',
    );
    for (const expected of [
      [true, true],
      [false, false],
    ]) {
      listed = names;
      await dueAgain('1');
      await dueAgain('2');
      await read('run-2');
      expect(await again()).toEqual(expected);
    }
    expect(await whoCanRead(arango.db)).toEqual(
      ['1', '2'].flatMap((id) => [`a OWNER Folder ${id}`, `b READER Folder ${id}`]).sort(),
    );
  });

  it('is read as a member who has the folder, if an admin is refused', async () => {
    await connectorWith(arango.db, {}, [due('1', { principals: [], delegate: null })]);
    const { read, calls } = readingMembers({
      list: (actor) => {
        if (actor !== 'dbmid:b') throw unreachable();
        return memberList([listedUser('b', 'viewer')]);
      },
      folders: (actor) => (actor === 'dbmid:b' ? ['1'] : []),
    });
    await read();
    expect(calls).toEqual(['admin 1', 'dbmid:b 1']);
    expect(await whoCanRead(arango.db)).toEqual(['b READER Folder 1']);
  });

  it('grants nothing if no one in the team can see it, and makes the namespace leave when a later run confirms it', async () => {
    await connectorWith(arango.db, {}, [due('1')]);
    const { read, calls } = readingMembers({
      list: () => {
        throw unreachable();
      },
    });
    expect(await read()).toMatchObject({ done: true, leaving: 0 });
    expect(calls).toEqual(['admin 1', 'dbmid:a 1', 'dbmid:b 1']);
    expect(await whoCanRead(arango.db)).toEqual([]);
    const problem = 'no one who was asked can see it; a later run has to confirm that it is gone';
    expect(await stored('1')).toMatchObject({ work: 'none', problem, notSeen: { runId: RUN } });

    await dueAgain('1');
    expect(await read()).toMatchObject({ leaving: 0 });
    await dueAgain('1');
    expect(await read('run-2')).toMatchObject({ leaving: 1 });
    expect(await stored('1')).toMatchObject({ work: 'remove', unseenBy: expect.any(String) as string });
  });

  it('is given back to those who had it, if a later run can read it', async () => {
    await connectorWith(arango.db, {}, [due('1')]);
    let isRefused = true;
    const { read } = readingMembers({
      list: () => {
        if (isRefused) throw unreachable();
        return memberList([listedUser('a', 'viewer'), listedUser('b', 'viewer')]);
      },
    });
    await read();
    await dueAgain('1');
    isRefused = false;
    expect(await read('run-2')).toMatchObject({ leaving: 0, gaps: [] });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1', 'b READER Folder 1']);
    expect(await stored('1')).not.toHaveProperty('notSeen');
  });

  it.each<[string, ListedMembers, Partial<SharedFolder>]>([
    ['names no owner', memberList([listedUser('a', 'editor')]), { isOfTeam: false }],
    ['is empty', memberList([]), { isOfTeam: false }],
    ['is empty, of a team folder that had members', memberList([]), { isOfTeam: true }],
  ])('is not believed if it %s', async (_case, list, folder) => {
    await connectorWith(arango.db, {}, [due('1'), upToDate('2')]);
    const trusted = memberList([listedUser('a', 'owner')]);
    const { read } = readingMembers({ list: (_actor, id) => (id === '1' ? list : trusted), folder });
    expect((await read()).gaps).toEqual([expect.stringMatching(/^namespace 1: the member list can't be read: /)]);
    expect(await stored('1')).toMatchObject({ principals: [], problem: expect.any(String) as string });
  });

  it('may name no owner if the folder takes its members from its parent', async () => {
    await connectorWith(arango.db, {}, [due('1')]);
    const folder = { isOfTeam: false, parentSharedFolderId: '9' };
    const { read } = readingMembers({ list: () => memberList([listedUser('a', 'editor')]), folder });
    expect(await read()).toMatchObject({ gaps: [] });
  });

  it('without an owner is believed by the second run, and stays believed', async () => {
    await connectorWith(arango.db, {}, [due('1'), upToDate('2')]);
    const folder = { isOfTeam: false };
    const list = (_actor: string, id: string): ListedMembers =>
      memberList([listedUser('a', id === '1' ? 'editor' : 'owner')]);
    const { read } = readingMembers({ list, folder });
    // The discovery of a run, or an event in it, gives what could not be read another try.
    const dueAgain = () => patchNamespaces(arango.graph, context(), [{ namespaceId: '1', due: true, problem: null }]);
    expect((await read()).gaps).toHaveLength(1);
    await dueAgain();
    expect((await read()).gaps).toHaveLength(1);
    for (const run of ['run-2', 'run-3']) {
      await dueAgain();
      expect(await read(run)).toMatchObject({ gaps: [] });
      expect(await whoCanRead(arango.db)).toContain('a WRITER Folder 1');
    }
  });

  it('of a team folder is believed to be empty by the second run', async () => {
    await connectorWith(arango.db, {}, [due('1', { principals: [] })]);
    const { read } = readingMembers({ list: () => memberList([]) });
    expect(await read()).toMatchObject({ gaps: [] });
    expect(await stored('1')).toMatchObject({ principals: [], problem: null });
  });

  it('does not exist for the folder of a member, whatever the stored document says', async () => {
    await connectorWith(arango.db, {}, [due('1', { kind: 'personal' })]);
    const { read, calls } = readingMembers({ list: () => memberList([]) });
    expect(await read()).toMatchObject({ done: true, gaps: [] });
    expect(calls).toEqual([]);
    expect(await whoCanRead(arango.db)).toHaveLength(2);
  });

  it('is not looked for among the folders of all members if Dropbox says to everyone that it does not exist', async () => {
    await connectorWith(arango.db, {}, [due('1')]);
    let asked = 0;
    const { read } = readingMembers({
      list: () => {
        throw refusedOf('invalid_id');
      },
      folders: () => {
        asked += 1;
        return [];
      },
    });
    await read();
    expect(asked).toBe(0);
  });

  it('grants nothing and is a gap if only this list cannot be read', async () => {
    await connectorWith(arango.db, {}, [due('1'), upToDate('2')]);
    const { read } = readingMembers({
      list: (_actor, id) => {
        if (id === '1') throw unexpected();
        return memberList([listedUser('a', 'viewer')]);
      },
    });
    expect(await read()).toMatchObject({
      done: true,
      gaps: ["namespace 1: the member list can't be read: no such answer is known"],
    });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 2', 'b READER Folder 2']);
    expect(await stored('1')).toMatchObject({ due: false, principals: [] });
  });

  it('takes access from no one while no list at all can be read', async () => {
    await connectorWith(arango.db, {}, [due('1'), upToDate('2')]);
    const { read } = readingMembers({
      list: () => {
        throw unexpected();
      },
    });
    await expect(read()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
    expect(await whoCanRead(arango.db)).toHaveLength(4);
    expect(await stored('1')).toMatchObject({ due: true });
  });

  it('awaits approval if it revokes more than the deletion guard lets pass', async () => {
    await connectorWith(arango.db, { brake: { share: 0.2, items: 0 } }, [due('1')]);
    const { read } = readingMembers({ list: () => memberList([listedUser('a', 'viewer')]) });
    expect(await read()).toMatchObject({ held: [{ namespaceId: '1', deletes: 0, revokes: 1, total: 2 }], revoked: 0 });
    expect(await whoCanRead(arango.db)).toHaveLength(2);
    expect(await stored('1')).toMatchObject({ due: true, heldRevocations: { revokes: 1, total: 2 } });
    expect(await read()).toMatchObject({ done: true, held: [] });

    await answerHeld(arango.graph, context(), 'approved', '1');
    expect(await read('run-2')).toMatchObject({ held: [], revoked: 1 });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1']);
    expect(await stored('1')).toMatchObject({ due: false, heldRevocations: null });
  });

  it('grants what is new in it while its revocations are held', async () => {
    await connectorWith(arango.db, { brake: { share: 0.2, items: 0 } }, [due('1', { principals: [user('a')] })]);
    const { read } = readingMembers({ list: () => memberList([listedUser('b', 'editor')]) });
    expect(await read()).toMatchObject({ held: [{ revokes: 1, total: 1 }], granted: 1, revoked: 0 });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1', 'b WRITER Folder 1']);
    expect(await read('run-2')).toMatchObject({ held: [{ revokes: 1, total: 2 }], granted: 0, revoked: 0 });
    await answerHeld(arango.graph, context(), 'approved');
    expect(await read('run-3')).toMatchObject({ held: [], revoked: 1 });
    expect(await whoCanRead(arango.db)).toEqual(['b WRITER Folder 1']);
    expect(await stored('1')).toMatchObject({ due: false, heldRevocations: null });
  });

  it('of a large folder grants nothing and is a gap if it cannot be read: that never awaits approval', async () => {
    const many = Array.from({ length: 120 }, (_, at) => `m${at}`);
    await connectorWith(arango.db, {}, []);
    await writeMembers(
      arango.graph,
      context(),
      many.map((id) => member(id)),
    );
    const namespaces = [due('1', { principals: many.map((id) => user(id)) }), upToDate('2')];
    await writeRecordGroups(arango.graph, context(), namespaces, await readTeam(arango.graph, CONNECTOR));
    const { read } = readingMembers({
      list: (_actor, id) => {
        if (id === '1') throw unexpected();
        return memberList([listedUser('a', 'owner')]);
      },
    });
    expect(await read()).toMatchObject({ held: [], revoked: 120, gaps: [expect.stringContaining('namespace 1')] });
    expect(await stored('1')).toMatchObject({ principals: [], heldRevocations: null });
  });

  it('is counted together with the other lists of the run', async () => {
    const ids = ['1', '2', '3', '4', '5'];
    await connectorWith(
      arango.db,
      { brake: { share: 0.2, items: 1 } },
      ids.map((id) => due(id)),
    );
    const { read } = readingMembers({ list: () => memberList([listedUser('a', 'viewer')]) });
    // Ten names are on five lists, and two of them may leave.
    const { held, revoked } = await read();
    expect({ held: held.length, revoked }).toEqual({ held: 3, revoked: 2 });
    expect((await read('run-2')).held).toHaveLength(3);
    await answerHeld(arango.graph, context(), 'approved');
    expect(await read('run-3')).toMatchObject({ held: [], revoked: 3 });
  });

  it('makes the folders nested in it due if it changed', async () => {
    await connectorWith(arango.db, {}, [due('1'), upToDate('2', { parentNamespaceId: '1' }), upToDate('3')]);
    const { read } = readingMembers({ list: () => memberList([listedUser('a', 'viewer')]) });
    expect(await read()).toMatchObject({ done: false });
    expect(await stored('2')).toMatchObject({ due: true });
    expect(await stored('3')).toMatchObject({ due: false });
    expect(await read()).toMatchObject({ done: true });
    expect((await stored('2'))?.principals).toEqual([user('a')]);
  });
});

it('a folder that members have, and whose list none of them may read, is a gap and stays', async () => {
  await connectorWith(arango.db, {}, [due('1', { principals: [], delegate: null }), due('2', { membersReadAt: null })]);
  const script: Script = {
    pages: {},
    asked: [],
    actor: () => ({
      folderMetadata: refusing(unreachable()),
      folderMembers: refusing(unreachable()),
      sharedFolders: () => pages([sharedFolder('1')]),
    }),
  };
  const { readNamespaceMembers } = scripted(arango.db, script);
  expect(await attempt(readNamespaceMembers, { ...inRun, limit: 100 })).toMatchObject({
    leaving: 1,
    gaps: ["namespace 1: the member list can't be read: not for this member"],
  });
  expect(await stored('1')).toMatchObject({ work: 'none', due: false });
  expect(await stored('2')).toMatchObject({ work: 'remove' });
});
