import { Company, type TeamModel } from '../model';
import { demoTeam } from './demo/company';
import { checkFolder, folderTeam } from './folder';
import { generateTeam } from './generate/company';
import { parseTeamSource, type TeamSource } from './parse';

export { type TeamSource } from './parse';

/** Reads `--team` and looks whether its folder is there. Throws an Error with one clear line. */
export function teamSource(text: string): TeamSource {
  const source = parseTeamSource(text);
  if (source.kind === 'folder') checkFolder(source.dir);
  return source;
}

/** Builds the company that a source describes; it is live when this returns. */
export function buildTeam(source: TeamSource, model: TeamModel): Company {
  const company = new Company({ model, ...(source.kind === 'generate' ? { seed: source.options.seed } : {}) });
  switch (source.kind) {
    case 'empty':
      company.build.member({ email: 'admin@example.com', givenName: 'Ada', surname: 'Admin', role: 'team_admin' });
      break;
    case 'folder':
      folderTeam(company, source.dir);
      break;
    case 'generate':
      generateTeam(company, source.options);
      break;
    case 'demo':
      demoTeam(company);
      break;
  }
  company.goLive();
  return company;
}
