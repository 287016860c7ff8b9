import type { Dropbox } from 'dropbox';
import { compareAccess, isExact } from '../../sandbox/demo/access';
import { DemoCompany, type DemoMember } from '../../sandbox/demo/changes';
import { GeneratedContent, type Account } from '../../sandbox/dropbox/model';
import type { SyncOutcome } from '../../src/client';
import { change } from '../support/change';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

describe('a sync of the members that a webhook names', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let first: DemoMember;
  let second: DemoMember;
  let third: DemoMember;
  let mine: Dropbox;
  let team: Dropbox;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'generate:members=8,groups=2,shared=3,files=60,seed=5' }));
    await stack.createConnector();
    await stack.startWorker();
    const company = await DemoCompany.open(stack.dropbox.url);
    const [, one, two, three] = company.members;
    if (!one || !two || !three) throw new Error('the company has too few members');
    [first, second, third] = [one, two, three];
    mine = company.as(first);
    team = company.team();
    await mine.filesUpload({ path: '/here/kept.txt', contents: 'kept' });
    await mine.filesUpload({ path: '/here/gone.txt', contents: 'gone' });
    await company.as(second).filesUpload({ path: '/there/other.txt', contents: 'other' });
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
  });

  const syncMembers = async (...members: DemoMember[]): Promise<SyncOutcome> =>
    (
      await stack.client.syncMembers(
        CONNECTOR,
        members.map(({ teamMemberId }) => teamMemberId),
      )
    ).result();

  function accountOf({ email }: DemoMember): Account {
    const account = stack.company.accountByEmail(email);
    if (!account) throw new Error(`${email} has no account`);
    return account;
  }

  async function rows<T>(query: string, vars: Record<string, unknown> = {}): Promise<T[]> {
    return (await stack.db.query<T>(query, vars)).all();
  }

  it('probes only the namespaces of these members', async () => {
    await stack.page('stats/reset', {});
    await mine.filesUpload({ path: '/here/new.txt', contents: 'new' });
    expect(await syncMembers(first)).toMatchObject({ status: 'complete', records: { added: 1 } });
    const [all] = await rows<number>(`RETURN LENGTH(FOR n IN dropboxNamespaces FILTER n.kind != "received" RETURN 1)`);
    expect((await stack.calls()).calls['files/list_folder/continue']).toBeLessThan(Number(all));
  });

  it('removes a deleted file after a search in all namespaces', async () => {
    await stack.page('stats/reset', {});
    await mine.filesDeleteV2({ path: '/here/gone.txt' });
    expect(await syncMembers(first)).toMatchObject({ status: 'complete', records: { deleted: 1 } });
    expect(await rows(`FOR f IN files FILTER f.path == "/here/gone.txt" RETURN 1`)).toEqual([]);
    const [all] = await rows<number>(`RETURN LENGTH(FOR n IN dropboxNamespaces FILTER n.kind != "received" RETURN 1)`);
    expect((await stack.calls()).calls['files/list_folder/continue']).toBeGreaterThan(Number(all));
  });

  it('keeps a file that the search finds outside its folder for the member whom it was shared with alone', async () => {
    const { company } = stack;
    const [other, receiver] = [accountOf(third), accountOf(second)];
    const outsider = company.build.externalAccount({ email: 'olga@other.example' });
    const folder = company.build.sharedFolder(outsider, outsider.home.root, 'Foreign');
    company.build.folderMember(folder, other, 'viewer');
    const file = company.build.file(folder.root, 'given.txt', new GeneratedContent(5, 5));
    company.build.fileMember(file, receiver, 'viewer');
    expect(await stack.sync({ mode: 'full' })).toMatchObject({ status: 'complete' });
    const id = company.state.itemIds.encode(file.number);
    const stored = (): Promise<string[]> =>
      rows(`FOR r IN records FILTER r.externalRecordId == @id RETURN r._key`, { id });
    const before = await stored();
    expect(before).toHaveLength(1);

    company.files.move(company.actor(outsider), { from_path: id, to_path: '/taken back.txt' });
    await mine.filesDeleteV2({ path: '/here/new.txt' });
    expect(await syncMembers(first)).toMatchObject({ status: 'complete', records: { deleted: 1 } });
    expect(await stored()).toEqual(before);
    expect(
      isExact(await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, [second.email, third.email])),
    ).toBe(true);
  });

  it('revokes the access of a suspended member whom it does not name', async () => {
    await team.teamMembersSuspend({ user: { '.tag': 'team_member_id', team_member_id: second.teamMemberId } });
    await mine.filesUpload({ path: '/here/newer.txt', contents: 'newer' });
    expect(await syncMembers(first)).toMatchObject({ status: 'complete' });
    const emails = [...(await stack.activeEmails()), second.email];
    expect(isExact(await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, emails))).toBe(true);
  });

  it('reads all namespaces when the last complete run is too long ago', async () => {
    await change(stack.db, `UPDATE @key WITH { wholeRunAt: 1 } IN dropboxConnectors`, { key: CONNECTOR });
    await stack.page('stats/reset', {});
    expect(await syncMembers(first)).toMatchObject({ status: 'complete' });
    const [all] = await rows<number>(`RETURN LENGTH(FOR n IN dropboxNamespaces FILTER n.kind != "received" RETURN 1)`);
    expect((await stack.calls()).calls['files/list_folder/continue']).toBe(all);
    const [whole] = await rows<number>(`RETURN DOCUMENT("dropboxConnectors", @key).wholeRunAt`, { key: CONNECTOR });
    expect(whole).toBeGreaterThan(1);
  });
});
