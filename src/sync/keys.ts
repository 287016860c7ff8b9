import { hash } from 'node:crypto';

/**
 * The key of a new document, derived from what it stands for: a repeated activity writes the same document again, and
 * no duplicate. 32 hex digits of SHA-256 over the parts, joined by a character that no id contains.
 */
export function deriveKey(...parts: string[]): string {
  return hash('sha256', parts.join('\u0000')).slice(0, 32);
}

export const recordKey = (connectorId: string, itemId: string): string => deriveKey('record', connectorId, itemId);
export const recordGroupKey = (connectorId: string, externalGroupId: string): string =>
  deriveKey('recordGroup', connectorId, externalGroupId);
export const groupKey = (connectorId: string, externalGroupId: string): string =>
  deriveKey('group', connectorId, externalGroupId);
export const userKey = (orgId: string, email: string): string => deriveKey('user', orgId, email.toLowerCase());
export const memberKey = (connectorId: string, teamMemberId: string): string =>
  deriveKey('member', connectorId, teamMemberId);
export const namespaceKey = (connectorId: string, namespaceId: string): string =>
  deriveKey('namespace', connectorId, namespaceId);
export const entryKey = (connectorId: string, namespaceId: string, path: string): string =>
  deriveKey('entry', connectorId, namespaceId, path);
/** A name for a set of ids, independent of their order. */
export const keyOfSet = (ids: Iterable<string>): string => deriveKey('set', ...[...ids].sort());
/** PipesHub allows one edge between two documents, so their ids are enough. */
export const edgeKey = (from: string, to: string): string => deriveKey('edge', from, to);
export const deadLetterKey = (connectorId: string, kind: string, namespaceId: string | null, subject: string): string =>
  deriveKey('deadLetter', connectorId, kind, namespaceId ?? '', subject);
export const syncPointDocumentKey = (syncPointKey: string): string => deriveKey('syncPoint', syncPointKey);

/** `<orgId>/<connectorId>/records/<rest>`, as PipesHub names its sync points. */
export const syncPointKey = (orgId: string, connectorId: string, rest: string): string =>
  `${orgId}/${connectorId}/records/${rest}`;

/** The name of the sync point that holds the cursor of a namespace's listing. */
export const folderCursorName = (namespaceId: string): string => `DRIVE/shared_folders/${namespaceId}`;

/** Not a cursor: the run that is under way, or was the last one. PipesHub deletes it together with the cursors. */
export const RUN_SYNC_POINT = 'dropbox_teams/run';

/** The cursor of each category of the team's event log that the connector follows. */
export const eventCursorNames = {
  members: 'member_events/team_events/global',
  groups: 'user_group_events/team_events/global',
  team_folders: 'record_group_events/team_events/global',
  sharing: 'sharing_events/team_events/global',
} as const;
export type EventCategory = keyof typeof eventCursorNames;

/** Hex of the UTF-8 bytes of a path, which sorts in byte order under any collation (see EntryDocument.position). */
export const pathPosition = (pathLower: string): string => Buffer.from(pathLower, 'utf8').toString('hex');

/** The index range [lower, upper) of everything below a folder: the paths that start with its path and a slash. */
export function subtreeRange(pathLower: string): { lower: string; upper: string } {
  const prefix = pathPosition(pathLower);
  // '/' is 0x2f, so the first position past the subtree is the path followed by 0x30.
  return { lower: `${prefix}2f`, upper: `${prefix}30` };
}

/** Names a generation: a listing from the start, and all entries that it sees. It ends with the time of its start, ms. */
export const generationName = (runId: string, activityId: string, startedAt: number): string =>
  `${runId}/${activityId}/${startedAt}`;

/**
 * Whether a generation is that of a listing from the start, or of one that began later. `LIVE_GENERATION`, which names no
 * such listing, is not.
 */
export const isSince = (generation: string, listing: string): boolean =>
  generation === listing || startOf(generation) > startOf(listing);

/** ms; NaN, which is later than nothing, for a generation that names no listing. */
const startOf = (generation: string): number => Number(/\/(\d+)$/.exec(generation)?.[1]);
