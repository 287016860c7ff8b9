import { temporalServerPath } from '../../sandbox/temporal/binary';

/**
 * Runs once before all tests: on a machine without a Temporal server, the build takes minutes. When it fails, tests that
 * do not need the server still run, and the others report what to install.
 */
export default async function prepareTemporalServer(): Promise<void> {
  try {
    await temporalServerPath();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
