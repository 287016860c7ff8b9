import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { givenSecrets } from '../../src/cli/givenSecrets';

const folder = mkdtempSync(path.join(tmpdir(), 'secrets-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, `${name} of a file\n`);
  return file;
};

const given = (
  options: Parameters<typeof givenSecrets>[1],
  env: Record<string, string> = {},
  input = '',
): ReturnType<typeof givenSecrets> =>
  givenSecrets({ env, in: Readable.from([input]), out: new PassThrough(), err: new PassThrough() }, options);

describe('the secrets of a command', () => {
  it.each<[string, Parameters<typeof given>, object]>([
    [
      'from variables',
      [{}, { DROPBOX_APP_SECRET: 's', DROPBOX_REFRESH_TOKEN: 'r' }],
      { appSecret: 's', refreshToken: 'r', visible: [] },
    ],
    [
      'from files that variables name',
      [{}, { DROPBOX_APP_SECRET_FILE: fileOf('secret'), DROPBOX_REFRESH_TOKEN_FILE: fileOf('token') }],
      { appSecret: 'secret of a file', refreshToken: 'token of a file', visible: [] },
    ],
    [
      'from files that options name',
      [{ appSecretFile: fileOf('secret'), refreshTokenFile: fileOf('token') }],
      { appSecret: 'secret of a file', refreshToken: 'token of a file', visible: [] },
    ],
    [
      'both from standard input',
      [{ appSecret: '-', refreshTokenFile: '-' }, {}, 'line 1\nline 2\n'],
      { appSecret: 'line 1', refreshToken: 'line 2', visible: [] },
    ],
    [
      'one from standard input, without a line break',
      [{ refreshToken: '-' }, { DROPBOX_APP_SECRET: 's' }, 'line 1'],
      { appSecret: 's', refreshToken: 'line 1', visible: [] },
    ],
    [
      'from options, rather than from variables',
      [
        { appSecret: 'a', refreshToken: 'b' },
        { DROPBOX_APP_SECRET: 's', DROPBOX_REFRESH_TOKEN: 'r' },
      ],
      { appSecret: 'a', refreshToken: 'b', visible: ['--app-secret', '--refresh-token'] },
    ],
    ['without a refresh token', [{ appSecret: 'a' }], { appSecret: 'a', visible: ['--app-secret'] }],
  ])('are taken %s', async (_name, args, expected) => {
    expect(await given(...args)).toEqual({ refreshToken: undefined, ...expected });
  });

  it.each<[string, Parameters<typeof given>, RegExp]>([
    ['there is no app secret', [{ refreshToken: 'r' }], /the app secret is missing/],
    ['a secret is given twice', [{ appSecret: 's', appSecretFile: '-' }], /give either --app-secret or/],
    ['a file cannot be read', [{ appSecretFile: folder }], /--app-secret-file can't be read \(EISDIR\)/],
    ['a file of a variable cannot be read', [{}, { DROPBOX_APP_SECRET_FILE: folder }], /DROPBOX_APP_SECRET_FILE can't/],
  ])('are refused when %s', async (_name, args, message) => {
    await expect(given(...args)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(message),
    });
  });
});
