import { buildIfStale } from '../../bin/build.js';
import prepareTemporalServer from './temporalServer';

/** Once before all tests: the worker and the CLI are started from dist/, as their users start them. */
export default async function setUp(): Promise<void> {
  buildIfStale();
  await prepareTemporalServer();
}
