import { Company, type Choices, type TeamModel } from '../model';
import { demoTeam } from './demo/company';
import { checkFolder, folderTeam } from './folder';
import { generateTeam } from './generate/company';
import { parseTeamSource, type TeamSource } from './parse';

export { type TeamSource } from './parse';

/** Parses `--team` and checks that its folder is readable. Throws an Error with a one-line message. */
export function teamSource(text: string): TeamSource {
  const source = parseTeamSource(text);
  if (source.kind === 'folder') checkFolder(source.dir);
  return source;
}

/** Builds the company of a source and takes it live. `choices` overrides modelling choices. */
export function buildTeam(source: TeamSource, model: TeamModel, choices: Partial<Choices> = {}): Company {
  const company = new Company({ model, choices, ...identityOf(source) });
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

function identityOf(source: TeamSource): { seed?: number; teamName?: string } {
  if (source.kind === 'generate') return { seed: source.options.seed };
  return source.kind === 'demo' ? { teamName: 'Lumen & Oak' } : {};
}
