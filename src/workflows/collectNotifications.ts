import { continueAsNew, log, setHandler, sleep } from '@temporalio/workflow';
import { isConnectorId, isNumber, isTexts, optional } from '../contract/checks';
import { MAX_NAMED_MEMBERS, notificationSignal, type CollectRequest } from '../contract/sync';
import { checkInput } from './checkInput';
import { startOrSignal } from './forwardRequest';

/**
 * The debounce. One change in a shared folder notifies every member who has it, and a member who works makes many
 * changes. So a sync is requested once there has been no notification for `QUIET_MS`, or `LONGEST_MS` after the first.
 */
const QUIET_MS = 2_000;
const LONGEST_MS = 15_000;

const inputChecks = {
  connectorId: isConnectorId,
  members: optional(isTexts),
  quietMs: optional(isNumber),
  longestMs: optional(isNumber),
};

/**
 * Gathers the notifications of one connector and requests one sync for each burst of them. Callers reach it by
 * signal-with-start, so a notification is safe with Temporal before Dropbox gets its answer.
 */
export async function collectNotifications(request: CollectRequest): Promise<void> {
  checkInput(request, inputChecks);
  const { connectorId, quietMs = QUIET_MS, longestMs = LONGEST_MS } = request;
  const since = Date.now();
  let last = since;
  let named = new Set<string>();
  let everyone = false;
  const add = (members: readonly string[]): void => {
    last = Date.now();
    for (const member of members) named.add(member);
    everyone ||= members.length === 0 || named.size > MAX_NAMED_MEMBERS;
    if (everyone) named.clear();
  };
  if (request.members) add(request.members);
  setHandler(notificationSignal, (notification: unknown) => add(membersOf(notification)), {
    description: 'Members whose files have changed; without members: anyone',
  });

  const left = (): number => Math.min(last + quietMs, since + longestMs) - Date.now();
  while (left() > 0) await sleep(left());

  const members = [...named];
  [named, everyone] = [new Set(), false];
  const sync = await startOrSignal({
    connectorId,
    mode: 'auto',
    reason: 'webhook',
    ...(members.length > 0 ? { members } : {}),
  });
  log.info('webhook requested a sync', { answer: sync ? 'started' : 'queued', members: members.length });
  // The next burst has begun. One run for each burst keeps histories short, however long notifications keep coming.
  if (everyone || named.size > 0) await continueAsNew<typeof collectNotifications>({ ...request, members: [...named] });
}

/** A signal may come from any program: what is not a list of members stands for a change by anyone. */
function membersOf(notification: unknown): string[] {
  const { members } = (notification ?? {}) as { members?: unknown };
  return Array.isArray(members) ? members.filter((member) => typeof member === 'string') : [];
}
