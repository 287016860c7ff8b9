import { dropboxAs } from '../support/dropboxApi';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const SHARED_FILES = 250;

const resources = closedAfterAll();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.start({ team: 'generate:members=6,groups=2,shared=12,files=400,seed=3' }));
  await stack.startWorker();
  await stack.createConnector();
});

async function membersOfTeam(): Promise<string[]> {
  return Object.values(await stack.truth()).flatMap(({ readers }) => readers);
}

it('reads each member list once, and the members of individually shared files a hundred at a time', async () => {
  const { admin } = await stack.info();
  const dropbox = await dropboxAs(stack, admin.team_member_id);
  const other = (await membersOfTeam()).find((email) => email !== admin.email) ?? '';
  await dropbox.filesCreateFolderV2({ path: '/One by one' });
  for (let at = 0; at < SHARED_FILES; at += 1) {
    const { result } = await dropbox.filesUpload({ path: `/One by one/${at}.txt`, contents: String(at) });
    await dropbox.sharingAddFileMember({
      file: result.id,
      members: [{ '.tag': 'email', email: other }],
      access_level: { '.tag': 'viewer' },
      quiet: true,
    });
  }
  // The first run reads the events of these grants, so only the lists themselves are read in the second run.
  expect(await stack.sync()).toMatchObject({ status: 'complete', mode: 'full' });
  await stack.page('stats/reset', {});
  expect(await stack.sync({ mode: 'full' })).toMatchObject({ status: 'complete', mode: 'full' });
  const { calls } = await stack.calls();
  const kinds = await stack.db.query<{ kind: string; shared: number }>(
    `FOR n IN dropboxNamespaces FILTER n.kind IN ["team_folder", "shared_folder"]
       LET shared = LENGTH(FOR e IN dropboxEntries FILTER e.connectorId == n.connectorId AND e.namespaceId == n.namespaceId AND e.sharedWith != null RETURN 1)
       RETURN { kind: n.kind, shared }`,
  );
  const namespaces = await kinds.all();
  expect(namespaces.length).toBeGreaterThan(5);
  expect(calls['sharing/list_folder_members']).toBe(namespaces.length);
  expect(calls['sharing/get_folder_metadata']).toBe(namespaces.length);
  expect(calls['sharing/list_file_members']).toBeUndefined();
  // The home with 250 files needs three batches; every other namespace with individually shared files needs one.
  const homes = await stack.db.query<number>(
    `FOR e IN dropboxEntries FILTER e.sharedWith != null COLLECT n = e.namespaceId WITH COUNT INTO files RETURN CEIL(files / 100)`,
  );
  const expected = (await homes.all()).reduce((sum, batches) => sum + batches, 0);
  expect(calls['sharing/list_file_members/batch']).toBe(expected);
  // One item vouches for each page of a member's folder.
  const pages = (calls['files/list_folder'] ?? 0) + (calls['files/list_folder/continue'] ?? 0);
  expect(calls['files/get_metadata']).toBeLessThanOrEqual(pages);
});

it('reads a member list once, however many events name it', async () => {
  const { admin } = await stack.info();
  const dropbox = await dropboxAs(stack, admin.team_member_id);
  const { result } = await dropbox.sharingShareFolder({ path: '/One by one' });
  const folder = result['.tag'] === 'complete' ? result.shared_folder_id : '';
  await stack.sync();
  const emails = [...new Set(await membersOfTeam())].filter((email) => email !== admin.email).slice(0, 4);
  for (const email of emails) {
    await dropbox.sharingAddFolderMember({
      shared_folder_id: folder,
      members: [{ member: { '.tag': 'email', email }, access_level: { '.tag': 'editor' } }],
    });
    await dropbox.sharingUpdateFolderMember({
      shared_folder_id: folder,
      member: { '.tag': 'email', email },
      access_level: { '.tag': 'viewer' },
    });
  }
  await stack.page('stats/reset', {});
  const outcome = await stack.sync();
  expect(outcome.permissions.granted).toBe(emails.length);
  expect((await stack.calls()).calls['sharing/list_folder_members']).toBe(1);
});
