import type { CompanyApi, Namespace } from '../../model';
import { demoHomes } from './homes';
import { demoLately } from './lately';
import { demoPeople } from './people';
import { demoSharedFolders } from './sharedFolders';
import { Shelf } from './shelf';
import { demoTeamFolders } from './teamFolders';

/** Lumen & Oak, a company of eleven: every case of sharing that a sync must get right, in a few hundred files. */
export function demoTeam(company: CompanyApi): void {
  const shelf = new Shelf(company);
  const people = demoPeople(company);
  const { engineering, finance, retired } = demoTeamFolders(shelf, people);
  demoSharedFolders(shelf, people);
  demoHomes(shelf, people);
  company.build.sharedLink(finance, people.elif, 'members');
  retire(company, retired);
  company.goLive();
  demoLately(company, people, engineering);
}

/** Archived as the API does it, except in a shared root (model B): that has no team folders for the API to archive. */
function retire(company: CompanyApi, folder: Namespace): void {
  const team_folder_id = folder.id;
  if (company.team.teamFolderInfo(team_folder_id) === undefined) folder.status = 'archived';
  else company.team.archiveTeamFolder({ team_folder_id, force_async_off: true });
}
