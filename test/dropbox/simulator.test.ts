import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import { DropboxConnections, type Actor, type DropboxSession, type TeamMember } from '../../src/dropbox';
import { folderPages } from '../../src/dropbox/folderPages';
import { failureTypeOf } from '../../src/failures';
import { principalsOf, type ListedMembers } from '../../src/sync/access';
import { isMount } from '../../src/sync/folderEntries';
import { teamIndexOf } from '../../src/sync/team';
import { collect } from './fakeDropbox';

interface Truth {
  files: Record<string, { path: string; namespace_id: string; readers: string[] }>;
}

type Json = Record<string, unknown>;

class Bench {
  private constructor(
    readonly simulator: DropboxSimulator,
    readonly session: DropboxSession,
  ) {}

  static async open(model: 'A' | 'B' | 'C'): Promise<Bench> {
    const simulator = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('demo'), model) });
    const info = (await (await fetch(`${simulator.url}/sandbox/info`)).json()) as Record<string, string>;
    const connections = new DropboxConnections({ apiUrl: simulator.url, retries: 4, firstRetryMs: 1 });
    const { app_key: appKey = '', app_secret: appSecret = '', refresh_token: refreshToken = '' } = info;
    return new Bench(simulator, connections.session('c1', { appKey, appSecret, refreshToken }));
  }

  async page(path: string, body?: Json): Promise<unknown> {
    const init = body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    };
    const response = await fetch(`${this.simulator.url}/sandbox/${path}`, init);
    expect(response.status).toBe(200);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  }

  async members(): Promise<TeamMember[]> {
    return collect(this.session.team.members());
  }

  async active(): Promise<TeamMember[]> {
    return (await this.members()).filter((one) => one.status === 'active');
  }

  async everything(namespaceId: string, actor: Actor) {
    const calls = this.session.as(actor);
    let page = await calls.listFolder(namespaceId, { limit: 5 });
    const entries = [...page.entries];
    while (page.hasMore) {
      page = await calls.continueFolder(namespaceId, page.cursor);
      entries.push(...page.entries);
    }
    return { entries, cursor: page.cursor };
  }

  close(): Promise<void> {
    return this.simulator.close();
  }
}

const as = (teamMemberId: string): Actor => ({ kind: 'member', teamMemberId });

/** Who can read each file, derived from the answers of the API alone. */
async function readersByApi(bench: Bench): Promise<Map<string, string[]>> {
  const { session } = bench;
  const members = await bench.members();
  const active = members.filter((one) => one.status === 'active');
  const emailOf = new Map(active.map((one) => [one.teamMemberId, one.email]));
  const index = teamIndexOf(members.map((one) => ({ ...one, userKey: null })));
  const inGroup = new Map<string, string[]>();
  for (const group of await collect(session.team.groups())) {
    const people = await collect(session.team.groupMembers(group.groupId));
    inGroup.set(
      group.groupId,
      people.map((one) => one.teamMemberId),
    );
  }
  const expand = (listed: ListedMembers): string[] =>
    principalsOf(listed, index).principals.flatMap(({ id, kind }) =>
      kind === 'user' ? [id] : (inGroup.get(id) ?? []),
    );

  const readers = new Map<string, Set<string>>();
  const add = (fileId: string, ids: readonly string[]): void => {
    const known = readers.get(fileId) ?? new Set();
    readers.set(fileId, known);
    for (const id of ids) if (emailOf.has(id)) known.add(emailOf.get(id)!);
  };
  const viewerOf = new Map<string, string>();
  for (const one of active) {
    for (const folder of await collect(session.as(as(one.teamMemberId)).sharedFolders())) {
      if (['owner', 'editor', 'viewer', 'viewer_no_comment'].includes(folder.accessLevel)) {
        viewerOf.set(folder.sharedFolderId, one.teamMemberId);
      }
    }
  }
  const ownerOf = new Map<string, string>();
  for (const { namespaceId, type, teamMemberId } of await collect(session.team.namespaces())) {
    const isPrivate = type === 'team_member_folder' || type === 'app_folder';
    if (isPrivate && teamMemberId && emailOf.has(teamMemberId)) ownerOf.set(namespaceId, teamMemberId);
  }
  for (const [namespaceId, viewer] of new Map([...viewerOf, ...ownerOf])) {
    const calls = session.as(as(viewer));
    const all = ownerOf.has(namespaceId) ? [viewer] : expand(await calls.folderMembers(namespaceId));
    const { entries } = await bench.everything(namespaceId, as(viewer));
    const files = entries.flatMap((entry) => (entry['.tag'] === 'file' ? [entry] : []));
    for (const file of files) add(file.id, all);
    const withMembers = files.filter((file) => file.has_explicit_shared_members).map((file) => file.id);
    for (const [fileId, found] of await calls.fileMembersBatch(withMembers)) {
      if ('problem' in found) throw new Error(`${fileId}: ${found.problem}`);
      add(fileId, expand(found.members));
    }
  }
  for (const one of active) {
    for (const file of await collect(session.as(as(one.teamMemberId)).receivedFiles()))
      add(file.fileId, [one.teamMemberId]);
  }
  return new Map([...readers].map(([id, emails]) => [id, [...emails].sort()]));
}

describe.each(['A', 'B', 'C'] as const)('a team of model %s', (model) => {
  let bench: Bench;
  beforeAll(async () => (bench = await Bench.open(model)));
  afterAll(() => bench.close());

  it('has exactly the readers that it has in Dropbox', async () => {
    const truth = (await bench.page('truth')) as Truth;
    const emails = new Set((await bench.active()).map((one) => one.email));
    const readers = await readersByApi(bench);
    const expected = Object.entries(truth.files).map(([id, { path, readers: all }]) => {
      const ours = all.map((email) => email.toLowerCase()).filter((email) => emails.has(email));
      return { id, path, readers: ours.sort() };
    });
    const found = expected.map(({ id, path }) => ({ id, path, readers: readers.get(id) ?? [] }));
    expect(found).toEqual(expected);
    expect([...readers.keys()].filter((id) => !truth.files[id])).toEqual([]);
  });
});

describe('the team', () => {
  let bench: Bench;
  beforeAll(async () => (bench = await Bench.open('A')));
  afterAll(() => bench.close());

  it('has all scopes, an admin and a name', async () => {
    const { team } = bench.session;
    expect((await team.scopes()).filter((check) => !check.granted)).toEqual([]);
    const admin = await team.admin();
    expect(admin.email).toBe('ada@lumenoak.example');
    await expect(team.teamInfo()).resolves.toMatchObject({ name: 'Lumen & Oak' });
  });

  it('lists members, groups, team folders and namespaces, and answers for each by id', async () => {
    const { team } = bench.session;
    const members = await bench.members();
    expect(new Set(members.map((one) => one.status))).toEqual(new Set(['active', 'invited', 'suspended']));
    const ids = members.slice(0, 2).map((one) => one.teamMemberId);
    const found = await team.membersByIds([...ids, 'dbmid:unknown']);
    expect(found.get(ids[0]!)).toEqual(members[0]);
    expect(found.get('dbmid:unknown')).toBeNull();

    const groups = await collect(team.groups());
    expect(groups.map((group) => group.name)).toEqual(expect.arrayContaining(['Engineering', 'Design']));
    const byId = await team.groupsByIds([groups[0]!.groupId, 'g:0000']);
    expect(byId.get(groups[0]!.groupId)?.name).toBe(groups[0]!.name);
    expect(byId.get('g:0000')).toBeNull();

    const folders = await collect(team.teamFolders());
    expect(folders.map((folder) => folder.status)).toEqual(expect.arrayContaining(['active', 'archived']));
    const teamFolders = await team.teamFoldersByIds([folders[0]!.teamFolderId, '999999']);
    expect(teamFolders.get(folders[0]!.teamFolderId)).toEqual(folders[0]);
    expect(teamFolders.get('999999')).toBeNull();
    const namespaces = await collect(team.namespaces());
    expect(new Set(namespaces.map((one) => one.type))).toEqual(
      new Set(['team_folder', 'shared_folder', 'team_member_folder', 'app_folder']),
    );
  });

  it('lists its events from a time, and from a cursor', async () => {
    const { team } = bench.session;
    const read = async (from: Parameters<typeof team.events>[0]) => {
      let cursor = '';
      const types: string[] = [];
      for await (const page of team.events(from)) {
        cursor = page.cursor;
        types.push(...page.events.map((event) => event.event_type['.tag']));
      }
      return { cursor, types };
    };
    const { cursor } = await read({ category: 'sharing', startTime: '2020-01-01T00:00:00Z' });
    expect(cursor).not.toBe('');
    await expect(read({ cursor })).resolves.toMatchObject({ types: [] });
    await bench.page('events/reset', {});
    const error = await read({ cursor }).catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('EventCursorReset');
    expect((error as { details: unknown[] }).details[0]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const invalid = await read({ cursor: 'not a cursor' }).catch((reason: unknown) => reason);
    expect(['EventCursorInvalid', 'DropboxUnexpected']).toContain(failureTypeOf(invalid));
  });

  it('lists a namespace page by page, and reports when its cursor is reset', async () => {
    const [folder] = (await collect(bench.session.team.teamFolders())).filter((one) => one.status === 'active');
    const { teamMemberId } = await bench.session.team.admin();
    const admin: Actor = { kind: 'admin', teamMemberId };
    const { entries, cursor } = await bench.everything(folder!.teamFolderId, admin);
    expect(entries.length).toBeGreaterThan(5);
    const again = await bench.session.as(admin).continueFolder(folder!.teamFolderId, cursor);
    expect(again).toMatchObject({ entries: [], hasMore: false });
    await bench.page('cursors/reset', { namespace_id: folder!.teamFolderId });
    const error = await bench.session
      .as(admin)
      .continueFolder(folder!.teamFolderId, cursor)
      .catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('CursorReset');
  });

  it('contains, in a namespace, the items that its listing shows, and none of what is mounted in it', async () => {
    let mounted = 0;
    for (const { teamMemberId, homeNamespaceId: home } of await bench.active()) {
      const calls = bench.session.as(as(teamMemberId));
      const idsOf = async (includeMounted: boolean): Promise<string[]> => {
        const entries = [];
        for await (const page of folderPages(calls, home!, { includeMounted })) entries.push(...page.entries);
        // An app's folder is no shared folder, so its items do not name it.
        const named = entries.filter((entry) => !entry.path_lower.startsWith('/apps/'));
        return named.flatMap((entry) => (entry['.tag'] === 'deleted' || isMount(entry, home!) ? [] : [entry.id]));
      };
      const own = new Set(await idsOf(false));
      for (const id of await idsOf(true)) {
        expect(await calls.contains(home!, id)).toBe(own.has(id));
        expect((await calls.itemIn(home!, id)) !== null).toBe(own.has(id));
        mounted += own.has(id) ? 0 : 1;
      }
    }
    expect(mounted).toBeGreaterThan(0);
  });

  it('serves metadata, a link and the bytes of a file', async () => {
    const owner = (await bench.active()).find((one) => one.email.startsWith('chiyo'))!;
    const calls = bench.session.as(as(owner.teamMemberId));
    const { entries } = await bench.everything(owner.homeNamespaceId!, as(owner.teamMemberId));
    const file = entries.find((entry) => entry['.tag'] === 'file')!;
    expect(file['.tag'] === 'file' && (await calls.metadata(file.id))).toMatchObject({ name: file.name });
    await expect(calls.metadata('id:nothing-there')).resolves.toBeNull();
    if (file['.tag'] !== 'file') return;
    const content = await calls.download(file.id);
    const bytes = Buffer.from(await new Response(content.body).arrayBuffer());
    expect(bytes).toHaveLength(file.size);
    expect(content).toMatchObject({ rev: file.rev, contentHash: file.content_hash });
    const linked = await fetch(await calls.temporaryLink(file.id));
    expect(Buffer.from(await linked.arrayBuffer())).toEqual(bytes);
    const part = await calls.download(file.id, { range: 'bytes=0-3' });
    expect(Buffer.from(await new Response(part.body).arrayBuffer())).toEqual(bytes.subarray(0, 4));
    expect(failureTypeOf(await calls.download('id:nothing-there').catch((reason: unknown) => reason))).toBe(
      'RecordUnknown',
    );
  });

  it('refuses a member without access, and a suspended member', async () => {
    const [first, second] = await bench.active();
    const other = bench.session.as(as(first!.teamMemberId));
    const error = await other.listFolder(second!.homeNamespaceId!).catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('NamespaceUnreachable');
    const suspended = (await bench.members()).find((one) => one.status === 'suspended')!;
    const gone = await bench.session
      .as(as(suspended.teamMemberId))
      .listFolder(suspended.homeNamespaceId!)
      .catch((reason: unknown) => reason);
    expect(failureTypeOf(gone)).toBe('NamespaceUnreachable');
    expect((gone as { details: unknown[] }).details[0]).toMatchObject({ reason: 'user_suspended' });
  });

  it('is read completely although every tenth answer is faulty', async () => {
    await bench.page('faults', {
      rules: ['429', '503', '500', 'truncate'].map((kind) => ({
        route: '^(?!oauth).*',
        kind,
        rate: 0.025,
        retry_after: 0,
      })),
    });
    const before = await readersByApi(bench);
    await bench.page('faults', { rules: [] });
    expect(before).toEqual(await readersByApi(bench));
  });

  it('survives tokens that expire', async () => {
    await bench.page('tokens', { expire_now: true });
    await expect(bench.session.team.teamInfo()).resolves.toBeDefined();
  });

  it('counts calls as Dropbox does', async () => {
    await bench.page('stats/reset', {});
    const before = { ...bench.session.calls.byRoute };
    await bench.members();
    await bench.session.team.admin();
    const stats = (await bench.page('stats')) as { calls: Record<string, number> };
    expect(stats.calls).toEqual({ 'team/members/list_v2': 1, 'team/token/get_authenticated_admin': 1 });
    expect(bench.session.calls.byRoute['team/members/list_v2']).toBe((before['team/members/list_v2'] ?? 0) + 1);
  });
});
