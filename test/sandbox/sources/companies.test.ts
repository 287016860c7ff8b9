import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Company, calm, type TeamModel } from '../../../sandbox/dropbox/model';
import { buildTeam, teamSource } from '../../../sandbox/dropbox/sources';

const MODELS: TeamModel[] = ['A', 'B', 'C'];

function account(company: Company, email: string) {
  const found = company.accountByEmail(email);
  if (found === undefined) throw new Error(`there is no account ${email}`);
  return found;
}

interface Listed {
  tag: string;
  name: string;
  size?: number;
}

/** Everything that an account sees in a namespace, by path. */
function list(company: Company, email: string, namespaceId: string): Map<string, Listed> {
  const actor = company.actor(account(company, email), {
    pathRoot: { '.tag': 'namespace_id', namespace_id: namespaceId },
  });
  const seen = new Map<string, Listed>();
  let page = company.files.listFolder(actor, { path: '', recursive: true });
  for (;;) {
    for (const entry of page.entries) {
      const size = entry['.tag'] === 'file' ? { size: entry.size } : {};
      seen.set(entry.path_display ?? entry.name, { tag: entry['.tag'], name: entry.name, ...size });
    }
    if (!page.has_more) return seen;
    page = company.files.listFolderContinue(actor, page.cursor);
  }
}

function namespaceNamed(company: Company, name: string): string {
  const found = company.team.namespaces().find((namespace) => namespace.name === name);
  if (found === undefined) throw new Error(`there is no namespace ${name}`);
  return found.namespace_id;
}

/** The active members who may read the file of that name: their e-mail addresses without the domain. */
function readers(company: Company, name: string): string[] {
  const found = Object.values(company.truth().files).filter(({ path: place }) => place.endsWith(`/${name}`));
  expect([name, found.length]).toEqual([name, 1]);
  return (found[0]?.readers ?? []).map((email) => email.toLowerCase().split('@')[0] ?? '').sort();
}

describe('an empty team', () => {
  it.each(MODELS)('has one admin and no files (model %s)', (model) => {
    const company = buildTeam({ kind: 'empty' }, model);
    expect(company.stats).toMatchObject({ files: 0, members: 1 });
    expect(company.team.authenticatedAdmin().email).toBe('admin@example.com');
  });
});

describe('a folder of this machine', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'served-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const put = (name: string, text = name) => {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text);
  };
  const serve = (model: TeamModel = 'A') => buildTeam(teamSource(`from:${dir}`), model, calm);

  it.each(MODELS)(
    'is served as a team folder with its real names, sizes, times and contents, readable by all (model %s)',
    (model) => {
      put('Ünïcödé – Straße/会議メモ 🎉.txt', 'twelve bytes');
      put('a b/.hidden..name.');
      mkdirSync(path.join(dir, 'empty'));
      utimesSync(path.join(dir, 'a b/.hidden..name.'), 1_700_000_000, 1_700_000_000);
      const company = serve(model);
      const listing = list(company, 'ben@example.com', namespaceNamed(company, path.basename(dir)));
      const byName = new Map([...listing.values()].map((entry) => [entry.name, entry]));
      expect(byName.get('会議メモ 🎉.txt')).toMatchObject({ tag: 'file', size: 12 });
      expect(byName.get('empty')).toMatchObject({ tag: 'folder' });

      const id =
        Object.entries(company.truth().files).find(([, file]) => file.path.endsWith('.hidden..name.'))?.[0] ?? '';
      const reader = company.actor(account(company, 'cleo@example.com'));
      const { metadata, content } = company.files.download(reader, id);
      expect(content.read(0, content.size).toString()).toBe('a b/.hidden..name.');
      expect(metadata.server_modified).toBe('2023-11-14T22:13:20Z');
      expect(readers(company, '会議メモ 🎉.txt')).toEqual(['admin', 'ben', 'cleo']);
    },
  );

  it('is served without following symbolic links', () => {
    put('real/file.txt');
    symlinkSync(path.join(dir, 'real'), path.join(dir, 'link to a folder'));
    symlinkSync(path.join(dir, 'real/file.txt'), path.join(dir, 'link to a file'));
    symlinkSync(dir, path.join(dir, 'real/loop'));
    expect(Object.values(serve().truth().files).map((file) => path.posix.basename(file.path))).toEqual(['file.txt']);
  });

  it('gets suffixes for names that differ only in case, as on Dropbox', () => {
    put('README.md');
    put('readme.md');
    put('Readme.md');
    const names = Object.values(serve().truth().files).map((file) => path.posix.basename(file.path));
    expect(names.map((name) => name.toLowerCase()).sort()).toEqual([
      'readme (case conflict 1).md',
      'readme (case conflict).md',
      'readme.md',
    ]);
  });

  it('has the same ids at each start', () => {
    for (let number = 0; number < 50; number += 1) put(`folder ${number % 7}/file ${number}`);
    expect(serve().truth()).toEqual(serve().truth());
  });

  it('may be large', () => {
    const modules = path.join(__dirname, '..', '..', '..', 'node_modules');
    const real = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const company = buildTeam(teamSource(`from:${modules}`), 'A', calm);
    expect(real.length).toBeGreaterThan(10_000);
    expect(company.stats.files).toBe(real.length);
  });
});

describe('a generated team', () => {
  const generate = (text: string, model: TeamModel = 'A') => buildTeam(teamSource(`generate:${text}`), model, calm);

  it.each(MODELS)('has exactly the requested numbers of members, groups and files (model %s)', (model) => {
    const company = generate('members=40,groups=6,shared=30,files=3000,seed=5', model);
    expect(company.stats).toMatchObject({ files: 3_000, members: 40 });
    expect(
      company.team.groups().filter((group) => group.group_management_type['.tag'] !== 'system_managed'),
    ).toHaveLength(6);
    expect(Object.keys(company.truth().files)).toHaveLength(3_000);
  });

  it('depends only on its options, including the seed', () => {
    const shape = (seed: number) => generate(`members=20,groups=3,shared=12,files=800,seed=${seed}`).truth();
    expect(shape(11)).toEqual(shape(11));
    expect(shape(11)).not.toEqual(shape(12));
  });

  it('has realistic proportions: deep and shallow folders, wide and narrow access, all kinds of names', () => {
    const company = generate('members=60,groups=6,shared=40,files=6000,seed=2');
    const files = Object.values(company.truth().files);
    const depths = files.map((file) => file.path.split('/').length - 1);
    expect(Math.max(...depths)).toBeGreaterThanOrEqual(6);
    expect(Math.min(...depths)).toBe(1);
    const counts = files.map((file) => file.readers.length);
    expect(Math.max(...counts)).toBeGreaterThan(30);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(100);
    const names = files.map((file) => path.posix.basename(file.path));
    expect(names.some((name) => /[^\u0000-\u024f]/.test(name))).toBe(true);
    expect(names.some((name) => name.includes(' '))).toBe(true);
    expect(names.some((name) => !name.includes('.'))).toBe(true);
    expect(names.some((name) => name.startsWith('.'))).toBe(true);
  });

  it('may have only members', () => {
    expect(generate('members=1,groups=0,shared=0,files=0').stats).toMatchObject({ files: 0, members: 1 });
    expect(generate('members=2,groups=0,shared=0,files=25').stats.files).toBe(25);
  });
});

describe('the demo company', () => {
  const ALL = ['ada', 'bruno', 'chiyo', 'dmitri', 'elif.sahin', 'femi', 'greta', 'jonas'];

  describe.each(MODELS)('in model %s', (model) => {
    const company = buildTeam({ kind: 'demo' }, model, calm);

    it('has a few hundred files', () => {
      expect(company.stats.files).toBeGreaterThan(200);
      expect(company.stats.files).toBeLessThan(600);
    });

    it('has members of every status and role', () => {
      const members = company.team.membersWithTier(true);
      expect(new Set(members.map(({ profile }) => profile.status['.tag']))).toEqual(
        new Set(['active', 'suspended', 'invited', 'removed']),
      );
      expect(new Set(members.map(({ role }) => role['.tag']))).toEqual(
        new Set(['team_admin', 'user_management_admin', 'support_admin', 'member_only']),
      );
    });

    it('has recent activity: revisions, deletions and events in the audit log', () => {
      const bruno = company.actor(account(company, 'bruno@lumenoak.example'));
      const [id] =
        Object.entries(company.truth().files).find(([, { path: place }]) => place === '/Architecture.md') ?? [];
      expect(company.files.listRevisions(bruno, { path: id ?? '', mode: { '.tag': 'id' } }).entries).toHaveLength(2);
      const chiyo = account(company, 'chiyo@lumenoak.example');
      const gone = company.files.getMetadata(company.actor(chiyo), { path: '/Holiday/山.jpg', include_deleted: true });
      expect(gone['.tag']).toBe('deleted');
      const { events } = company.log.getEvents({ limit: 100 });
      expect(events.map((event) => event.event_type['.tag'])).toEqual(
        expect.arrayContaining(['file_edit', 'file_move', 'file_delete', 'group_add_member']),
      );
    });

    it.each([
      ['Welcome.md', ALL],
      ['At the bottom.txt', ALL],
      ['Salaries.xlsx', ['ada', 'elif.sahin']],
      ['Budget 2026.xlsx', ['ada', 'dmitri', 'elif.sahin']],
      ['Architecture.md', ['ada', 'bruno', 'femi']],
      ['2025-02-11 outage.md', ['ada', 'bruno', 'femi', 'greta']],
      ['Threat model.md', ['ada', 'bruno']],
      ['Client list.csv', ['ada', 'bruno', 'dmitri', 'femi']],
      ['Prototype.zip', ['dmitri', 'femi']],
      ['Forecast.xlsx', ['ada', 'elif.sahin', 'greta', 'jonas']],
      ['Old logo.png', []],
      ['Logo.svg', ['chiyo', 'dmitri', 'femi']],
      ['Leads 2025.xlsx', ['dmitri', 'elif.sahin', 'jonas']],
      ['Cap table.xlsx', ['ada', 'greta']],
      ['Open tickets.csv', ['bruno']],
      ['Terms PT.docx', ['greta']],
      ['Offer letter.pdf', ['ada', 'elif.sahin', 'greta']],
      ['Roadmap.paper', ['bruno', 'chiyo', 'dmitri', 'femi']],
      ['スケッチ.png', ['chiyo', 'femi']],
      ['2025-06-01.tar.gz', ['bruno']],
      ['Unfinished.docx', []],
    ])('has a file %s with the readers %j', (name, expected) => {
      expect(readers(company, name)).toEqual(expected);
    });
  });
});
