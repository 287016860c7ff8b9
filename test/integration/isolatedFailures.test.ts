import { compareAccess, isExact } from '../../sandbox/demo/access';
import { DemoCompany } from '../../sandbox/demo/changes';
import { FaultProxy, type Decide, type Fault } from '../support/faultProxy';
import { graphReaders, tooWide } from '../support/graphReaders';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

/** Answers that no retry changes: Dropbox finds the request malformed, or a policy forbids it. */
const MALFORMED: Fault = { status: 400 };
const FORBIDDEN: Fault = {
  status: 403,
  json: {
    error_summary: 'invalid_account_type/feature/..',
    error: { '.tag': 'invalid_account_type', invalid_account_type: { '.tag': 'feature' } },
  },
};

describe('a failure to read one thing', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let proxy: FaultProxy;
  let company: DemoCompany;
  const noFault: Decide = () => undefined;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'demo' }));
    proxy = resources.add(await FaultProxy.start(stack.dropbox.url));
    await stack.createConnector();
    await stack.startWorker({ DROPBOX_API_URL: proxy.url });
    company = await DemoCompany.open(stack.dropbox.url);
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
  });

  afterEach(() => (proxy.decide = noFault));

  async function isExactNow(): Promise<boolean> {
    const emails = await stack.activeEmails();
    return isExact(await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, emails));
  }

  async function rows<T>(query: string, vars: Record<string, unknown> = {}): Promise<T[]> {
    return (await stack.db.query<T>(query, vars)).all();
  }

  it('a member list: its folder grants nothing, and the other lists are read', async () => {
    const [folder] = await rows<string>(
      `FOR n IN dropboxNamespaces FILTER n.kind == "team_folder" AND LENGTH(n.principals) > 0 SORT n.name RETURN n.namespaceId`,
    );
    proxy.decide = ({ path, body }) =>
      path.endsWith('/sharing/list_folder_members') && body.includes(`"${folder}"`) ? MALFORMED : undefined;
    const outcome = await stack.sync({ mode: 'full' });
    expect(outcome).toMatchObject({ status: 'partial' });
    expect(outcome.gaps.filter((gap) => gap.includes(String(folder)))).toHaveLength(1);
    const granted = await rows(
      `FOR g IN recordGroups FILTER g.externalGroupId == @folder FOR p IN permission FILTER p._to == g._id RETURN p`,
      { folder },
    );
    expect(granted).toEqual([]);
    const truth = await stack.truth();
    const readers = await graphReaders(stack.db);
    expect(tooWide(readers, truth)).toEqual([]);
    const others = Object.entries(truth).filter(([, { namespace_id }]) => namespace_id !== folder);
    const missing = others.filter(([id, file]) => file.readers.some((email) => !readers.get(id)?.has(email)));
    expect(missing.length).toBeLessThan(others.length / 2);

    proxy.decide = noFault;
    expect(await stack.sync()).toMatchObject({ status: 'complete', gaps: [] });
    expect(await isExactNow()).toBe(true);
  });

  it('all member lists: the run fails, and no one loses access', async () => {
    expect(await isExactNow()).toBe(true);
    proxy.decide = ({ path }) => (path.endsWith('/sharing/list_folder_members') ? FORBIDDEN : undefined);
    expect(await stack.sync({ mode: 'full' })).toMatchObject({ status: 'failed', error: { code: 'AccessDenied' } });
    expect(await isExactNow()).toBe(true);

    proxy.decide = noFault;
    expect(await stack.sync()).toMatchObject({ status: 'complete', gaps: [] });
  });

  it('a group: it has the members who report that they belong to it, and is a dead letter', async () => {
    const [group] = await rows<string>(
      `FOR g IN groups LET users = LENGTH(FOR p IN permission FILTER p._to == g._id RETURN 1) FILTER users > 0
         SORT g.name RETURN g.externalGroupId`,
    );
    proxy.decide = ({ path, body }) =>
      path.endsWith('/team/groups/members/list') && body.includes(`"${group}"`) ? MALFORMED : undefined;
    expect(await stack.sync({ mode: 'full' })).toMatchObject({ status: 'partial', deadLetters: 1 });
    for await (const batch of stack.client.deadLetters(CONNECTOR))
      expect(batch).toMatchObject([{ kind: 'group', subject: group }]);
    expect(await isExactNow()).toBe(true);

    proxy.decide = noFault;
    expect(await stack.sync()).toMatchObject({ status: 'complete', deadLetters: 0 });
  });

  it('a namespace: its records are kept, and changes of other namespaces arrive', async () => {
    const [first, second] = company.members;
    if (!first || !second) throw new Error('the company has too few members');
    const [home] = await rows<string>(
      `FOR n IN dropboxNamespaces FILTER n.kind == "personal" AND n.ownerMemberId == @owner RETURN n.namespaceId`,
      { owner: first.teamMemberId },
    );
    const stored = `RETURN LENGTH(FOR e IN dropboxEntries FILTER e.namespaceId == @home RETURN 1)`;
    const before = await rows(stored, { home });
    proxy.decide = ({ path, headers }) =>
      path.includes('/files/list_folder') && String(headers['dropbox-api-path-root']).includes(`"${home}"`)
        ? FORBIDDEN
        : undefined;
    await company.as(second).filesUpload({ path: '/elsewhere.txt', contents: 'elsewhere' });
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ status: 'partial', records: { added: 1, deleted: 0 } });
    expect(outcome.gaps.filter((gap) => gap.includes(String(home)))).toHaveLength(1);
    expect(await rows(stored, { home })).toEqual(before);
    expect(await isExactNow()).toBe(true);

    proxy.decide = noFault;
    expect(await stack.sync()).toMatchObject({ status: 'complete', records: { added: 0, deleted: 0 } });
  });

  it.each(['app_folder', 'shared_folder'])(
    'a namespace that is missing in the list of namespaces is kept (%s)',
    async (kind) => {
      const [omitted] = await rows<string>(
        `FOR n IN dropboxNamespaces FILTER n.kind == @kind SORT n.namespaceId RETURN n.namespaceId`,
        { kind },
      );
      const withoutOmitted = (text: string): string => {
        const answer = JSON.parse(text) as { namespaces: { namespace_id: string }[] };
        return JSON.stringify({
          ...answer,
          namespaces: answer.namespaces.filter(({ namespace_id }) => namespace_id !== omitted),
        });
      };
      proxy.decide = ({ path }) => (path.endsWith('/team/namespaces/list') ? { rewrite: withoutOmitted } : undefined);
      const entries = `FOR e IN dropboxEntries FILTER e.namespaceId == @omitted RETURN e._key`;
      const before = await rows(entries, { omitted });
      expect(before.length).toBeGreaterThan(0);
      expect(await stack.sync()).toMatchObject({ records: { deleted: 0 }, permissions: { revoked: 0 } });
      expect((await rows(entries, { omitted })).length).toBe(before.length);
      expect(await isExactNow()).toBe(true);
    },
  );

  it('an item that cannot be mapped to a record: it is a dead letter, and the items next to it are stored', async () => {
    const [first] = company.members;
    if (!first) throw new Error('the company has no member');
    const mine = company.as(first);
    for (const name of ['good', 'strange', 'better'])
      await mine.filesUpload({ path: `/Folder/${name}.txt`, contents: name });
    const malformed = (text: string) => text.replaceAll('"name":"strange.txt"', '"name":{"malformed":true}');
    proxy.decide = ({ path }) => (path.includes('/files/list_folder') ? { rewrite: malformed } : undefined);
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ status: 'partial', deadLetters: 1 });
    const names = `FOR f IN files FILTER STARTS_WITH(f.path, "/folder/") SORT f.name RETURN f.name`;
    expect(await rows(names)).toEqual(['better.txt', 'good.txt']);

    proxy.decide = noFault;
    expect(await stack.sync()).toMatchObject({ status: 'complete', deadLetters: 0 });
    expect(await rows(names)).toEqual(['better.txt', 'good.txt', 'strange.txt']);
  });
});
