import type { Account } from '../../../../sandbox/dropbox/model';
import { smallCompany, content } from './small-company';
import { Oracle } from './oracle';
import { ProtocolClient } from './protocol-client';

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
describe('a stream, after a change of access,', () => {
  it('shows a folder of the shared root that was opened to the team while the member was removed', () => {
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

  it('shows all folders nested in one that a group edits as editable, whichever of them the group was added to', () => {
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
});
