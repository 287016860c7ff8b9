import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { explanationPage } from '../../src/cli/pages/explanationPage';
import { writePage } from '../../src/cli/pages/report';
import { verificationPage } from '../../src/cli/pages/verificationPage';
import type { Explanation, VerifyReport } from '../../src/client';

const NOW = new Date('2026-05-06T07:08:00Z');
const HOSTILE = `<img src="http://x.example/a.png" onerror=alert(1)>'"&`;

const explanation: Explanation = {
  connectorId: HOSTILE,
  user: {
    email: 'ada@lumenoak.example',
    userKey: 'u1',
    hasAccount: true,
    teamMemberId: 'dbmid:1',
    status: 'active',
  },
  item: {
    recordKey: 'r1',
    itemId: 'id:1',
    name: HOSTILE,
    places: [{ namespaceId: '7', name: HOSTILE, path: HOSTILE, people: 3, groups: 1 }],
  },
  graph: {
    allowed: true,
    hasApp: true,
    paths: [
      {
        kind: 'groupRecordGroup',
        via: 'groups/g1',
        viaName: 'Finance',
        target: 'recordGroups/1',
        targetName: HOSTILE,
        hops: 2,
        role: 'READER',
      },
    ],
  },
  dropbox: { allowed: false, reason: HOSTILE },
  agree: false,
  sentences: [HOSTILE],
};

const finding = { namespaceId: '7', recordKey: 'r1', itemId: 'id:1', member: null };
const report: VerifyReport = {
  connectorId: 'dropbox-1',
  ok: false,
  members: { checked: 8, total: 9 },
  files: { dropbox: 12_345, records: 12_400 },
  missing: 1,
  shouldBeGone: 0,
  tooWide: 1,
  tooNarrow: 0,
  accessLists: 0,
  structure: 0,
  findings: [
    { kind: 'tooWide', text: HOSTILE, ...finding },
    { kind: 'missing', text: '/Plans/roadmap.paper', ...finding },
  ],
  unlisted: [{ name: HOSTILE, namespaceId: '8', type: 'shared folder', reason: HOSTILE }],
};

/** Attributes and elements by which a page would load something. */
const LOADING = /<(?:img|iframe|link|object|embed|base|form)\b|<[^>]*\s(?:src|href|action)\s*=|@import|url\(/i;

describe('pages of reports', () => {
  it.each([
    ['explain', () => explanationPage(explanation, NOW)],
    ['verify', () => verificationPage(report, NOW)],
  ])('%s: names from Dropbox are text, and nothing is loaded', (_name, make) => {
    const page = make();
    expect(page).not.toContain(HOSTILE);
    expect(page).not.toMatch(LOADING);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('2026-05-06 07:08 UTC');
  });

  it('explain: shows each step from the user to the item', () => {
    const page = explanationPage({ ...explanation, item: { ...explanation.item, name: 'plan.xlsx' } }, NOW);
    const text = page.slice(page.indexOf('<h2>In PipesHub')).replaceAll(/<[^>]+>/g, ' ');
    const order = ['ada@lumenoak.example', 'is in', 'Finance', 'is named as READER', 'inherits, 2 steps', 'plan.xlsx'];
    const positions = order.map((part) => text.indexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((one, other) => one - other));
  });

  it('explain: a user without access has a broken chain, and the item its places', () => {
    const graph = { allowed: false, hasApp: true, paths: [] };
    const page = explanationPage({ ...explanation, graph, agree: true }, NOW);
    expect(page).toContain('no chain of edges');
    expect(page).toContain('edge broken');
    expect(page).toContain('<td>3</td><td>1</td>');
    expect(page).not.toContain('id="differ"');
  });

  it('a file that cannot be written is wrong use, with the file named', async () => {
    const file = path.join(os.tmpdir(), 'no-such-folder', 'page.html');
    await expect(writePage({ notes: process.stderr }, file, 'page')).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining(file) as string,
    });
  });
});

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

(chromium === undefined ? describe.skip : describe)('in headless Chromium', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'pages-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The document after its script has run. */
  const open = async (page: string): Promise<string> => {
    const file = path.join(folder, 'page.html');
    await writePage({ notes: { write: () => true } as never }, file, page);
    expect(readFileSync(file, 'utf8')).toBe(page);
    const profile = `--user-data-dir=${path.join(folder, 'profile')}`;
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', profile, '--dump-dom', `file://${file}`];
    return execFileSync(chromium ?? '', flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  };

  it('verify: the table counts its rows, and the filter hides what does not match', async () => {
    expect(await open(verificationPage(report, NOW))).toContain('2 of 2');
    // What a reader types, as a script of the page.
    const typed = verificationPage(report, NOW).replace(
      'filter();</script>',
      "text.value='ROADMAP';text.dispatchEvent(new Event('input'));</script>",
    );
    const filtered = await open(typed);
    expect(filtered).toContain('1 of 2');
    expect(filtered).toMatch(/<tr data-kind="tooWide" hidden/);
  });
});
