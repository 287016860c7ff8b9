import { activityInfo } from '@temporalio/activity';
import { failureTypeOf } from '../../failures';

/** Attempts that a lasting trouble of one thing among many may cost all of them: about a minute, with their pauses. */
const PATIENT_ATTEMPTS = 5;
/** More failures than these, and than this share of all, are Dropbox's trouble and not that of a few. */
const FEW = 10;
const FEW_SHARE = 0.1;

/** Whether an error can be the trouble of the one thing that was read; of anything else no other thing could be read either. */
export function isIsolatable(error: unknown): boolean {
  const type = failureTypeOf(error);
  return type === 'DropboxUnavailable' || type === 'DropboxUnexpected' || type === 'AccessDenied';
}

/** Whether things that failed stop alone, so that the rest goes on: a few of many, and not just for a moment. */
export function shouldIsolate(failed: readonly { error: unknown }[], all: number): boolean {
  const mayPass = failed.some(({ error }) => failureTypeOf(error) === 'DropboxUnavailable');
  return isSmallShare(failed.length, all) && (!mayPass || activityInfo().attempt > PATIENT_ATTEMPTS);
}

export const isSmallShare = (failed: number, all: number): boolean => failed <= Math.max(FEW, all * FEW_SHARE);
