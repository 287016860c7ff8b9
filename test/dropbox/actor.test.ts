import { apiError, emptyFolder, member, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();

describe('a call for a member or an admin', () => {
  it('carries the actor and the path root', async () => {
    dropbox.on('files/list_folder', () => emptyFolder);
    const session = dropbox.session();
    await session.as(member('dbmid:a')).listFolder('77');
    await session.as({ kind: 'admin', teamMemberId: 'dbmid:b' }).listFolder('78');
    const [asMember, asAdmin] = dropbox.callsOf('files/list_folder');
    expect(asMember?.headers).toMatchObject({
      'dropbox-api-select-user': 'dbmid:a',
      'dropbox-api-path-root': '{".tag":"namespace_id","namespace_id":"77"}',
    });
    expect(asMember?.headers['dropbox-api-select-admin']).toBeUndefined();
    expect(asAdmin?.headers['dropbox-api-select-admin']).toBe('dbmid:b');
    expect(asMember?.argument).toEqual({
      path: '',
      recursive: true,
      limit: 2000,
      include_mounted_folders: false,
      include_has_explicit_shared_members: true,
      include_non_downloadable_files: true,
    });
    await session.as(member('dbmid:a')).listFolder('77', { includeMounted: true });
    expect(dropbox.callsOf('files/list_folder').at(-1)?.argument).toMatchObject({ include_mounted_folders: true });
  });
});

describe('members of files', () => {
  const user = (id: string) => ({
    access_type: { '.tag': 'viewer' },
    user: {
      account_id: `dbid:${id}`,
      email: `${id}@x.test`,
      display_name: id,
      same_team: true,
      team_member_id: `dbmid:${id}`,
    },
  });
  const actor = () => dropbox.session().as(member('dbmid:a'));
  const result = (users: object[], count: number, cursor?: string) => ({
    '.tag': 'result',
    members: { users, groups: [], invitees: [], ...(cursor ? { cursor } : {}) },
    member_count: count,
  });

  it('are read for a hundred files at a time, and page by page for a long list', async () => {
    dropbox.on('sharing/list_file_members/batch', ({ argument }) => ({
      body: argument.files.map((file: string) => ({
        file,
        result: file === 'id:5' ? result([user('x')], 3) : result([user('a')], 1),
      })),
    }));
    dropbox.on('sharing/list_file_members', () => ({
      body: { users: [user('x'), user('y')], groups: [], invitees: [], cursor: 'more' },
    }));
    dropbox.on('sharing/list_file_members/continue', () => ({
      body: { users: [user('z')], groups: [], invitees: [] },
    }));
    const ids = Array.from({ length: 150 }, (_, at) => `id:${at}`);
    const found = await actor().fileMembersBatch(ids);
    expect([...found.keys()].sort()).toEqual([...ids].sort());
    expect(dropbox.callsOf('sharing/list_file_members/batch').map((call) => call.argument.files.length)).toEqual([
      100, 50,
    ]);
    const long = found.get('id:5');
    expect(long && 'members' in long ? long.members.users.map((one) => one.teamMemberId) : long).toEqual([
      'dbmid:x',
      'dbmid:y',
      'dbmid:z',
    ]);
    expect(dropbox.callsOf('sharing/list_file_members')[0]?.argument).toMatchObject({
      file: 'id:5',
      include_inherited: false,
    });
  });

  it('that could not be read are a problem, never an empty list', async () => {
    dropbox.on('sharing/list_file_members/batch', () => ({
      body: [
        { file: 'id:1', result: { '.tag': 'access_error', access_error: { '.tag': 'no_permission' } } },
        { file: 'id:2', result: { '.tag': 'other' } },
        { file: 'id:3', result: result([], 2) },
      ],
    }));
    dropbox.on('sharing/list_file_members', () =>
      apiError(409, { '.tag': 'access_error', access_error: { '.tag': 'invalid_file' } }),
    );
    await expect(actor().fileMembersBatch(['id:1', 'id:2', 'id:3', 'id:4'])).resolves.toEqual(
      new Map([
        ['id:1', { problem: 'access_error/no_permission' }],
        ['id:2', { problem: 'other' }],
        ['id:3', { problem: 'access_error/invalid_file' }],
        ['id:4', { problem: 'not_answered' }],
      ]),
    );
  });
});
