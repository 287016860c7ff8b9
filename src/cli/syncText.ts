import type { HeldNamespace, NamespacePreview, SyncOutcome, SyncProgress, SyncResult } from '../client';
import { columns, counted, grouped, plain, type Paint } from './output';

/** The documented result, followed by what an operator needs besides it. */
export function syncJson(outcome: SyncOutcome, answer: SyncOutcome['answer']): Record<string, unknown> {
  const { status, mode, connectorId: _connectorId, ...others } = outcome;
  return { status, mode, ...others, answer };
}

export const statusColours = { complete: 'green', partial: 'yellow', failed: 'red' } as const;

const statusTexts: Readonly<Record<SyncResult['status'], string>> = {
  complete: 'complete',
  partial: 'partial: something could not be read or processed, or is held; the next run tries again',
  failed: 'failed',
};

/** `5 added, 0 updated, 1 moved, 0 deleted` */
export const recordsText = ({ added, updated, moved, deleted }: SyncResult['records']): string =>
  `${grouped(added)} added, ${grouped(updated)} updated, ${grouped(moved)} moved, ${grouped(deleted)} deleted`;

export function resultLines(
  result: SyncResult & { gaps?: readonly string[]; gapCount?: number },
  paint: Paint = plain,
): string[] {
  const { records, permissions } = result;
  return [
    ...columns([
      ['result', paint(statusColours[result.status], statusTexts[result.status])],
      ['mode', result.mode],
      ['members', grouped(result.users)],
      ['groups', grouped(result.groups)],
      ['record groups', grouped(result.recordGroups)],
      ['records', recordsText(records)],
      ['permissions', `${grouped(permissions.granted)} granted, ${grouped(permissions.revoked)} revoked`],
      ...ungrantedRows(result),
      ...eventRows(result),
      ['dead letters', grouped(result.deadLetters)],
      ['Dropbox calls', grouped(result.dropboxCalls)],
      ['seconds', grouped(result.seconds)],
    ]),
    ...gapLines('gap', result.gaps ?? [], result.gapCount),
  ];
}

const GAPS_SHOWN = 50;

/** The first gaps, and the number of the others, which `status --json` lists. */
export function gapLines(title: string, gaps: readonly string[], count = gaps.length): string[] {
  const shown = gaps.slice(0, GAPS_SHOWN).map((gap) => `${title}: ${gap}`);
  return count > shown.length
    ? [...shown, `${title}: and ${grouped(count - shown.length)} more (status --json)`]
    : shown;
}

type Row = readonly [name: string, value: string];

const isAllZero = (counts: Record<string, number>): boolean => Object.values(counts).every((count) => count === 0);

/** The row for those on member lists who were granted nothing; no row where there is no one. */
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
  const known = `${grouped(used)} used, ${grouped(withoutEffect)} without effect`;
  return [['audit events', `${known}, ${grouped(unknown)} of an unknown type, ${grouped(unreadable)} unreadable`]];
}

/** The preview of a dry run: a line for each namespace that would change, the largest changes first, and the sum. */
export function planLines({
  plan = [],
  records: { added, updated, deleted },
  permissions,
}: Pick<SyncOutcome, 'plan' | 'records' | 'permissions'>): string[] {
  const changing = plan.filter((each) => sizeOf(each) > 0).sort((one, other) => sizeOf(other) - sizeOf(one));
  if (changing.length === 0) return ['nothing would change'];
  return [
    ...changing.map((each) => `${named(each.name, each.namespaceId)}: ${changesText(each)}`),
    `in all: ${changesText({ added, updated, deleted, ...permissions })}`,
  ];
}

type Changes = Pick<NamespacePreview, 'added' | 'updated' | 'deleted' | 'granted' | 'revoked'>;
const sizeOf = ({ added, updated, deleted, granted, revoked }: Changes): number =>
  added + updated + deleted + granted + revoked;
const changesText = ({ added, updated, deleted, granted, revoked }: Changes): string =>
  `${grouped(added)} to add, ${grouped(updated)} to update, ${grouped(deleted)} to delete, ` +
  `${grouped(granted)} to grant, ${grouped(revoked)} to revoke`;

const named = (name: string | undefined, namespaceId: string): string =>
  name === undefined ? `namespace ${namespaceId}` : `${name} (${namespaceId})`;

/** What the deletion guard holds, and how an operator answers. */
export const heldLines = (connectorId: string, all: readonly HeldNamespace[]): string[] => [
  ...all.map(
    ({ name, namespaceId, deletes, revokes, total, answer, samples = [] }) =>
      `${answer ?? 'awaiting approval'} in ${named(name, namespaceId)}: ${counted(deletes, 'deletion')} and ${counted(revokes, 'revocation')} of ${grouped(total)}` +
      (samples.length > 0 ? `, such as ${samples.join(', ')}` : ''),
  ),
  ...(all.some(({ answer }) => answer === undefined)
    ? [`decide with: dropbox-teams approve ${connectorId}, or dropbox-teams reject ${connectorId}`]
    : []),
];

export const phaseNames: Readonly<Record<SyncProgress['phase'], string>> = {
  starting: 'starting',
  users: 'members',
  groups: 'groups',
  recordGroups: 'record groups and who may read them',
  folders: 'files and folders',
  sharing: 'sharing changes',
  finishing: 'cleaning up and publishing',
  done: 'done',
};
