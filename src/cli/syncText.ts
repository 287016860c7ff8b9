import type { SyncOutcome, SyncProgress, SyncResult } from '../client';
import { columns, counted } from './output';

/** The documented result, followed by what an operator needs besides it. */
export function syncJson(outcome: SyncOutcome, answer: SyncOutcome['answer']): Record<string, unknown> {
  const { status, mode, connectorId: _connectorId, ...others } = outcome;
  return { status, mode, ...others, answer };
}

const statusTexts: Readonly<Record<SyncResult['status'], string>> = {
  complete: 'complete',
  partial: 'partial: something could not be read or processed, and is tried again in the next run',
  failed: 'failed',
};

export function resultLines(result: SyncResult & { gaps?: readonly string[]; gapCount?: number }): string[] {
  const { records, permissions } = result;
  return [
    ...columns([
      ['result', statusTexts[result.status]],
      ['mode', result.mode],
      ['members', String(result.users)],
      ['groups', String(result.groups)],
      ['record groups', String(result.recordGroups)],
      [
        'records',
        `${records.added} added, ${records.updated} updated, ${records.moved} moved, ${records.deleted} deleted`,
      ],
      ['permissions', `${permissions.granted} granted, ${permissions.revoked} revoked`],
      ...ungrantedRows(result),
      ...eventRows(result),
      ['dead letters', String(result.deadLetters)],
      ['Dropbox calls', String(result.dropboxCalls)],
      ['seconds', String(result.seconds)],
    ]),
    ...gapLines('gap', result.gaps ?? [], result.gapCount),
  ];
}

const GAPS_SHOWN = 50;

/** The first gaps, and the number of the others, which `status --json` lists. */
export function gapLines(title: string, gaps: readonly string[], count = gaps.length): string[] {
  const shown = gaps.slice(0, GAPS_SHOWN).map((gap) => `${title}: ${gap}`);
  return count > shown.length ? [...shown, `${title}: and ${count - shown.length} more (status --json)`] : shown;
}

type Row = readonly [name: string, value: string];

const isAllZero = (counts: Record<string, number>): boolean => Object.values(counts).every((count) => count === 0);

/** Who is on a member list and was granted nothing; no row when there is no one. */
export function ungrantedRows({ ungranted }: Pick<SyncResult, 'ungranted'>): Row[] {
  if (!ungranted || isAllZero(ungranted)) return [];
  const { levels, invitees, outsiders, members } = ungranted;
  const reasons = [
    counted(levels, 'access level that grants nothing', 'access levels that grant nothing'),
    counted(invitees, 'invitee'),
    counted(outsiders, 'outsider'),
    counted(members, 'unknown member'),
  ];
  return [['not granted', reasons.join(', ')]];
}

/** Audit events that were read; no row when there were none. */
export function eventRows({ events }: Pick<SyncResult, 'events'>): Row[] {
  if (!events || isAllZero(events)) return [];
  const { used, withoutEffect, unknown, unreadable } = events;
  const known = `${used} used, ${withoutEffect} without effect`;
  return [['audit events', `${known}, ${unknown} of an unknown type, ${unreadable} unreadable`]];
}

/** The preview of a dry run, a line for each namespace that would change. */
export function planLines(plan: NonNullable<SyncOutcome['plan']>): string[] {
  const changing = plan.filter(
    ({ added, updated, deleted, granted, revoked }) => added + updated + deleted + granted + revoked > 0,
  );
  if (changing.length === 0) return ['nothing would change'];
  return changing.map(
    ({ name, namespaceId, added, updated, deleted, granted, revoked }) =>
      `${named(name, namespaceId)}: ${added} to add, ${updated} to update, ${deleted} to delete, ${granted} to grant, ${revoked} to revoke`,
  );
}

const named = (name: string | undefined, namespaceId: string): string =>
  name === undefined ? `namespace ${namespaceId}` : `${name} (${namespaceId})`;

/** What awaits an operator's approval. */
export const heldLines = (progress: Pick<SyncProgress, 'held' | 'connectorId'>): string[] =>
  progress.held.length === 0
    ? []
    : [
        ...progress.held.map(
          ({ name, namespaceId, deletes, revokes, total, samples = [] }) =>
            `awaiting approval in ${named(name, namespaceId)}: ${counted(deletes, 'deletion')} and ${counted(revokes, 'revocation')} of ${total}` +
            (samples.length > 0 ? `, such as ${samples.join(', ')}` : ''),
        ),
        `decide with: dropbox-teams approve ${progress.connectorId}, or dropbox-teams reject ${progress.connectorId}`,
      ];

export const phaseNames: Readonly<Record<SyncProgress['phase'], string>> = {
  starting: 'starting',
  users: 'members',
  groups: 'groups',
  recordGroups: 'record groups and who may read them',
  folders: 'files and folders',
  sharing: 'sharing changes',
  approval: 'waiting for an operator',
  settling: 'cleaning up and publishing',
  done: 'done',
};
