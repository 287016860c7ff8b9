import { activityInfo } from '@temporalio/activity';
import { failureTypeOf, type FailureType } from '../../failures';

/** Attempts of an activity, about a minute with their pauses, before a few lasting failures no longer stop the rest. */
const PATIENT_ATTEMPTS = 5;
/** More failures than this number, and than this share of all, are an outage at Dropbox. */
const FEW = 10;
const FEW_SHARE = 0.1;

const isolatable: ReadonlySet<FailureType> = new Set([
  'DropboxUnavailable',
  'DropboxUnexpected',
  'AccessDenied',
  'ListEndless',
]);

/** Whether an error may concern only what was being read. Any other error would stop every call. */
export function isIsolatable(error: unknown): boolean {
  const type = failureTypeOf(error);
  return type !== undefined && isolatable.has(type);
}

/** Whether the rest can continue without the things that failed: they are a few of many, and the failures last. */
export function shouldIsolate(failed: readonly { error: unknown }[], all: number): boolean {
  const isMaybeBrief = failed.some(({ error }) => failureTypeOf(error) === 'DropboxUnavailable');
  return isSmallShare(failed.length, all) && (!isMaybeBrief || activityInfo().attempt > PATIENT_ATTEMPTS);
}

export const isSmallShare = (failed: number, all: number): boolean => failed <= Math.max(FEW, all * FEW_SHARE);
