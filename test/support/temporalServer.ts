import { temporalServerPath } from '../../sandbox/temporal/binary';

/**
 * Runs once before all tests: on a machine that has no Temporal server, building it takes longer than any test may.
 * Without one, the tests that need none still run, and those that do say what to install.
 */
export default async function prepareTemporalServer(): Promise<void> {
  try {
    await temporalServerPath();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
