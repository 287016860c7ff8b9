import type { EventCounts, SyncCounts, UngrantedCounts } from '../sync/documents';

/** What an activity adds to a run's result. */
export interface PartCounts {
  users?: number;
  groups?: number;
  recordGroups?: number;
  added?: number;
  updated?: number;
  moved?: number;
  deleted?: number;
  granted?: number;
  revoked?: number;
  deadLetters?: number;
  dropboxCalls?: number;
  /** On a member list that was read, with an access level that grants nothing; see `UngrantedCounts`. */
  ungrantedLevels?: number;
  /** On a member list that was read, invited and not yet joined. */
  ungrantedInvitees?: number;
  /** On a member list that was read, people and groups outside of the team. */
  ungrantedOutsiders?: number;
  /** On a member list that was read as members of this team, and not among its members. */
  ungrantedMembers?: number;
  /** Audit events that named something to read again. */
  usedEvents?: number;
  /** Audit events of a known type that changes nothing here. */
  eventsWithoutEffect?: number;
  /** Audit events of a type that is not known. */
  unknownEvents?: number;
  /** Namespaces to remove before the run ends; not part of its result. */
  leaving?: number;
}

const noUngranted = (): UngrantedCounts => ({ levels: 0, invitees: 0, outsiders: 0, members: 0 });
const noEvents = (): EventCounts => ({ used: 0, withoutEffect: 0, unknown: 0 });

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
  total.users += part.users ?? 0;
  total.groups += part.groups ?? 0;
  total.recordGroups += part.recordGroups ?? 0;
  total.records.added += part.added ?? 0;
  total.records.updated += part.updated ?? 0;
  total.records.moved += part.moved ?? 0;
  total.records.deleted += part.deleted ?? 0;
  total.permissions.granted += part.granted ?? 0;
  total.permissions.revoked += part.revoked ?? 0;
  total.deadLetters += part.deadLetters ?? 0;
  total.dropboxCalls += part.dropboxCalls ?? 0;
  const ungranted = (total.ungranted ??= noUngranted());
  ungranted.levels += part.ungrantedLevels ?? 0;
  ungranted.invitees += part.ungrantedInvitees ?? 0;
  ungranted.outsiders += part.ungrantedOutsiders ?? 0;
  ungranted.members += part.ungrantedMembers ?? 0;
  const events = (total.events ??= noEvents());
  events.used += part.usedEvents ?? 0;
  events.withoutEffect += part.eventsWithoutEffect ?? 0;
  events.unknown += part.unknownEvents ?? 0;
}

/** Adds two parts: a child sums its activities before it answers. */
export function sumParts(a: PartCounts, b: PartCounts): PartCounts {
  const sum: PartCounts = { ...a };
  for (const [name, value] of Object.entries(b) as [keyof PartCounts, number][]) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
