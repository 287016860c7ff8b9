import type { SyncCounts } from '../sync/documents';

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
  /** Namespaces that have to be removed before the run ends; no figure of its result. */
  leaving?: number;
}

export const noSyncCounts = (): SyncCounts => ({
  users: 0,
  groups: 0,
  recordGroups: 0,
  records: { added: 0, updated: 0, moved: 0, deleted: 0 },
  permissions: { granted: 0, revoked: 0 },
  deadLetters: 0,
  dropboxCalls: 0,
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
}

/** Adds two parts: a child sums its activities before it answers. */
export function sumParts(a: PartCounts, b: PartCounts): PartCounts {
  const sum: PartCounts = { ...a };
  for (const [name, value] of Object.entries(b) as [keyof PartCounts, number][]) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
