import type { SyncOutcome, SyncRequest } from '../contract/sync';
import { passOn } from './forwardRequest';

/** A sync that reads only what changed. Where a cursor is missing, that kind is read in full: nothing can be skipped. */
export async function runIncrementalSync(request: SyncRequest): Promise<SyncOutcome> {
  return passOn({ ...request, mode: 'incremental' });
}
