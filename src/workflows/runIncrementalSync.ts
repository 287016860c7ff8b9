import { requestChecks } from '../contract/checks';
import type { SyncOutcome, SyncRequest } from '../contract/sync';
import { checkInput } from './checkInput';
import { forwardRequest } from './forwardRequest';

/** A sync that reads only what changed. What has no cursor yet is read in full. */
export async function runIncrementalSync(request: SyncRequest): Promise<SyncOutcome> {
  checkInput(request, requestChecks);
  return forwardRequest({ ...request, mode: 'incremental' });
}
