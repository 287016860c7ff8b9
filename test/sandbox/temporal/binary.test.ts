import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { version as sdkVersion } from '@temporalio/worker/package.json';
import { temporalServerPath } from '../../../sandbox/temporal/binary';
import { acquireBuildLock } from '../../../sandbox/temporal/buildLock';
import { builtServerPath, defaultCacheDir } from '../../../sandbox/temporal/build';

const MODULE_DIR = path.join(__dirname, '..', '..', '..', 'sandbox', 'temporal', 'temporal-cli');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'temporal-binary-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function executable(file: string, script = 'exit 0'): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

function silent(): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
}

/** A search that finds only files that a test has put below `dir`. */
function search(env: NodeJS.ProcessEnv = {}) {
  const { stream, text } = silent();
  return {
    text,
    path: () =>
      temporalServerPath({
        env: { PATH: path.join(dir, 'bin'), ...env },
        tempDir: path.join(dir, 'tmp'),
        cacheDir: path.join(dir, 'cache'),
        moduleDir: MODULE_DIR,
        stderr: stream,
      }),
  };
}

describe('the search for the Temporal server', () => {
  it('prefers the executable that TEMPORAL_CLI_PATH names', async () => {
    const named = await executable(path.join(dir, 'mine', 'temporal-1'));
    await executable(path.join(dir, 'bin', 'temporal'));
    expect(await search({ TEMPORAL_CLI_PATH: named }).path()).toBe(named);
  });

  it('refuses a TEMPORAL_CLI_PATH that is not an executable file', async () => {
    await executable(path.join(dir, 'bin', 'temporal'));
    await expect(search({ TEMPORAL_CLI_PATH: '/nowhere/temporal' }).path()).rejects.toThrow(
      'TEMPORAL_CLI_PATH names /nowhere/temporal, which is not an executable file',
    );
  });

  it('prefers the PATH to the download of the SDK', async () => {
    const onPath = await executable(path.join(dir, 'bin', 'temporal'));
    await executable(path.join(dir, 'tmp', `temporal-sdk-typescript-${sdkVersion}`));
    expect(await search().path()).toBe(onPath);
  });

  it('prefers the download of the SDK to a build', async () => {
    const downloaded = await executable(path.join(dir, 'tmp', `temporal-sdk-typescript-${sdkVersion}`));
    await executable(builtServerPath(MODULE_DIR, path.join(dir, 'cache')));
    expect(await search().path()).toBe(downloaded);
  });

  it('uses an existing build', async () => {
    const built = await executable(builtServerPath(MODULE_DIR, path.join(dir, 'cache')));
    await executable(path.join(dir, 'bin', 'go'), 'exit 1');
    expect(await search().path()).toBe(built);
  });

  it('reports what to install or set when there is no Go either', async () => {
    await expect(search().path()).rejects.toThrow(/install the Temporal CLI .* or Go .* or set TEMPORAL_CLI_PATH/);
  });

  it('stores builds below XDG_CACHE_HOME when it is set', () => {
    expect(defaultCacheDir({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/dropbox-teams');
    expect(defaultCacheDir({})).toMatch(/\.cache[/\\]dropbox-teams$/);
  });

  it('uses another folder when a pinned file changes', async () => {
    const other = path.join(dir, 'module');
    await mkdir(other);
    for (const name of ['go.mod', 'go.sum']) await copyFile(path.join(MODULE_DIR, name), path.join(other, name));
    expect(builtServerPath(other, dir)).toBe(builtServerPath(MODULE_DIR, dir));
    await writeFile(path.join(other, 'go.sum'), 'changed\n');
    expect(builtServerPath(other, dir)).not.toBe(builtServerPath(MODULE_DIR, dir));
  });
});

describe('a build', () => {
  /** Replaces Go: prints what Go prints, writes the file that `-o` names, and counts its runs. */
  const fakeGo = (count: string) => `
    PATH=/usr/bin:/bin
    echo run >>'${count}'
    echo 'go: downloading go.temporal.io/server v1.29.1' >&2
    echo 'go.temporal.io/server/common' >&2
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\n' >"$2"; chmod +x "$2"`;

  it('runs once for two concurrent requests, and leaves only the executable', async () => {
    const count = path.join(dir, 'count');
    await executable(path.join(dir, 'bin', 'go'), fakeGo(count));
    await executable(`${builtServerPath(MODULE_DIR, path.join(dir, 'cache'))}.of-a-killed-build.building`);
    const [first, second] = await Promise.all([search().path(), search().path()]);
    expect(first).toBe(second);
    expect(await readFile(count, 'utf8')).toBe('run\n');
    expect(await readdir(path.dirname(first))).toEqual(['temporal']);
    expect(await readdir(path.join(dir, 'cache'))).toEqual([path.basename(path.dirname(first))]);
  });

  it('reports its progress', async () => {
    await executable(path.join(dir, 'bin', 'go'), fakeGo(path.join(dir, 'count')));
    const attempt = search();
    await attempt.path();
    expect(attempt.text()).toMatch(/building Temporal's server .*\(0 s\)/);
    expect(attempt.text()).toMatch(/built Temporal's server \(\d+ s\)/);
  });

  it('that fails reports the error of Go, and the next one starts from scratch', async () => {
    await executable(path.join(dir, 'bin', 'go'), 'echo "no space left on device" >&2; exit 1');
    await expect(search().path()).rejects.toThrow(/failed \(1\): no space left on device/);
    await executable(path.join(dir, 'bin', 'go'), fakeGo(path.join(dir, 'count')));
    await expect(search().path()).resolves.toMatch(/temporal$/);
  });
});

describe('the build lock', () => {
  it('of a dead process is taken over', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    const file = path.join(dir, 'lock');
    await writeFile(file, String(dead.pid));
    const lock = await acquireBuildLock(file, () => {
      throw new Error('waited for a dead process');
    });
    expect(await readFile(file, 'utf8')).toBe(String(process.pid));
    await lock.release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('of a running process is waited for', async () => {
    const file = path.join(dir, 'lock');
    await writeFile(file, String(process.pid));
    const owners: number[] = [];
    const lock = await acquireBuildLock(file, (owner) => {
      owners.push(owner);
      void rm(file);
    });
    expect(owners).toEqual([process.pid]);
    await lock.release();
  });
});
