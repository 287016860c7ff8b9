import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';
import { entryKey } from '../../src/sync/keys';
import { change } from '../support/change';
import type { CommandResult } from '../support/commandLine';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  await stack.create('c', ['--not-extensions', 'drawio']);
  expect((await stack.run(['sync', 'c'])).code).toBe(0);
});

const explain = (user: string, path: string, more: string[] = []): Promise<CommandResult> =>
  stack.run(['explain', 'c', '--path', path, '--user', `${user}@lumenoak.example`, ...more]);

describe('why a user can, or can not, read an item', () => {
  it.each<[string, string, string, RegExp[]]>([
    [
      'named on the folder',
      'ada',
      '/Notes/2025.md',
      [/can read/, /named on the folder "Ada Bergström" as OWNER/, /lets/],
    ],
    [
      'in a group',
      'bruno',
      '/Engineering/Architecture.md',
      [/in the group "Engineering", which is named on the folder/],
    ],
    ['a path without its slash', 'bruno', 'Engineering/Architecture.md/', [/can read Architecture.md/]],
    [
      'named on the file itself',
      'dmitri',
      '/Board/Budget 2026.xlsx',
      [/named on the item itself as READER/, /received/],
    ],
    ['in a group that is named on the file', 'chiyo', '/Roadmap.paper', [/group "Design", which is named on the item/]],
    [
      'not named',
      'dmitri',
      '/Board/Salaries.xlsx',
      [/can't read/, /No chain/, /"Board", which is open to/, /does not let/],
    ],
    [
      'a restricted folder within a folder that the user reads',
      'femi',
      '/Engineering/Security/Pen test 2025.pdf',
      [/can't read/, /in the folder "Security", which is open to 2 members and 0 groups/, /does not find it/],
    ],
    ['suspended', 'hugo', '/Unfinished.docx', [/can't read/, /no relation to the connector/, /is suspended/]],
    ['invited', 'ines', '/Security/Pen test 2025.pdf', [/can't read/, /is invited/]],
  ])('%s', async (_name, user, path, sentences) => {
    const { code, out } = await explain(user, path);
    expect(code).toBe(0);
    for (const sentence of sentences) expect(out).toMatch(sentence);
    expect(out).not.toMatch(/The two differ/);
    const { agree, graph, dropbox } = (await explain(user, path, ['--json'])).json();
    expect({ agree, allowed: graph.allowed }).toEqual({ agree: true, allowed: dropbox.allowed });
  });

  it('says nothing twice', async () => {
    const { out } = await explain('ada', '/Notes/2025.md');
    expect(out.match(/named on/g)).toHaveLength(1);
  });

  it('a user without an account', async () => {
    await change(
      stack.db,
      'FOR u IN users FILTER u.email == "jonas@lumenoak.example" UPDATE u WITH { isActive: false } IN users',
    );
    const { out } = await explain('jonas', `ns:${await fileOf('jonas')}`);
    expect(out).toMatch(/no active PipesHub account with this address/);
  });

  it.each<[string, string, string, number, RegExp]>([
    ['a path that does not exist', 'bruno', '/nowhere/at all', 1, /holds no item \/nowhere\/at all/],
    ['a shared folder itself', 'bruno', '/Company', 1, /is a shared folder itself/],
    ['a folder that is mounted in another', 'bruno', '/Engineering/Security', 1, /is a shared folder itself/],
    ['a file that a filter keeps out', 'bruno', '/Engineering/Releases/diagram.drawio', 1, /filters keep it out/],
    [
      'a user whom neither side knows',
      'stranger',
      '/Company/x',
      2,
      /--user: neither PipesHub nor the Dropbox team knows/,
    ],
  ])('%s', async (_name, user, path, code, message) => {
    expect(await explain(user, path)).toMatchObject({ code, err: expect.stringMatching(message) });
  });

  it('names its argument to a program, as it names the option to an operator', async () => {
    const client = resources.add(DropboxTeamsClient.connect(loadConfig(stack.environment)));
    await expect(client.explain('c', { user: 'stranger@lumenoak.example', path: '/Company/x' })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(/^user: /),
    });
  });

  it('a path that several folders have, when the user sees none of them', async () => {
    await change(
      stack.db,
      `FOR e IN dropboxEntries FILTER e.path == "/unfinished.docx"
         LET other = FIRST(FOR n IN dropboxNamespaces FILTER n.name == "Board" RETURN n.namespaceId)
         INSERT MERGE(UNSET(e, "_id", "_rev"), { _key: @key, namespaceId: other, recordKey: @record }) INTO dropboxEntries`,
      await duplicateOf(),
    );
    const { code, err } = await explain('greta', '/Unfinished.docx');
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/several folders have.*ns:\d+\/unfinished.docx, ns:/),
    });
  });
});

/** A file in this user's own folder, as namespace and path. */
async function fileOf(user: string): Promise<string> {
  const cursor = await stack.db.query<string>(
    `FOR m IN dropboxMembers FILTER m.email == @email
       FOR n IN dropboxNamespaces FILTER n.ownerMemberId == m.teamMemberId
         FOR e IN dropboxEntries FILTER e.namespaceId == n.namespaceId AND e.kind == "file" AND e.recordKey != null
           LIMIT 1 RETURN CONCAT(e.namespaceId, e.path)`,
    { email: `${user}@lumenoak.example` },
  );
  return (await cursor.next()) ?? '';
}

/** Key of an entry at the same path in another folder, and another record. */
async function duplicateOf(): Promise<{ key: string; record: string }> {
  const cursor = await stack.db.query<{ namespaceId: string; record: string }>(
    `FOR n IN dropboxNamespaces FILTER n.name == "Board"
       FOR e IN dropboxEntries FILTER e.namespaceId == n.namespaceId AND e.recordKey != null AND e.kind == "file"
         LIMIT 1 RETURN { namespaceId: n.namespaceId, record: e.recordKey }`,
  );
  const found = await cursor.next();
  return { key: entryKey('c', found?.namespaceId ?? '', '/unfinished.docx'), record: found?.record ?? '' };
}
