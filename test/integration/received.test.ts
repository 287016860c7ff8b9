import { compareAccess, isExact } from '../../sandbox/demo/access';
import { DemoCompany, type DemoMember } from '../../sandbox/demo/changes';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

describe('a file that was shared by itself', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let company: DemoCompany;
  let giver: DemoMember;
  let taker: DemoMember;
  let file: string;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'generate:members=8,groups=1,shared=2,files=60,seed=5' }));
    await stack.createConnector();
    await stack.startWorker();
    company = await DemoCompany.open(stack.dropbox.url);
    const [, one, two] = company.members;
    if (!one || !two) throw new Error('the company has too few members');
    [giver, taker] = [one, two];
    const mine = company.as(giver);
    await mine.filesCreateFolderV2({ path: '/Common' });
    const { result: shared } = await mine.sharingShareFolder({ path: '/Common' });
    if (shared['.tag'] !== 'complete') throw new Error('the folder was not shared at once');
    await mine.sharingAddFolderMember({
      shared_folder_id: shared.shared_folder_id,
      members: [{ member: { '.tag': 'email', email: 'guest@elsewhere.test' }, access_level: { '.tag': 'editor' } }],
      quiet: true,
    });
    const { result } = await mine.filesUpload({ path: '/Common/given.txt', contents: 'given' });
    file = result.id;
    await mine.sharingAddFileMember({
      file,
      members: [{ '.tag': 'email', email: taker.email }],
      access_level: { '.tag': 'viewer' },
      quiet: true,
    });
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
  });

  const recordKey = async (): Promise<string | undefined> => {
    const cursor = await stack.db.query<string>(`FOR r IN records FILTER r.externalRecordId == @file RETURN r._key`, {
      file,
    });
    return cursor.next();
  };

  async function isExactNow(): Promise<boolean> {
    const emails = [...(await stack.activeEmails()), giver.email, taker.email];
    return isExact(await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, emails));
  }

  it('stays with whoever received it when nobody of the team is in its folder any more', async () => {
    const before = await recordKey();
    expect(before).toBeDefined();
    await company.team().teamMembersRemove({
      user: { '.tag': 'team_member_id', team_member_id: giver.teamMemberId },
      wipe_data: false,
    });
    await stack.page('stats/reset', {});
    expect(await stack.sync()).toMatchObject({ status: 'complete', gaps: [] });
    expect(await recordKey()).toBe(before);
    expect(await isExactNow()).toBe(true);
    // Only those whom it may concern are asked.
    const { calls } = await stack.calls();
    expect(calls['sharing/list_received_files']).toBe(1);
  });

  it('is his again when he comes back from a suspension', async () => {
    const user = { '.tag': 'team_member_id' as const, team_member_id: taker.teamMemberId };
    await company.team().teamMembersSuspend({ user });
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    expect(await recordKey()).toBeUndefined();
    expect(await isExactNow()).toBe(true);
    await company.team().teamMembersUnsuspend({ user });
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    expect(await recordKey()).toBeDefined();
    expect(await isExactNow()).toBe(true);
  });
});
