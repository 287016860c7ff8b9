import { failureTypeOf } from '../../src/failures';
import { errorOf, member, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();

const file = (more: object): object => ({
  '.tag': 'file',
  id: 'id:1',
  name: 'a.txt',
  path_lower: '/a.txt',
  path_display: '/a.txt',
  rev: '01',
  ...more,
});
const actor = () => dropbox.session().as(member('dbmid:1'));

describe('an entry of a listing that cannot be used', () => {
  it.each<[string, unknown, string | null]>([
    ['without a path', file({ path_lower: undefined, path_display: undefined }), 'id:1'],
    ['whose path is null', file({ path_lower: null }), 'id:1'],
    ['whose path is empty', file({ path_lower: '' }), 'id:1'],
    ['whose path is no path of the namespace', file({ path_lower: 'a.txt' }), 'id:1'],
    ['whose path is no text', file({ path_lower: 7 }), 'id:1'],
    ['whose path has half of a surrogate pair', file({ path_lower: '/a\ud83d.txt' }), 'id:1'],
    ['whose name has half of a surrogate pair', file({ name: '\ude00.txt' }), 'id:1'],
    ['whose id has half of a surrogate pair', file({ id: 'id:\ud83d' }), '/a.txt'],
    ['that was deleted at half of a surrogate pair', { '.tag': 'deleted', path_lower: '/\ud83d' }, '/\ufffd'],
    ['that was deleted at no path of the namespace', { '.tag': 'deleted', path_lower: 'a.txt' }, 'a.txt'],
    ['that is a number', 7, null],
    ['without an id', file({ id: undefined }), '/a.txt'],
    ['without a name', file({ name: null }), 'id:1'],
    ['without a revision', file({ rev: undefined }), 'id:1'],
    ['of an unknown kind', file({ '.tag': 'hologram' }), 'id:1'],
    ['that was deleted somewhere', { '.tag': 'deleted', name: 'a.txt' }, null],
    ['that is null', null, null],
  ])('%s is refused alone', async (_case, entry, subject) => {
    const good = file({ id: 'id:2', path_lower: '/b.txt' });
    dropbox.on('files/list_folder', () => ({ body: { entries: [entry, good], cursor: 'c', has_more: false } }));
    const page = await actor().listFolder('1');
    expect(page.entries).toMatchObject([{ id: 'id:2' }]);
    expect(page.refused).toEqual([{ subject, reason: expect.stringMatching(/^Dropbox lists /) as string }]);
  });
});

it('a deleted entry without a name deletes what is at its path', async () => {
  const gone = { '.tag': 'deleted', path_lower: '/a.txt' };
  dropbox.on('files/list_folder', () => ({ body: { entries: [gone], cursor: 'c', has_more: false } }));
  expect(await actor().listFolder('1')).toEqual({ entries: [gone], cursor: 'c', hasMore: false });
});

it.each([{}, 'x', 7])('a page whose list is no list is no answer: %p', async (list) => {
  const answer = { body: { entries: list, events: list, cursor: 'c', has_more: false } };
  for (const route of ['files/list_folder', 'team_log/get_events/continue']) dropbox.on(route, () => answer);
  for (const call of [actor().listFolder('1'), dropbox.session().team.events({ cursor: 'c' }).next()])
    expect(failureTypeOf(await errorOf(call))).toBe('DropboxUnexpected');
});

describe('a page that does not say where the list continues', () => {
  it.each<[string, object]>([
    ['without a cursor', { has_more: false }],
    ['whose cursor is null', { cursor: null, has_more: false }],
    ['that does not say whether more pages follow', { cursor: 'c' }],
  ])('%s is no answer', async (_case, page) => {
    const answer = { body: { entries: [], events: [], ...page } };
    for (const route of ['files/list_folder', 'files/list_folder/continue', 'team_log/get_events/continue'])
      dropbox.on(route, () => answer);
    const events = dropbox.session().team.events({ cursor: 'c' });
    for (const call of [actor().listFolder('1'), actor().continueFolder('1', 'c'), events.next()])
      expect(failureTypeOf(await errorOf(call))).toBe('DropboxUnexpected');
  });
});

describe('an item that is asked for by its id', () => {
  const answer = (...tags: [string, string]): void =>
    dropbox.on('files/get_metadata', () => ({
      status: 409,
      body: { error_summary: '', error: { '.tag': tags[0], [tags[0]]: { '.tag': tags[1] } } },
    }));

  it('is unknown if Dropbox finds nothing', async () => {
    answer('path', 'not_found');
    expect(await actor().metadata('id:1')).toBeNull();
  });

  it.each(['restricted_content', 'other', 'malformed_path', 'added_next_year'])(
    'is not taken for unknown if Dropbox says %s',
    async (tag) => {
      answer('path', tag);
      const type = failureTypeOf(await errorOf(actor().metadata('id:1')));
      expect(type).toBe(tag === 'restricted_content' ? 'AccessDenied' : 'DropboxUnexpected');
    },
  );

  it('is not taken for unknown if it comes without a path', async () => {
    dropbox.on('files/get_metadata', () => ({ body: file({ path_lower: undefined }) }));
    expect(failureTypeOf(await errorOf(actor().metadata('id:1')))).toBe('DropboxUnexpected');
  });
});

describe('whether a namespace contains an item', () => {
  const contains = () => actor().contains('1', 'id:1');

  it.each<[string, object, boolean | null]>([
    ['yes: it names no shared folder', {}, true],
    ['yes: it names this one', { sharing_info: { read_only: false, parent_shared_folder_id: '1' } }, true],
    ['no: it names another one', { sharing_info: { read_only: false, parent_shared_folder_id: '2' } }, false],
    ['no: another one is mounted at its path', { '.tag': 'folder', sharing_info: { shared_folder_id: '2' } }, false],
    ['no: it has no path here', { path_lower: undefined }, false],
    ['no: it is deleted', { '.tag': 'deleted' }, false],
    ['unknown: it is about another item', { id: 'id:2' }, null],
    ['unknown: it is of a type that this version does not know', { '.tag': 'bundle' }, null],
  ])('%s', async (_case, more, expected) => {
    dropbox.on('files/get_metadata', () => ({ body: file({ id: 'id:1', ...more }) }));
    expect(await contains()).toBe(expected);
  });

  it('no: Dropbox finds nothing', async () => {
    dropbox.on('files/get_metadata', () => ({
      status: 409,
      body: { error_summary: '', error: { '.tag': 'path', path: { '.tag': 'not_found' } } },
    }));
    expect(await contains()).toBe(false);
  });
});

describe('an item of a namespace', () => {
  const found = async (id = 'id:1') => (await actor().itemIn('1', id))?.name ?? null;

  it.each<[string, object, string | null]>([
    ['is found: it names no shared folder', {}, 'a.txt'],
    ['is found: it names this one', { sharing_info: { read_only: false, parent_shared_folder_id: '1' } }, 'a.txt'],
    ['is found: another one is mounted at its path', { '.tag': 'folder', shared_folder_id: '2' }, 'a.txt'],
    ['belongs to another one', { sharing_info: { read_only: false, parent_shared_folder_id: '2' } }, null],
    ['has no path there', { path_lower: undefined, path_display: undefined }, null],
    ['is deleted', { '.tag': 'deleted' }, null],
  ])('%s', async (_case, more, expected) => {
    dropbox.on('files/get_metadata', () => ({ body: file({ id: 'id:1', ...more }) }));
    expect(await found()).toBe(expected);
    expect(await found('/a.txt')).toBe(expected);
  });

  it.each([
    ['is another one', { id: 'id:2' }],
    ['has no revision', { rev: undefined }],
    ['has a path in one form only', { path_lower: undefined }],
  ])('is no answer if it %s', async (_case, more) => {
    dropbox.on('files/get_metadata', () => ({ body: file({ id: 'id:1', ...more }) }));
    expect(failureTypeOf(await errorOf(found()))).toBe('DropboxUnexpected');
  });
});

describe('a shared folder that is asked for', () => {
  it.each([
    ['invalid_id', 'NamespaceUnreachable'],
    ['not_a_member', 'NamespaceUnreachable'],
    ['other', 'DropboxUnexpected'],
    ['added_next_year', 'DropboxUnexpected'],
  ])('and refused with %s is %s', async (tag, type) => {
    dropbox.on('sharing/get_folder_metadata', () => ({
      status: 409,
      body: { error_summary: '', error: { '.tag': tag } },
    }));
    expect(failureTypeOf(await errorOf(actor().folderMetadata('1')))).toBe(type);
  });
});
