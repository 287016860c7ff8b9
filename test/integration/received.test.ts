import { compareAccess, isExact } from '../../sandbox/demo/access';
import { DemoCompany, type DemoMember } from '../../sandbox/demo/changes';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

describe('an individually shared file', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let company: DemoCompany;
  let owner: DemoMember;
  let recipient: DemoMember;
  let file: string;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'generate:members=8,groups=1,shared=2,files=60,seed=5' }));
    await stack.createConnector();
    await stack.startWorker();
    company = await DemoCompany.open(stack.dropbox.url);
    const [, one, two] = company.members;
    if (!one || !two) throw new Error('the company has too few members');
    [owner, recipient] = [one, two];
    const mine = company.as(owner);
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
      members: [{ '.tag': 'email', email: recipient.email }],
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
    const emails = [...(await stack.activeEmails()), owner.email, recipient.email];
    return isExact(await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, emails));
  }

  it('stays readable for its recipient when no team member is left in its folder', async () => {
    const before = await recordKey();
    expect(before).toBeDefined();
    await company.team().teamMembersRemove({
      user: { '.tag': 'team_member_id', team_member_id: owner.teamMemberId },
      wipe_data: false,
    });
    // No one of the team sees the folder any more. The first run leaves its content as it is, the second one removes it.
    expect(await stack.sync()).toMatchObject({ status: 'partial', records: { deleted: 0 } });
    expect(await recordKey()).toBe(before);
    expect(await isExactNow()).toBe(true);
    await stack.page('stats/reset', {});
    expect(await stack.sync()).toMatchObject({ status: 'complete', gaps: [] });
    expect(await recordKey()).toBe(before);
    expect(await isExactNow()).toBe(true);
    // Only the recipient is asked.
    const { calls } = await stack.calls();
    expect(calls['sharing/list_received_files']).toBe(1);
  });

  it('is readable again for a recipient whose suspension ends', async () => {
    const user = { '.tag': 'team_member_id' as const, team_member_id: recipient.teamMemberId };
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
