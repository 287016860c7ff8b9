import { contentHash, StoredContent } from '../../../../sandbox/dropbox/model';
import { type CallOptions, useFixture } from './fixture';

const fixture = useFixture();

const asBen = (more: CallOptions = {}): CallOptions => ({ as: fixture.ben, ...more });
const asMember = (): CallOptions => ({ as: fixture.ben });

describe('an RPC route', () => {
  it('is refused in plain text when it is unknown', async () => {
    const { status, text, headers } = await fixture.call('files/list_foldr', { path: '' }, asMember());
    // As recorded in github.com/samschott/maestral/issues/754. The Python SDK expects JSON with a 404.
    const words = 'Error in call to API function "files/list_foldr": Unknown API function: /2/files/list_foldr';
    expect([status, text]).toEqual([400, words]);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
  });

  it('answers with the content type application/json and a request id', async () => {
    const { headers } = await fixture.call('files/list_folder', { path: '' }, asMember());
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('x-dropbox-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('accepts only an empty body or null when it has no argument', async () => {
    expect((await fixture.call('team/get_info')).status).toBe(200);
    expect((await fixture.call('team/get_info', null)).status).toBe(200);
    const { status, text } = await fixture.call('team/get_info', {});
    expect([status, text]).toEqual([
      400,
      'Error in call to API function "team/get_info": request body: expected null, got value',
    ]);
  });

  it.each<[string, CallOptions, string]>([
    ['invalid JSON', { rawBody: '{path' }, 'request body: could not decode input as JSON'],
    [
      'a body that is not UTF-8',
      { rawBody: Buffer.from('{"path":"/\xe4"}', 'latin1') },
      'request body: could not decode input as JSON',
    ],
    ['an empty body', { rawBody: '' }, 'request body: could not decode input as JSON'],
    ['a list', { rawBody: '[]' }, 'request body: expected object, got list'],
    ['an unknown field', { rawBody: '{"path":"","pth":1}' }, "request body: unknown field 'pth'"],
    [
      'a slash as root',
      { rawBody: '{"path":"/"}' },
      'request body: path: Specify the root folder as an empty string rather than as "/".',
    ],
    ['a path without a leading slash', { rawBody: '{"path":"a"}' }, "request body: path: 'a' did not match pattern"],
    [
      'a limit that is too high',
      { rawBody: '{"path":"","limit":2001}' },
      'request body: limit: 2001 is not within range [1, 2000]',
    ],
    [
      'another content type',
      { rawBody: '{"path":""}', headers: { 'Content-Type': 'text/plain' } },
      'Bad HTTP "Content-Type" header: "text/plain".  Expecting one of "application/json"',
    ],
    ['another method', { method: 'PUT', rawBody: '{"path":""}' }, 'Unexpected HTTP method "PUT".'],
  ])('refuses %s with 400 in plain text', async (_what, options, message) => {
    const { status, text, headers } = await fixture.call('files/list_folder', undefined, asBen(options));
    expect(status).toBe(400);
    expect(text).toContain(`Error in call to API function "files/list_folder": ${message}`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('answers the errors that it declares with 409 in the envelope', async () => {
    const { status, json, headers } = await fixture.call('files/get_metadata', { path: '/none' }, asMember());
    expect(status).toBe(409);
    expect(headers.get('content-type')).toBe('application/json');
    expect(json).toEqual({
      error_summary: expect.stringMatching(/^path\/not_found\/\.{0,3}$/),
      error: { '.tag': 'path', path: { '.tag': 'not_found' } },
    });
  });

  it('accepts a union as a bare string and as an object', async () => {
    const features = ['has_team_shared_dropbox', { '.tag': 'has_team_file_events' }];
    const { json } = await fixture.call('team/features/get_values', { features });
    expect(json.values).toEqual([
      {
        '.tag': 'has_team_shared_dropbox',
        has_team_shared_dropbox: { '.tag': 'has_team_shared_dropbox', has_team_shared_dropbox: false },
      },
      { '.tag': 'has_team_file_events', has_team_file_events: { '.tag': 'enabled', enabled: true } },
    ]);
  });

  it('answers null when it has no result', async () => {
    const user = { '.tag': 'email', email: 'cleo@example.com' };
    const { text } = await fixture.call('team/members/suspend', { user });
    expect(text).toBe('null');
    await fixture.call('team/members/unsuspend', { user });
  });
});

describe('a struct in a union', () => {
  it('is flattened into the union, while a nested union has a key of the same name', async () => {
    const selector = { '.tag': 'team_member_id', team_member_id: fixture.ben.memberId };
    const { json } = await fixture.call('team/members/get_info_v2', {
      members: [selector, { '.tag': 'external_id', external_id: 'x' }],
    });
    const [found, missing] = json.members_info;
    expect(found).toMatchObject({
      '.tag': 'member_info',
      profile: { email: 'ben@example.com', status: { '.tag': 'active' } },
    });
    expect(missing).toEqual({ '.tag': 'id_not_found', id_not_found: 'x' });
  });
});

describe('paged lists', () => {
  const emails = (json: any): string[] => json.members.map((member: any) => member.profile.email); // eslint-disable-line @typescript-eslint/no-explicit-any -- tests read JSON of any shape

  it('contain every entry once', async () => {
    const first = await fixture.call('team/members/list_v2', { limit: 2 });
    expect([first.json.members.length, first.json.has_more]).toEqual([2, true]);
    const second = await fixture.call('team/members/list/continue_v2', { cursor: first.json.cursor });
    expect(second.json.has_more).toBe(false);
    expect([...emails(first.json), ...emails(second.json)].sort()).toEqual(
      expect.arrayContaining(['ada@example.com', 'ben@example.com', 'cleo@example.com']),
    );
  });

  it('refuse the cursor of another route', async () => {
    const { json } = await fixture.call('team/members/list_v2', { limit: 1 });
    for (const route of ['team/members/list/continue', 'team/groups/list/continue', 'team/namespaces/list/continue']) {
      const other = await fixture.call(route, { cursor: json.cursor });
      expect([other.status, other.json.error]).toEqual([409, { '.tag': 'invalid_cursor' }]);
    }
  });

  it('of a folder refuse a text that is not a cursor, without naming its place in the request', async () => {
    const { status, text } = await fixture.call('files/list_folder/continue', { cursor: 'foo' }, asMember());
    const message = 'Error in call to API function "files/list_folder/continue": Invalid "cursor" parameter: \'foo\'';
    expect([status, text]).toEqual([400, message]);
  });

  it('are read with null, like every route whose argument has no required field', async () => {
    const { status, json } = await fixture.call('team/members/list_v2', null);
    expect([status, json.members.length > 0]).toEqual([200, true]);
  });

  it('refuse the cursor of another member or path root, and an expired one', async () => {
    const argument = { shared_folder_id: fixture.shared.id, limit: 1 };
    const { json } = await fixture.call('sharing/list_folder_members', argument, asMember());
    const more = (options: CallOptions) =>
      fixture.call('sharing/list_folder_members/continue', { cursor: json.cursor }, options);
    expect((await more(asMember())).json.users.length).toBe(1);
    expect((await more({ as: fixture.cleo })).json.error['.tag']).toBe('invalid_cursor');
    const pathRoot = { '.tag': 'namespace_id', namespace_id: fixture.shared.id };
    expect((await more(asBen({ pathRoot }))).json.error['.tag']).toBe('invalid_cursor');
    await fixture.sandbox('cursors/expire', {});
    expect((await more(asMember())).json.error['.tag']).toBe('invalid_cursor');
  });

  it('of the sharing routes have a cursor only when there is another page', async () => {
    const whole = await fixture.call(
      'sharing/list_folder_members',
      { shared_folder_id: fixture.shared.id },
      asMember(),
    );
    expect(whole.json).not.toHaveProperty('cursor');
    expect(whole.json.users.map((each: { user: { email: string } }) => each.user.email).sort()).toEqual([
      'ben@example.com',
      'cleo@example.com',
    ]);
  });
});

describe('a batch over files', () => {
  it('answers for each file separately', async () => {
    const files = ['/Täglich 日本.txt', '/none.txt'];
    const { json } = await fixture.call('sharing/list_file_members/batch', { files }, asMember());
    expect(json.map((each: { file: string }) => each.file)).toEqual(files);
    expect(json[0].result).toMatchObject({ '.tag': 'result', members: { users: expect.any(Array) } });
    expect(json[1].result).toEqual({ '.tag': 'access_error', access_error: { '.tag': 'invalid_file' } });
  });

  it('refuses more than a hundred', async () => {
    const { status, text } = await fixture.call(
      'sharing/list_file_members/batch',
      { files: Array(101).fill('/a') },
      asMember(),
    );
    expect([status, text]).toEqual([400, expect.stringContaining('has more than 100 items')]);
  });
});

describe('a download', () => {
  it('has its result in a header, escaped for any name', async () => {
    const { status, headers, text } = await fixture.content(
      'files/download',
      { path: '/Täglich 日本.txt' },
      asMember(),
    );
    expect([status, text, headers.get('content-type')]).toEqual([200, '0123456789', 'application/octet-stream']);
    const result = headers.get('dropbox-api-result') ?? '';
    expect(result).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(result)).toMatchObject({ name: 'Täglich 日本.txt', size: 10 });
    expect(headers.get('etag')).toBe(`"${JSON.parse(result).rev}"`);
  });

  it('accepts an escaped argument in the header and an argument in the URL', async () => {
    const escaped = '{"path":"/T\\u00e4glich \\u65e5\\u672c.txt"}';
    const byHeader = await fixture.content('files/download', {}, asBen({ headers: { 'Dropbox-API-Arg': escaped } }));
    expect(byHeader.text).toBe('0123456789');
    const query = `?arg=${encodeURIComponent(escaped)}`;
    const byAddress = await fixture.call('files/download', undefined, asBen({ method: 'GET', query }));
    expect(byAddress.text).toBe('0123456789');
  });

  it('serves ranges, and answers 304 for a known ETag', async () => {
    const path = '/Täglich 日本.txt';
    const part = await fixture.content('files/download', { path }, asBen({ headers: { Range: 'bytes=3-5' } }));
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '345', 'bytes 3-5/10']);
    const etag = part.headers.get('etag') ?? '';
    const known = await fixture.content('files/download', { path }, asBen({ headers: { 'If-None-Match': etag } }));
    expect([known.status, known.text]).toEqual([304, '']);
  });

  it.each([
    [{}, 'Must provide HTTP header "Dropbox-API-Arg" or URL parameter "arg".'],
    [
      { 'Dropbox-API-Arg': '{"path":"/a"}', 'Content-Type': 'application/x-www-form-urlencoded' },
      'Bad HTTP "Content-Type" header: "application/x-www-form-urlencoded".',
    ],
    [{ 'Dropbox-API-Arg': '{' }, 'HTTP header "Dropbox-API-Arg": could not decode input as JSON'],
    [{ 'Dropbox-API-Arg': '{"pth":1}' }, 'HTTP header "Dropbox-API-Arg": unknown field \'pth\''],
  ])('refuses the headers %j', async (headers, message) => {
    const { status, text } = await fixture.call('files/download', undefined, asBen({ headers: headers }));
    expect([status, text]).toEqual([400, `Error in call to API function "files/download": ${message}`]);
  });
});

describe('what the simulator does not support', () => {
  const template = { '.tag': 'template_not_found', template_not_found: 'ptid:1a5n2i6d3OYEAAAAAAAAAYa' };
  const filter = { '.tag': 'filter_some', filter_some: [template.template_not_found] };

  it.each([
    [{ include_property_groups: filter }, { '.tag': 'template_error', template_error: template }],
    [{ shared_link: { url: 'https://www.dropbox.com/scl/none' } }, { '.tag': 'path', path: { '.tag': 'not_found' } }],
  ])('is refused in a listing: %j', async (asked, error) => {
    for (const route of ['files/list_folder', 'files/list_folder/get_latest_cursor']) {
      expect((await fixture.call(route, { path: '', ...asked }, asBen())).json?.error).toEqual(error);
    }
  });

  it('is refused in a recursive listing of a shared link', async () => {
    const asked = { path: '', recursive: true, shared_link: { url: 'https://www.dropbox.com/scl/none' } };
    const { status, text } = await fixture.call('files/list_folder', asked, asBen());
    expect([status, text]).toEqual([
      400,
      'Error in call to API function "files/list_folder": request body: recursive: not supported for a shared link',
    ]);
  });

  it('is refused in an upload', async () => {
    const property_groups = [{ template_id: template.template_not_found, fields: [] }];
    const upload = await fixture.content('files/upload', { path: '/a.txt', property_groups }, asBen({ rawBody: 'a' }));
    expect(upload.json.error).toEqual({ '.tag': 'properties_error', properties_error: template });
  });
});

describe('a temporary link', () => {
  it('needs no token, and serves ranges until it expires', async () => {
    const { json } = await fixture.call('files/get_temporary_link', { path: '/Täglich 日本.txt' }, asMember());
    expect(json.link.startsWith(fixture.url)).toBe(true);
    expect(json.metadata.name).toBe('Täglich 日本.txt');
    const part = await fetch(json.link, { headers: { Range: 'bytes=-2' } });
    expect([part.status, await part.text()]).toEqual([206, '89']);
    await fixture.sandbox('links/expire', {});
    expect((await fetch(json.link)).status).toBe(410);
    expect((await fetch(`${fixture.url}/cd/0/get/none/x`)).status).toBe(404);
  });
});

describe('an upload', () => {
  const big = Buffer.alloc(5 * 1024 * 1024, 'abcdefg');

  it('of several blocks can be downloaded unchanged', async () => {
    const hash = contentHash(new StoredContent(big));
    const argument = { path: '/big.bin', content_hash: hash };
    const { json } = await fixture.content('files/upload', argument, asBen({ rawBody: big }));
    expect(json).toMatchObject({ size: big.length, content_hash: hash });
    const response = await fetch(`${fixture.url}/2/files/download`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${fixture.token}`,
        'Dropbox-API-Select-User': fixture.ben.memberId ?? '',
        'Dropbox-API-Arg': '{"path":"/big.bin"}',
      },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(big)).toBe(true);
  });

  it('with a wrong content hash is refused', async () => {
    const argument = { path: '/wrong.bin', content_hash: '0'.repeat(64) };
    const { status, json } = await fixture.content('files/upload', argument, asBen({ rawBody: 'x' }));
    expect([status, json.error]).toEqual([409, { '.tag': 'content_hash_mismatch' }]);
  });

  it('with a wrong content type is refused', async () => {
    const options = asBen({ rawBody: 'x', headers: { 'Content-Type': 'application/json' } });
    const { status, text } = await fixture.content('files/upload', { path: '/x.bin' }, options);
    expect([status, text]).toEqual([
      400,
      expect.stringContaining('Bad HTTP "Content-Type" header: "application/json"'),
    ]);
  });

  it('reports a conflict under the key `reason`', async () => {
    const { json } = await fixture.content('files/upload', { path: '/big.bin' }, asBen({ rawBody: 'x' }));
    expect(json.error_summary).toMatch(/^path\/conflict\/file\/\.*$/);
    expect(json.error).toMatchObject({ '.tag': 'path', reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } } });
  });
});

describe('folder cursors', () => {
  it('deliver later changes, which end a longpoll', async () => {
    const { json: listing } = await fixture.call('files/list_folder', { path: '', recursive: true }, asMember());
    const waiting = fixture.call(
      'files/list_folder/longpoll',
      { cursor: listing.cursor, timeout: 30 },
      { token: null },
    );
    await fixture.call('files/create_folder_v2', { path: '/New' }, asMember());
    expect((await waiting).json).toEqual({ changes: true });
    const { json } = await fixture.call('files/list_folder/continue', { cursor: listing.cursor }, asMember());
    expect(json.entries).toMatchObject([{ '.tag': 'folder', name: 'New' }]);
  });

  it('answer reset on request', async () => {
    const { json: listing } = await fixture.call('files/list_folder', { path: '' }, asMember());
    await fixture.sandbox('cursors/reset', {});
    const { status, json } = await fixture.call('files/list_folder/continue', { cursor: listing.cursor }, asMember());
    expect([status, json.error]).toEqual([409, { '.tag': 'reset' }]);
  });
});

it('the first version of members/add takes a tier and can answer with a job', async () => {
  const new_members = [{ member_email: 'eve@example.com', role: 'support_admin' }];
  const { json: launch } = await fixture.call('team/members/add', { new_members, force_async: true });
  const poll = () => fixture.call('team/members/add/job_status/get', { async_job_id: launch.async_job_id });
  expect((await poll()).json).toEqual({ '.tag': 'in_progress' });
  expect((await poll()).json.complete).toMatchObject([{ '.tag': 'success', role: { '.tag': 'support_admin' } }]);
  const wrong = await fixture.call('team/members/add/job_status/get_v2', { async_job_id: launch.async_job_id });
  expect(wrong.json.error).toEqual({ '.tag': 'invalid_async_job_id' });
});
