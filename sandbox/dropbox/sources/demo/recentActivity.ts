import { StoredContent, type Company, type Namespace } from '../../model';
import type { DemoPeople } from './people';

/**
 * Recent activity: a file with an older revision, a moved file, a deleted file and a change of a group, each with its
 * event in the audit log. The members make these changes through the operations of the API.
 */
export function demoRecentActivity(company: Company, people: DemoPeople, engineering: Namespace): void {
  const { ada, bruno, chiyo, femi, design } = people;
  const asBruno = company.actor(bruno);
  company.files.upload(
    asBruno,
    { path: `ns:${engineering.id}/Architecture.md`, mode: { '.tag': 'overwrite' } },
    new StoredContent(Buffer.from('Architecture.md\n\nThe second edition.\n')),
  );
  company.files.move(asBruno, {
    from_path: `ns:${engineering.id}/diagram.drawio`,
    to_path: `ns:${engineering.id}/Releases/diagram.drawio`,
  });
  company.files.delete(company.actor(chiyo), { path: `ns:${chiyo.home.id}/Holiday/山.jpg` });
  company.team.addGroupMembers(
    {
      group: { '.tag': 'group_id', group_id: design.groupId },
      members: [
        { user: { '.tag': 'team_member_id', team_member_id: memberIdOf(femi) }, access_type: { '.tag': 'member' } },
      ],
      return_members: false,
    },
    ada,
  );
}

function memberIdOf({ memberId, email }: { memberId?: string; email: string }): string {
  if (memberId === undefined) throw new Error(`${email} is not a member of the team`);
  return memberId;
}
