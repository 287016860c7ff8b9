import type { SyncOutcome, SyncProgress, SyncResult } from '../client';
import { columns, counted } from './output';

/** The result in the order that the documentation gives, with what a person needs beside it. */
export function syncJson(outcome: SyncOutcome, answer: SyncOutcome['answer']): Record<string, unknown> {
  const { status, mode, users, groups, recordGroups, records, permissions, deadLetters, dropboxCalls, seconds } =
    outcome;
  return {
    status,
    mode,
    users,
    groups,
    recordGroups,
    records,
    permissions,
    deadLetters,
    dropboxCalls,
    seconds,
    answer,
    runId: outcome.runId,
    gaps: outcome.gaps,
    ...(outcome.plan ? { plan: outcome.plan } : {}),
    ...(outcome.error ? { error: outcome.error } : {}),
  };
}

const verdicts: Readonly<Record<SyncResult['status'], string>> = {
  complete: 'complete',
  partial: 'partial: something could not be read or processed, and is tried again in the next run',
  failed: 'failed',
};

/** What a run did, for a person. */
export function resultLines(result: SyncResult & { gaps?: readonly string[] }): string[] {
  const { records, permissions } = result;
  return [
    ...columns([
      ['result', verdicts[result.status]],
      ['mode', result.mode],
      ['members', String(result.users)],
      ['groups', String(result.groups)],
      ['record groups', String(result.recordGroups)],
      [
        'records',
        `${records.added} added, ${records.updated} updated, ${records.moved} moved, ${records.deleted} deleted`,
      ],
      ['permissions', `${permissions.granted} granted, ${permissions.revoked} revoked`],
      ['dead letters', String(result.deadLetters)],
      ['Dropbox calls', String(result.dropboxCalls)],
      ['seconds', String(result.seconds)],
    ]),
    ...(result.gaps ?? []).map((gap) => `gap: ${gap}`),
  ];
}

/** What a dry run found, a line for each namespace that would change. */
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

/** What waits for an operator. */
export const heldLines = (progress: Pick<SyncProgress, 'held' | 'connectorId'>): string[] =>
  progress.held.length === 0
    ? []
    : [
        ...progress.held.map(
          ({ name, namespaceId, deletes, revokes, total, samples = [] }) =>
            `held back in ${named(name, namespaceId)}: ${counted(deletes, 'deletion')} and ${counted(revokes, 'revocation')} of ${total}` +
            (samples.length > 0 ? `, such as ${samples.join(', ')}` : ''),
        ),
        `answer with: dropbox-teams approve ${progress.connectorId}, or dropbox-teams reject ${progress.connectorId}`,
      ];

export const phaseNames: Readonly<Record<SyncProgress['phase'], string>> = {
  starting: 'starting',
  users: 'members',
  groups: 'groups',
  recordGroups: 'record groups and who may read them',
  folders: 'files and folders',
  sharing: 'sharing changes',
  approval: 'waiting for an operator',
  settling: 'settling',
  done: 'done',
};
