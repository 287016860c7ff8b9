import { buildIfStale } from '../../bin/build.js';
import prepareTemporalServer from './temporalServer';

/** Runs once before all tests, which start the worker and the CLI from dist/ as users do. */
export default async function setUp(): Promise<void> {
  buildIfStale();
  await prepareTemporalServer();
}
