import type { SyncOutcome, SyncRequest } from '../contract/sync';
import { forwardRequest } from './forwardRequest';

/** A sync that reads only what changed. Where a cursor is missing, that kind is read in full: nothing can be skipped. */
export async function runIncrementalSync(request: SyncRequest): Promise<SyncOutcome> {
  return forwardRequest({ ...request, mode: 'incremental' });
}
