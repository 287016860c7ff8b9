/** The assumptions about Dropbox, tried on the simulator: all of them hold, and a switch that is turned is noticed. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Result } from '../../bench/contract/assumption';
import { dropboxContract } from '../../bench/contract/dropbox';
import { Company, type Account, type Choices, type TeamModel } from '../../sandbox/dropbox/model';
import { startDropboxSimulator } from '../../sandbox/dropbox/server';
import { demoTeam } from '../../sandbox/dropbox/sources/demo/company';

function demoCompany(model: TeamModel, choices: Partial<Choices>): Company {
  const company = new Company({ model, choices });
  demoTeam(company);
  const account = (email: string): Account => {
    const found = company.accountByEmail(email);
    if (!found) throw new Error(`the demo company has ${email}`);
    return found;
  };
  // A folder of another team that the admin is no member of.
  const rhea = account('rhea@partnerstudio.example');
  const fair = company.build.sharedFolder(rhea, rhea.home.root, 'Fair');
  company.build.folderMember(fair, account('greta@lumenoak.example'), 'viewer');
  return company;
}

interface Tried {
  results: Result[];
  warnings: string[];
  /** The company, as it is afterwards. */
  company: Company;
  /** Calls of routes. */
  calls: Record<string, number>;
}

async function tryOn(model: TeamModel, choices: Partial<Choices>, write: boolean): Promise<Tried> {
  const company = demoCompany(model, choices);
  const server = await startDropboxSimulator({ port: 0, company });
  try {
    const { appKey, appSecret, refreshToken } = server.simulator.grants.app;
    const access = { apiUrl: server.url, appKey, appSecret, refreshToken };
    const warnings: string[] = [];
    const options = { write, waitSeconds: 30, report: () => undefined, warn: (text: string) => warnings.push(text) };
    const results = await dropboxContract(access, options);
    return { results, warnings, company, calls: server.simulator.stats.report().calls };
  } finally {
    await server.close();
  }
}

const differing = ({ results }: Tried): Result[] => results.filter(({ outcome }) => outcome === 'differs');
const notTried = ({ results }: Tried): string[] =>
  results.flatMap((result) => (result.outcome === 'not tried' ? [`${result.name}: ${result.why}`] : []));

describe.each<TeamModel>(['A', 'B', 'C'])('a team of model %s', (model) => {
  it('is as assumed, and every switch is tried that can be seen there', async () => {
    const tried = await tryOn(model, {}, true);
    expect(differing(tried)).toEqual([]);
    const noRoot = ['sharedRootType', 'sharedRootLevel'].map((name) => `choices.${name}: the team has no shared root`);
    const noTeamFolders = 'choices.archiveAnswersInProgress: the team has a shared root instead of team folders';
    const noMemberRoots = 'choices.inheritanceOfTeamFolders: the team has no root for each member';
    expect(notTried(tried).filter((line) => line.startsWith('choices.'))).toEqual([
      ...(model === 'B' ? [noTeamFolders] : noRoot),
      ...(model === 'C' ? [] : [noMemberRoots]),
      'choices.journalLength: it would need as many changes as a journal keeps',
    ]);
    expect(notTried(tried).filter((line) => !/choices|no harmless way/.test(line))).toEqual([
      '429 Retry-After: no call was refused for its rate',
    ]);
    // Nothing is left behind.
    expect(tried.warnings).toEqual([]);
    expect(tried.company.truth()).toEqual(demoCompany(model, {}).truth());
  });
});

it('without --write nothing is changed', async () => {
  const tried = await tryOn('C', {}, false);
  expect(differing(tried)).toEqual([]);
  const writes = /upload|create|move_v2|delete|share_folder|add_|remove_folder|set_|archive/;
  expect(Object.keys(tried.calls).filter((route) => writes.test(route))).toEqual([]);
});

it('no name and no content of the team is in the results', async () => {
  const { results, company } = await tryOn('B', { unmountedPaths: 'namespace', restrictedFolder: 'hidden' }, true);
  const text = JSON.stringify(results);
  const { accounts, namespaces, items } = company.state;
  const secrets = [...accounts.values()].flatMap(({ email, surname, memberId }) => [email, surname, memberId ?? email]);
  const ids = [...namespaces.keys()].filter((id) => id.length > 4);
  const names = items.flatMap((item) => (item !== undefined && item.name.length > 7 ? [item.name] : []));
  expect([...secrets, ...ids, ...names].filter((secret) => text.includes(secret))).toEqual([]);
});

/** Another value of each switch, with the model of a team that shows it. */
const turned: { [Name in keyof Omit<Choices, 'journalLength'>]: [Choices[Name], TeamModel] } = {
  idAcrossNamespaces: ['new', 'A'],
  mountPointWithoutContent: ['left_out', 'A'],
  nestedContentWithoutMounted: ['listed', 'C'],
  folderMembersWithoutPath: ['with_inherited', 'C'],
  moveOrder: ['delete_first', 'A'],
  deletesListDescendants: [1, 'A'],
  emptyPages: [0.9, 'A'],
  duplicateEntries: [0.5, 'C'],
  pageOverlap: [0.9, 'B'],
  lateFolders: [1, 'A'],
  restrictedFolder: ['hidden', 'C'],
  recursiveListingHasRoot: [false, 'A'],
  unmountedPaths: ['namespace', 'C'],
  displayAncestors: ['lower', 'B'],
  foreignCursor: ['reset', 'A'],
  fileMemberChangeDeliversFile: [true, 'A'],
  defaultFolderLevel: ['editor', 'C'],
  defaultFileLevel: ['editor', 'A'],
  sharedRootType: ['shared_folder', 'B'],
  sharedRootLevel: ['viewer', 'B'],
  adminReadsForeignFolders: [true, 'C'],
  everyoneGroupHasInvited: [false, 'A'],
  inheritanceOfTeamFolders: [false, 'C'],
  shareInsideSharedFolder: [true, 'A'],
  ownershipTransferNeedsConsent: [true, 'A'],
  autoMount: [false, 'A'],
  jobPollsInProgress: [2, 'A'],
  archiveAnswersInProgress: [2, 'C'],
  repeatedNamespaces: [false, 'A'],
  fileEvents: [false, 'A'],
  eventDelaySeconds: [1, 'A'],
  eventDisorderSeconds: [2, 'C'],
  duplicateEvents: [0.9, 'C'],
  emptyEventPages: [0.9, 'A'],
  eventsWithoutFileId: [1, 'A'],
};

const switches = Object.entries(turned).map(([name, [value, model]]) => ({ name, value, model }));

it.each(switches)('a team on which $name is $value differs in that alone', async ({ name, value, model }) => {
  const differences = differing(await tryOn(model, { [name]: value }, true));
  expect(differences).toEqual([
    expect.objectContaining({ name: `choices.${name}`, set: expect.stringMatching(`^${name}: `) }),
  ]);
});

describe('npm run contract', () => {
  const run = promisify(execFile);
  const command = path.join(__dirname, '../../bin/run.js');
  const contract = async (args: string[], env: Record<string, string>) => {
    try {
      const { stdout } = await run('node', [command, 'bench/contract/main', ...args], { env: { ...PATH, ...env } });
      return { code: 0, out: stdout, err: '' };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  };
  const PATH = { PATH: process.env['PATH'] ?? '' };

  it('ends with 0 when all holds, and with 1 when something differs', async () => {
    const { model, ...choices } = { model: 'A', foreignCursor: 'reset' } as const;
    for (const [company, code, summary] of [
      [demoCompany(model, {}), 0, ' 0 differ,'],
      [demoCompany(model, choices), 1, ' 1 differ,'],
    ] as const) {
      const server = await startDropboxSimulator({ port: 0, company });
      const { appKey, appSecret, refreshToken } = server.simulator.grants.app;
      const result = await contract(['dropbox'], {
        DROPBOX_API_URL: server.url,
        DROPBOX_APP_KEY: appKey,
        DROPBOX_APP_SECRET: appSecret,
        DROPBOX_REFRESH_TOKEN: refreshToken,
      });
      await server.close();
      expect([result.code, result.out.includes(summary)]).toEqual([code, true]);
      if (code === 1) expect(result.out).toContain("found: reset; set foreignCursor: 'reset'");
    }
  });

  it('ends with 2 for wrong use, and with 1 when there is no server', async () => {
    expect(await contract(['dropbox'], {})).toMatchObject({ code: 2, err: expect.stringContaining('DROPBOX_APP_KEY') });
    expect(await contract(['nothing'], {})).toMatchObject({ code: 2, err: expect.stringContaining('--write') });
    expect(await contract(['arangodb', '--unknown'], {})).toMatchObject({ code: 2 });
    const nowhere = { ARANGO_URL: 'http://127.0.0.1:1' };
    expect(await contract(['arangodb'], nowhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining('not answer'),
    });
  });
});
