import { change } from '../support/change';
import { FaultProxy, type Decide, type Fault } from '../support/faultProxy';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const NOT_FOUND: Fault = {
  status: 409,
  json: { error_summary: 'path/not_found/..', error: { '.tag': 'path', path: { '.tag': 'not_found' } } },
};
const INVALID_ROOT: Fault = {
  status: 422,
  json: {
    error_summary: 'invalid_root/..',
    error: { '.tag': 'invalid_root', invalid_root: { '.tag': 'user', root_namespace_id: '1', home_namespace_id: '2' } },
  },
};
const FOLDER_NOT_FOUND: Fault = {
  status: 409,
  json: { error_summary: 'invalid_id/..', error: { '.tag': 'invalid_id' } },
};

type Body = Record<string, unknown>;
const rewriting = (edit: (body: Body) => Body): Fault => ({
  rewrite: (text) => JSON.stringify(edit(JSON.parse(text) as Body)),
});

/** What Dropbox says once, and has never meant. */
describe('a run in which Dropbox answers something else', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let proxy: FaultProxy;
  let sharedFolder: string;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'generate:members=8,groups=2,shared=3,files=80,seed=5' }));
    proxy = resources.add(await FaultProxy.start(stack.dropbox.url));
    await stack.createConnector();
    await stack.startWorker({ DROPBOX_API_URL: proxy.url });
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    sharedFolder = await one('FOR n IN dropboxNamespaces FILTER n.kind == "shared_folder" RETURN n.namespaceId');
  });

  afterEach(() => (proxy.decide = () => undefined));

  const one = async <T>(query: string, vars: Record<string, unknown> = {}): Promise<T> =>
    (await (await stack.db.query<T>(query, vars)).next()) as T;
  const stored = () =>
    one<object>(
      `RETURN {
      records: (FOR r IN records FILTER r.connectorId == @connector SORT r._key RETURN [r._key, r.version]),
      readers: (FOR p IN permission SORT p._from, p._to, p.role RETURN [p._from, p._to, p.role]),
      groups: (FOR g IN groups FILTER g.connectorId == @connector SORT g._key RETURN g._key),
      members: (FOR m IN dropboxMembers SORT m._key RETURN [m._key, m.status])
    }`,
      { connector: CONNECTOR },
    );
  const recordCount = () => one<number>('RETURN LENGTH(records)');

  const only =
    (route: string, fault: Fault): Decide =>
    ({ path }) =>
      path.endsWith(route) ? fault : undefined;

  const LIES: [string, Decide][] = [
    ['every listing is refused', ({ path }) => (path.includes('/files/list_folder') ? NOT_FOUND : undefined)],
    ['every path root has changed', ({ path }) => (path.includes('/files/list_folder') ? INVALID_ROOT : undefined)],
    [
      'no shared folder is known',
      ({ path }) => (path.endsWith('/sharing/get_folder_metadata') ? FOLDER_NOT_FOUND : undefined),
    ],
    [
      'the list of namespaces is empty',
      only(
        '/team/namespaces/list',
        rewriting((body) => ({ ...body, namespaces: [], has_more: false })),
      ),
    ],
    [
      'the list of namespaces is short',
      only(
        '/team/namespaces/list',
        rewriting((body) => ({ ...body, namespaces: (body['namespaces'] as object[]).slice(0, 2), has_more: false })),
      ),
    ],
    [
      'one namespace is of an unknown type',
      only(
        '/team/namespaces/list',
        rewriting((body) => ({
          ...body,
          namespaces: [
            ...(body['namespaces'] as object[]),
            { name: 'New', namespace_id: '424242', namespace_type: { '.tag': 'added_next_year' } },
          ],
        })),
      ),
    ],
    [
      'every team folder has an unknown status',
      only(
        '/team/team_folder/list',
        rewriting((body) => ({
          ...body,
          team_folders: (body['team_folders'] as object[]).map((folder) => ({
            ...folder,
            status: { '.tag': 'restoring' },
          })),
        })),
      ),
    ],
    [
      'the list of members names one',
      only(
        '/team/members/list_v2',
        rewriting((body) => ({ ...body, members: (body['members'] as object[]).slice(0, 1), has_more: false })),
      ),
    ],
    [
      'the list of groups is empty',
      only(
        '/team/groups/list',
        rewriting((body) => ({ ...body, groups: [], has_more: false })),
      ),
    ],
    [
      'a member list is empty',
      ({ path, body }) =>
        path.endsWith('/sharing/list_folder_members') && body.includes(`"${sharedFolder}"`)
          ? rewriting((answer) => ({ ...answer, users: [], groups: [], invitees: [], cursor: undefined }))
          : undefined,
    ],
  ];

  it.each(LIES)('because %s loses no record, says so, and is forgotten by the next run', async (_lie, decide) => {
    const before = await stored();
    const records = await recordCount();
    // All member lists are read again, too.
    await change(
      stack.db,
      'FOR n IN dropboxNamespaces UPDATE n WITH { membersReadAt: n.membersReadAt == null ? null : 1 } IN dropboxNamespaces',
    );
    proxy.decide = decide;
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ records: { deleted: 0 } });
    expect(outcome.status).not.toBe('complete');
    expect(await recordCount()).toBe(records);

    proxy.decide = () => undefined;
    expect(await stack.sync()).toMatchObject({
      status: 'complete',
      gaps: [],
      records: { added: 0, updated: 0, moved: 0, deleted: 0 },
    });
    expect(await stored()).toEqual(before);
  });

  it('because a member is suspended in the middle of it keeps their folder, which an admin reads from then on', async () => {
    const target = await one<{ owner: string; namespaceId: string; entries: number }>(
      `FOR n IN dropboxNamespaces FILTER n.kind == "personal" AND n.delegate != "admin"
         LET entries = LENGTH(FOR e IN dropboxEntries FILTER e.namespaceId == n.namespaceId RETURN 1)
         SORT entries DESC RETURN { owner: n.ownerMemberId, namespaceId: n.namespaceId, entries: entries }`,
    );
    let isSuspended = false;
    proxy.decide = ({ path, headers }) => {
      const isTheirs = headers['dropbox-api-select-user'] === target.owner;
      if (!isSuspended && isTheirs && path.includes('/list_folder/continue')) {
        isSuspended = true;
        const member = { '.tag': 'team_member_id' as const, team_member_id: target.owner };
        stack.company.team.suspendMember({ user: member, wipe_data: false });
      }
      return undefined;
    };
    expect(await stack.sync()).toMatchObject({ status: 'complete', records: { deleted: 0 } });
    expect(isSuspended).toBe(true);
    const now = await one<object>(
      `FOR n IN dropboxNamespaces FILTER n.namespaceId == @id
         LET entries = LENGTH(FOR e IN dropboxEntries FILTER e.namespaceId == @id RETURN 1)
         RETURN { delegate: n.delegate, entries: entries }`,
      { id: target.namespaceId },
    );
    expect(now).toEqual({ delegate: 'admin', entries: target.entries });
    expect(await stack.sync()).toMatchObject({ status: 'complete', records: { added: 0, deleted: 0 } });
  });
});
