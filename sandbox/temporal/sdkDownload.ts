import { existsSync } from 'node:fs';
import path from 'node:path';
import { version as sdkVersion } from '@temporalio/worker/package.json';
import { megabytesAt, startProgress } from './progress';

/** The host that the SDK downloads from. */
export const SDK_HOST = 'https://temporal.download';
const ANSWER_MS = 3_000;

/** The SDK's name and version are in the file name of its download (sdk-core, ephemeral_server: get_or_download). */
export function sdkServerPath(dir: string): string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return path.join(dir, `temporal-sdk-typescript-${sdkVersion}${suffix}`);
}

/**
 * Lets the SDK download its server into `dir`, as its testing package does. Rejects within seconds when the host cannot
 * be reached, since the SDK itself waits much longer.
 */
export async function downloadWithSdk(dir: string, host: string, stderr: NodeJS.WriteStream): Promise<string> {
  const target = sdkServerPath(dir);
  const unfinished = `${target}.downloading`;
  const progress = startProgress(
    stderr,
    () => `downloading Temporal's server with the SDK (about 150 MB unpacked): ${megabytesAt(unfinished)} MB`,
  );
  try {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    // The package loads the SDK's native library, which only this step needs.
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const started = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir: dir } },
    });
    await started.teardown();
    if (!existsSync(target)) throw new Error(`the SDK has not stored its download as ${target}`);
    progress.end("downloaded Temporal's server with the SDK");
    return target;
  } catch (error) {
    progress.end("the SDK cannot download Temporal's server here");
    throw error;
  }
}
