import type { Account } from '../../../../sandbox/dropbox/model';
import { companyOf, content } from './company-of';
import { Oracle } from './oracle';
import { ProtocolClient } from './protocol-client';

type SmallCompany = ReturnType<typeof companyOf>;

/** A recursive listing of the member's root, and what the oracle says that it must hold. */
function streamOf({ company, as }: SmallCompany, account: Account) {
  const client = new ProtocolClient(company, () => as(account), { path: '', recursive: true });
  client.sync();
  return {
    client,
    expected: () => new Oracle(company).lines(account, account.root),
  };
}

const selector = ({ email }: Account) => ({ '.tag': 'email', email }) as const;

/** The fewest operations that once left a member's stream with another content than a fresh listing has. */
describe('a stream, after a change of access,', () => {
  it('shows a folder of the shared root that was opened to the team while the member was removed', () => {
    const world = companyOf('B');
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

  it('shows as editable all that is nested in a folder which a group edits, whichever folder it was given first', () => {
    const world = companyOf('C');
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
});
