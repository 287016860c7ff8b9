/**
 * rclone, the most used client of Dropbox, works unchanged with the simulator: it reaches Dropbox's hosts through an HTTPS
 * proxy, and acts as one member of the team (`impersonate`). This needs the programs rclone and openssl.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { calm, type Account, type Company, type TeamModel } from '../../../sandbox/dropbox/model';
import { startDropboxSimulator, type DropboxSimulator } from '../../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../../sandbox/dropbox/sources';
import { startConnectProxy, type ConnectProxy } from '../../support/connectProxy';

const isInstalled = (program: string, option: string): boolean =>
  spawnSync(program, [option], { stdio: 'ignore' }).status === 0;
const missing = [
  ...(isInstalled('rclone', 'version') ? [] : ['rclone']),
  ...(isInstalled('openssl', 'version') ? [] : ['openssl']),
];
const describeWithPrograms = missing.length === 0 ? describe : describe.skip;
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(' and ')} not installed)`;

interface Result {
  code: number;
  lines: string[];
  /** Lines of the log that report an error. */
  errors: string[];
}

interface Listed {
  id: string;
  size: number;
  hash: string;
  /** Whether it is a cloud document, such as a Paper file. Some versions of rclone leave it out, others give no size. */
  isDocument: boolean;
}

/** rclone on one company. Its only remote is `team:`. */
class Rclone {
  private constructor(
    readonly company: Company,
    readonly server: DropboxSimulator,
    private readonly proxy: ConnectProxy,
    readonly folder: string,
  ) {}

  static async start(model: TeamModel): Promise<Rclone> {
    const company = buildTeam(teamSource('demo'), model, calm);
    const server = await startDropboxSimulator({ port: 0, company });
    const folder = mkdtempSync(path.join(tmpdir(), 'rclone-'));
    writeFileSync(path.join(folder, 'rclone.conf'), '');
    return new Rclone(company, server, await startConnectProxy(server.url), folder);
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.server.close();
    rmSync(this.folder, { recursive: true });
  }

  /** @param expiry of the access token in the configuration, which rclone replaces when it has passed */
  run(member: string, args: string[], expiry = '2099-01-01T00:00:00Z'): Promise<Result> {
    const { grants } = this.server.simulator;
    const [grant] = grants.all();
    if (!grant) throw new Error('the app is linked with the team');
    const token = {
      access_token: grants.issueAccessToken(grant).token,
      token_type: 'bearer',
      refresh_token: grant.refreshToken,
      expiry,
    };
    const env = {
      PATH: process.env['PATH'],
      HOME: this.folder,
      HTTPS_PROXY: this.proxy.url,
      RCLONE_CONFIG_TEAM_TYPE: 'dropbox',
      RCLONE_CONFIG_TEAM_CLIENT_ID: grants.app.appKey,
      RCLONE_CONFIG_TEAM_CLIENT_SECRET: grants.app.appSecret,
      RCLONE_CONFIG_TEAM_TOKEN: JSON.stringify(token),
      RCLONE_CONFIG_TEAM_IMPERSONATE: member,
    };
    const all = [
      '--config',
      path.join(this.folder, 'rclone.conf'),
      '--ca-cert',
      this.proxy.certificate,
      '--retries=1',
      '--low-level-retries=1',
      '--dropbox-batch-timeout=10ms',
      ...args,
    ];
    return new Promise((resolve) =>
      execFile('rclone', all, { env, maxBuffer: 1e8 }, (error, out, log) =>
        resolve({
          code: error ? Number(error.code) : 0,
          lines: out.split('\n').filter((line) => line !== ''),
          errors: log.split('\n').filter((line) => / ERROR : /.test(line)),
        }),
      ),
    );
  }

  /** Runs a command that succeeds without a reported error. @returns the lines that it printed */
  async done(member: string, ...args: string[]): Promise<string[]> {
    const { code, lines, errors } = await this.run(member, args);
    expect({ args, code, errors }).toEqual({ args, code: 0, errors: [] });
    return lines;
  }
}

/** The files of the company as an admin finds them, namespace by namespace. */
function listedByAdmin(company: Company): Map<string, Listed> {
  const admin = company.accountByEmail('ada@lumenoak.example');
  if (!admin) throw new Error('the demo company has an admin');
  const found = new Map<string, Listed>();
  for (const { namespace_id } of company.team.namespaces()) {
    const root = company.namespaceById(namespace_id);
    if (!root) throw new Error('the namespace is in the list');
    const actor = { account: admin, root, admin: 'whole_team' } as const;
    let page = company.files.listFolder(actor, { path: '', recursive: true, include_mounted_folders: false });
    for (;;) {
      for (const entry of page.entries) {
        if (entry['.tag'] !== 'file') continue;
        const { id, size, content_hash: hash = '', is_downloadable } = entry;
        found.set(id, { id, size, hash, isDocument: is_downloadable === false });
      }
      if (!page.has_more) break;
      page = company.files.listFolderContinue(actor, page.cursor);
    }
  }
  return found;
}

/** What the member reads although it is not below their root: single files shared with them, and unmounted folders. */
function readsElsewhere(company: Company, member: Account) {
  const actor = company.actor(member, { pathRoot: { '.tag': 'root', root: member.root.id } });
  const received = new Set(company.sharing.listReceivedFiles(actor).map(({ id }) => id));
  const unmounted = company.sharing.listFolders(actor).filter(({ path_lower }) => path_lower === undefined);
  const folders = new Set(unmounted.map(({ shared_folder_id }) => shared_folder_id));
  return { received, folders };
}

/** The folders whose name a member sees, but not the content. rclone reports an error for each of them. */
function closedFolders(company: Company, member: Account): number {
  const actor = company.actor(member, { pathRoot: { '.tag': 'root', root: member.root.id } });
  let page = company.files.listFolder(actor, { path: '', recursive: true });
  const { entries } = page;
  while (page.has_more) {
    page = company.files.listFolderContinue(actor, page.cursor);
    entries.push(...page.entries);
  }
  return entries.filter((entry) => entry['.tag'] === 'folder' && entry.sharing_info?.no_access === true).length;
}

const MODELS = ['A', 'B', 'C'] as const;
const ELIF = 'Elif.Sahin@lumenoak.example';

describeWithPrograms.each(MODELS)(`rclone with a team of model %s${reason}`, (model) => {
  let rclone: Rclone;
  beforeAll(async () => {
    rclone = await Rclone.start(model);
  });
  afterAll(() => rclone.close());

  it('lists for each member what they may read, with the sizes and hashes that an admin sees', async () => {
    const { company } = rclone;
    const truth = Object.entries(company.truth().files);
    const asAdmin = listedByAdmin(company);
    const members = [...company.state.byMemberId.values()].filter(({ status }) => status === 'active');
    expect(members).toHaveLength(8);
    const separator = '\u001f';
    const list = async (member: Account): Promise<void> => {
      const args = ['lsf', '-R', '--files-only', '--format=ish', '--hash=DropboxHash', `--separator=${separator}`];
      const { code, lines, errors } = await rclone.run(member.email, [...args, 'team:/']);
      const closed = closedFolders(company, member);
      expect([member.email, errors.length > 0, code !== 0]).toEqual([member.email, closed > 0, closed > 0]);
      const listed = lines
        .map((line): Listed => {
          const [id = '', size, hash = ''] = line.split(separator);
          return { id, size: Number(size), hash, isDocument: asAdmin.get(id)?.isDocument === true };
        })
        .filter(({ isDocument }) => !isDocument);
      expect(listed).toEqual(listed.map(({ id }) => asAdmin.get(id)));
      const ids = new Set(listed.map(({ id }) => id));
      expect(ids.size).toBe(listed.length);
      const { received, folders } = readsElsewhere(company, member);
      const readable = truth.filter(
        ([id, { readers }]) => readers.includes(member.email) && asAdmin.get(id)?.isDocument !== true,
      );
      const notListed = readable.filter(
        ([id, { namespace_id }]) => !ids.has(id) && !received.has(id) && !folders.has(namespace_id),
      );
      expect([member.email, notListed]).toEqual([member.email, []]);
      const allowed = new Set(readable.map(([id]) => id));
      expect([...ids].filter((id) => !allowed.has(id))).toEqual([]);
    };
    await Promise.all(members.map(list));
  });

  it('copies up and down, checks, moves, reads, links and removes', async () => {
    const local = path.join(rclone.folder, 'up');
    const names = ['plain.txt', 'empty', 'Täglich/日本 note.txt', 'Täglich/deep/er/a%b+c.txt'];
    for (const name of names) {
      mkdirSync(path.dirname(path.join(local, name)), { recursive: true });
      writeFileSync(path.join(local, name), name === 'empty' ? '' : `content of ${name}`);
    }
    // Larger than a piece.
    writeFileSync(path.join(local, 'large'), Buffer.alloc(2_500_000, 'large '));
    const elif = (...args: string[]) => rclone.done(ELIF, ...args);
    await elif('copy', '--dropbox-chunk-size=1M', local, 'team:rclone');
    await elif('check', local, 'team:rclone');
    // A file that is sent without a batch, and one whose size is not known beforehand.
    await elif('copyto', '--dropbox-batch-mode=off', path.join(local, 'plain.txt'), 'team:rclone/again.txt');
    await elif('copyto', 'team:rclone/again.txt', 'team:rclone/copy.txt');
    await elif('moveto', 'team:rclone/again.txt', 'team:rclone/moved.txt');
    expect(await elif('cat', 'team:rclone/moved.txt')).toEqual(['content of plain.txt']);
    expect(await elif('cat', '--offset=11', '--count=5', 'team:rclone/copy.txt')).toEqual(['plain']);
    await elif('deletefile', 'team:rclone/moved.txt');
    await elif('deletefile', 'team:rclone/copy.txt');

    await elif('moveto', 'team:rclone', 'team:rclone moved');
    const down = path.join(rclone.folder, 'down');
    await elif('copy', 'team:rclone moved', down);
    await elif('check', local, down);
    const files = await elif('lsf', '-R', '--files-only', 'team:rclone moved');
    expect(files.sort()).toEqual([...names, 'large'].sort());

    const [link, ...rest] = await elif('link', 'team:rclone moved/plain.txt');
    expect([link, rest]).toEqual([expect.stringMatching(/^https:\/\/www\.dropbox\.com\//), []]);
    expect(await elif('link', 'team:rclone moved/plain.txt')).toEqual([link]);
    const home = rclone.company.accountByEmail(ELIF);
    const usage = rclone.company.users.spaceUsage({ account: home!, root: home!.home });
    const usedByTeam = usage.allocation['.tag'] === 'team' ? usage.allocation.used : 0;
    const about = JSON.parse((await elif('about', '--json', 'team:')).join(''));
    expect(about).toMatchObject({ total: 15e12, free: 15e12 - about.used });
    // Former versions report what the member uses.
    expect([usage.used, usedByTeam]).toContain(about.used);

    await elif('mkdir', 'team:rclone moved/new');
    await elif('rmdir', 'team:rclone moved/new');
    await elif('purge', 'team:rclone moved');
    const { code } = await rclone.run(ELIF, ['lsf', 'team:rclone moved']);
    expect(code).toBe(3);
  });

  it('is refused what the member may not change or read, and another member than the team has', async () => {
    const file = path.join(rclone.folder, 'refused.txt');
    writeFileSync(file, 'refused');
    // Jonas may only view Finance.
    const finance = model === 'A' ? 'team:Finance' : 'team:/Finance';
    expect(await rclone.done('jonas@lumenoak.example', 'lsf', finance)).not.toEqual([]);
    const written = await rclone.run('jonas@lumenoak.example', ['copy', file, finance]);
    expect([written.code === 0, written.errors.join()]).toEqual([
      false,
      expect.stringContaining('no_write_permission'),
    ]);
    const hidden = await rclone.run('bruno@lumenoak.example', ['lsf', finance]);
    expect([hidden.code, hidden.lines]).toEqual([3, []]);
    for (const member of ['stranger@lumenoak.example', 'hugo@lumenoak.example']) {
      expect((await rclone.run(member, ['lsf', 'team:'])).code).toBe(1);
    }
  });

  it('renews an access token that has expired', async () => {
    const { code, lines } = await rclone.run(ELIF, ['lsf', 'team:'], '2020-01-01T00:00:00Z');
    expect([code, lines.length > 0]).toEqual([0, true]);
  });
});
