import type { Account } from '../../../../sandbox/dropbox/model';
import { Oracle } from './oracle';
import { ProtocolClient } from './protocolClient';
import { smallCompany, content } from './smallCompany';

type SmallCompany = ReturnType<typeof smallCompany>;

/** A client that follows the member's root recursively, and the lines that the oracle expects of it. */
function streamOf({ company, as }: SmallCompany, account: Account) {
  const client = new ProtocolClient(company, () => as(account), { path: '', recursive: true });
  client.sync();
  return {
    client,
    expected: () => new Oracle(company).lines(account, account.root),
  };
}

const selector = ({ email }: Account) => ({ '.tag': 'email', email }) as const;

// Each case has the fewest operations after which a stream once differed from what the member may see.
describe('after a change of access', () => {
  it('a recovered member sees a folder that was opened to the team while they were removed', () => {
    const world = smallCompany('B');
    const { company, ann, bob, as } = world;
    const nested = company.build.nestedFolder(ann.root.root, 'Nested', false);
    company.build.folderMember(nested, ann, 'editor');
    company.build.file(nested.root, 'a.txt', content);
    company.goLive();
    const { client, expected } = streamOf(world, bob);
    company.team.removeMember({ user: selector(bob) });
    company.sharing.setAccessInheritance(as(ann), {
      shared_folder_id: nested.id,
      access_inheritance: { '.tag': 'inherit' },
    });
    company.team.recoverMember({ user: selector(bob) });
    client.sync();
    expect(client.lines()).toEqual(expected());
  });

  it('a new member of a group may edit all folders nested in one that the group edits', () => {
    const world = smallCompany('C');
    const { company, bob } = world;
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, bob, 'viewer');
    company.build.nestedFolder(team.root, 'Other', true);
    const nested = company.build.nestedFolder(team.root, 'Nested', true);
    const editors = company.build.group({ name: 'Editors' });
    company.build.folderMember(nested, editors, 'editor');
    company.build.folderMember(team, editors, 'editor');
    company.goLive();
    const { client, expected } = streamOf(world, bob);
    company.build.groupMember(editors, bob);
    client.sync();
    expect(client.lines()).toEqual(expected());
  });

  it.each(['transfer', 'removal'] as const)(
    'an admin no longer sees a nested folder that the team does not reach any more (%s)',
    (change) => {
      const world = smallCompany('A');
      const { company, ann, bob, eve, as } = world;
      const shared = company.build.sharedFolder(bob, bob.home.root, 'Shared');
      company.build.folderMember(shared, ann, 'viewer');
      company.build.folderMember(shared, eve, 'editor');
      const nested = company.build.nestedFolder(shared.root, 'Nested', false);
      company.build.folderMember(nested, bob, 'editor');
      company.build.file(nested.root, 'a.txt', content);
      company.goLive();
      const admin = { account: ann, root: shared, admin: 'whole_team' } as const;
      const client = new ProtocolClient(company, () => admin, { path: '', recursive: true });
      client.sync();
      expect([...client.entries.keys()]).toContain('/nested/a.txt');
      if (change === 'transfer') {
        company.sharing.transferFolder(as(bob), { shared_folder_id: shared.id, to_dropbox_id: eve.accountId });
      } else {
        company.team.removeMember({ user: selector(bob) });
      }
      client.sync();
      expect([...client.entries.keys()]).not.toContain('/nested/a.txt');
      expect(client.lines()).toEqual(new Oracle(company, true).lines(ann, shared));
    },
  );

  it('a longpoll of an admin ends when the team no longer reaches a nested folder', () => {
    const { company, ann, bob, eve, as } = smallCompany('A');
    const shared = company.build.sharedFolder(bob, bob.home.root, 'Shared');
    for (const account of [ann, eve]) company.build.folderMember(shared, account, 'editor');
    const nested = company.build.nestedFolder(shared.root, 'Nested', false);
    company.build.folderMember(nested, bob, 'editor');
    company.goLive();
    const admin = { account: ann, root: shared, admin: 'whole_team' } as const;
    const { cursor } = company.files.listFolder(admin, { path: '', recursive: true });
    let changes = 0;
    company.onChange(() => changes++);
    company.sharing.transferFolder(as(bob), { shared_folder_id: shared.id, to_dropbox_id: eve.accountId });
    expect(changes).toBe(1);
    expect(company.files.hasChanges(cursor)).toBe(true);
  });
});
