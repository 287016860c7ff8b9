import type { CompanyApi } from '../../model';
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
  retired.status = 'archived';
  company.goLive();
  demoLately(company, people, engineering);
}
