import type { EventCounts, SyncCounts, UngrantedCounts } from '../sync/connectorDocument';
import type { BatchCounts } from '../sync/planTypes';

/** What an activity adds to a run's result. */
export interface PartCounts extends Partial<BatchCounts> {
  users?: number;
  groups?: number;
  recordGroups?: number;
  deadLetters?: number;
  dropboxCalls?: number;
  /** See `UngrantedCounts`. */
  ungrantedLevels?: number;
  ungrantedInvitees?: number;
  ungrantedOutsiders?: number;
  ungrantedMembers?: number;
  /** See `EventCounts`. */
  usedEvents?: number;
  eventsWithoutEffect?: number;
  unknownEvents?: number;
  unreadableEvents?: number;
  /** Namespaces to remove before the run ends; not part of its result. */
  leaving?: number;
}

const noUngranted = (): UngrantedCounts => ({ levels: 0, invitees: 0, outsiders: 0, members: 0 });
const noEvents = (): EventCounts => ({ used: 0, withoutEffect: 0, unknown: 0, unreadable: 0 });

export const noSyncCounts = (): Required<SyncCounts> => ({
  users: 0,
  groups: 0,
  recordGroups: 0,
  records: { added: 0, updated: 0, moved: 0, deleted: 0 },
  permissions: { granted: 0, revoked: 0 },
  deadLetters: 0,
  dropboxCalls: 0,
  ungranted: noUngranted(),
  events: noEvents(),
});

export function addPart(total: SyncCounts, part: PartCounts): void {
  for (const name of ['users', 'groups', 'recordGroups', 'deadLetters', 'dropboxCalls'] as const) {
    total[name] += part[name] ?? 0;
  }
  for (const name of ['added', 'updated', 'moved', 'deleted'] as const) total.records[name] += part[name] ?? 0;
  for (const name of ['granted', 'revoked'] as const) total.permissions[name] += part[name] ?? 0;
  const ungranted = (total.ungranted ??= noUngranted());
  ungranted.levels += part.ungrantedLevels ?? 0;
  ungranted.invitees += part.ungrantedInvitees ?? 0;
  ungranted.outsiders += part.ungrantedOutsiders ?? 0;
  ungranted.members += part.ungrantedMembers ?? 0;
  const events = (total.events ??= noEvents());
  events.used += part.usedEvents ?? 0;
  events.withoutEffect += part.eventsWithoutEffect ?? 0;
  events.unknown += part.unknownEvents ?? 0;
  events.unreadable += part.unreadableEvents ?? 0;
}

/** Adds two parts: a child sums its activities before it answers. */
export function sumParts(a: PartCounts, b: PartCounts): PartCounts {
  const sum: PartCounts = { ...a };
  for (const [name, value] of Object.entries(b) as [keyof PartCounts, number][]) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
