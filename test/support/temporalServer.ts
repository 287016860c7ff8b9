import { temporalServerPath } from '../../sandbox/temporal/binary';

/**
 * Runs once before all tests: on a machine without a Temporal server, it is downloaded or built. When that fails, tests
 * that do not need the server still run, and the others report what to install.
 */
export default async function prepareTemporalServer(): Promise<void> {
  try {
    await temporalServerPath();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
