import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/common';
import type { DropboxSession } from '../../src/dropbox';
import { apiError, collect, errorOf, useFakeDropbox, type Answer } from './fakeDropbox';

const dropbox = useFakeDropbox();

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await errorOf(work);
  if (error instanceof ApplicationFailure) return error;
  throw error;
}

type Work = (session: DropboxSession) => Promise<unknown>;

const asMember = (session: DropboxSession) => session.as({ kind: 'member', teamMemberId: 'dbmid:a' });
const list: Work = (session) => asMember(session).listFolder('7');
const info: Work = (session) => session.team.teamInfo();

const ROUTES: [route: string, work: Work][] = [
  ['files/list_folder', list],
  ['files/list_folder/continue', (session) => asMember(session).continueFolder('7', 'a cursor')],
  ['sharing/list_folder_members', (session) => asMember(session).folderMembers('7')],
  ['team/get_info', info],
  ['oauth2/token', info],
];

const FOREIGN: [title: string, status: number][] = [
  ['a redirect', 302],
  ['a redirect that keeps the method', 307],
  ['a page', 400],
  ['a login page', 401],
  ['a page that blocks', 403],
  ['a page', 404],
  ['a page', 421],
  ['a page', 422],
];

const CASES = FOREIGN.flatMap(([title, status]) =>
  ROUTES.map(([route, work]): [string, number, string, Work] => [title, status, route, work]),
);

it.each(CASES)(
  '%s, HTTP %i, for %s is an outage, and says nothing about access',
  async (_title, status, route, work) => {
    const answer: Answer = {
      status,
      headers: { 'Content-Type': 'text/html', ...(status < 400 ? { Location: `${dropbox.url}/login` } : {}) },
      body: '<!DOCTYPE html><p>Access to this site is blocked</p>',
    };
    dropbox.on(route, () => answer);
    const { type, message, nonRetryable } = await failureOf(work(dropbox.session({ retries: 0 })));
    expect({ type, nonRetryable }).toEqual({ type: 'DropboxUnavailable', nonRetryable: false });
    expect(message).toContain(route);
    expect(message).toContain('HTTPS_PROXY');
    expect(dropbox.callsOf('login')).toEqual([]);
  },
);

it('an unknown reason for the refusal of a namespace says nothing about access', async () => {
  dropbox.on('files/list_folder', () => apiError(422, { '.tag': 'brand_new' }));
  expect((await failureOf(list(dropbox.session()))).type).toBe('DropboxUnexpected');
});

it.each<[string, string, Work]>([
  ['members', 'team/members/list_v2', (session) => collect(session.team.members())],
  ['groups', 'team/groups/list', (session) => collect(session.team.groups())],
  ['members of a group', 'team/groups/members/list', (session) => collect(session.team.groupMembers('g:1'))],
  ['team folders', 'team/team_folder/list', (session) => collect(session.team.teamFolders())],
  ['namespaces', 'team/namespaces/list', (session) => collect(session.team.namespaces())],
  ['members by id', 'team/members/get_info_v2', (session) => session.team.membersByIds(['dbmid:a'])],
  ['groups by id', 'team/groups/get_info', (session) => session.team.groupsByIds(['g:1'])],
  ['team folders by id', 'team/team_folder/get_info', (session) => session.team.teamFoldersByIds(['1'])],
  ['shared folders', 'sharing/list_folders', (session) => collect(asMember(session).sharedFolders())],
  ['received files', 'sharing/list_received_files', (session) => collect(asMember(session).receivedFiles())],
  ['members of files', 'sharing/list_file_members/batch', (session) => asMember(session).fileMembersBatch(['id:1'])],
])('an answer without its list of %s is refused, and its route named', async (_title, route, work) => {
  dropbox.on(route, () => ({ body: {} }));
  const { type, message } = await failureOf(work(dropbox.session()));
  expect(type).toBe('DropboxUnexpected');
  expect(message).toContain(route);
});

it('the description of another shared folder is refused', async () => {
  dropbox.on('sharing/get_folder_metadata', () => ({ body: { shared_folder_id: '8', name: 'Other' } }));
  expect((await failureOf(asMember(dropbox.session()).folderMetadata('7'))).type).toBe('DropboxUnexpected');
});

it.each([
  ['itself', '7', null],
  ['an empty id', '', null],
  ['a number', 8, null],
  ['another folder', '8', '8'],
])('a shared folder in %s', async (_place, parent, read) => {
  const folder = { shared_folder_id: '7', name: 'Plans', parent_shared_folder_id: parent };
  dropbox.on('sharing/get_folder_metadata', () => ({ body: folder }));
  expect(await asMember(dropbox.session()).folderMetadata('7')).toMatchObject({ parentSharedFolderId: read });
});

it('a list of shared folders that may leave one out is refused', async () => {
  dropbox.on('sharing/list_folders', () => ({ body: { entries: [{ name: 'Other' }] } }));
  expect((await failureOf(collect(asMember(dropbox.session()).sharedFolders()))).type).toBe('DropboxUnexpected');
});

const JSON_TYPE = 'application/json';
const text = JSON.stringify({ team_id: 'dbtid:1', name: 'Café 😀' });
const latin = text.replace('😀', '');
const zipped = gzipSync(text);

it.each<[what: string, headers: Record<string, string>, body: Buffer]>([
  ['in another character set', { 'Content-Type': `${JSON_TYPE}; charset=latin1` }, Buffer.from(latin, 'latin1')],
  ['with UTF-16', { 'Content-Type': `${JSON_TYPE}; charset=utf-16` }, Buffer.from(text, 'utf16le')],
  ['with bytes that are no UTF-8', { 'Content-Type': JSON_TYPE }, Buffer.from(latin.replace('é', '\u00c3'), 'latin1')],
  [
    'that says it is compressed, and is not',
    { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'gzip' },
    Buffer.from(text),
  ],
  ['whose compressed body is cut', { 'Content-Encoding': 'gzip' }, zipped.subarray(0, zipped.length - 12)],
  ['that is compressed, and does not say so', { 'Content-Type': JSON_TYPE }, zipped],
  ['that is a page', { 'Content-Type': 'text/html' }, Buffer.from('<!DOCTYPE html><p>Welcome</p>')],
  ['that is null', { 'Content-Type': JSON_TYPE }, Buffer.from('null')],
  ['that is empty', { 'Content-Type': JSON_TYPE }, Buffer.from('')],
])('an answer %s, with HTTP 200, is an outage, whatever its route is', async (_what, headers, body) => {
  for (const [route, work] of ROUTES) {
    dropbox.reset();
    dropbox.on(route, () => ({ headers, body }));
    const { type, message } = await failureOf(work(dropbox.session({ retries: 0 })));
    expect({ route, type }).toEqual({ route, type: 'DropboxUnavailable' });
    expect(message).toContain(route);
  }
});

it.each<[what: string, headers: Record<string, string>, body: Buffer]>([
  ['with another type', { 'Content-Type': 'text/plain' }, Buffer.from(text)],
  ['with a byte order mark', { 'Content-Type': JSON_TYPE }, Buffer.from(`\ufeff${text}`)],
  ['that is compressed', { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'gzip' }, zipped],
  ['with names of an object', {}, Buffer.from(`{"__proto__":{"team_id":"x"},"constructor":7,${text.slice(1)}`)],
  ['with a name twice', {}, Buffer.from(`{"team_id":"dbtid:2",${text.slice(1)}`)],
  ['that is nested deeply', {}, Buffer.from(`{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)},${text.slice(1)}`)],
])('an answer %s is read', async (_what, headers, body) => {
  dropbox.on('team/get_info', () => ({ headers, body }));
  expect(await dropbox.session().team.teamInfo()).toEqual({ teamId: 'dbtid:1', name: 'Café 😀' });
});

it('an answer that would fill the memory is given up', async () => {
  const server = createServer((_request, response) => {
    const part = Buffer.alloc(2 ** 20, ' ');
    const write = (): void => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', write);
    write();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { type, message } = await failureOf(info(dropbox.session({ apiUrl, retries: 0 })));
  server.closeAllConnections();
  server.close();
  expect(type).toBe('DropboxUnavailable');
  expect(message).toContain('bytes');
});
