import type { Company, Namespace } from '../../model';
import { FileBuilder } from './fileBuilder';
import { demoHomes } from './homes';
import { demoPeople } from './people';
import { demoRecentActivity } from './recentActivity';
import { demoSharedFolders } from './sharedFolders';
import { demoTeamFolders } from './teamFolders';

/** Lumen & Oak, a company of eleven members with every case of sharing that a sync must handle, in some 300 files. */
export function demoTeam(company: Company): void {
  const files = new FileBuilder(company);
  const people = demoPeople(company);
  const { engineering, finance, retired } = demoTeamFolders(files, people);
  demoSharedFolders(files, people);
  demoHomes(files, people);
  company.build.sharedLink(finance, people.elif, 'members');
  archive(company, retired);
  company.goLive();
  demoRecentActivity(company, people, engineering);
}

/** Archives a team folder through the API, except in model B, where the API has no team folders to archive. */
function archive(company: Company, folder: Namespace): void {
  const team_folder_id = folder.id;
  if (company.team.teamFolderInfo(team_folder_id) === undefined) folder.status = 'archived';
  else company.team.archiveTeamFolder({ team_folder_id, force_async_off: true });
}
