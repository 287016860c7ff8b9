import type { SyncCounts, SyncPhase, SyncProgress } from '../contract/sync';

const HELD_SHOWN = 10;
const GAPS_SHOWN = 10;

const phases: Readonly<Record<SyncPhase, string>> = {
  starting: 'starting',
  users: 'reading members',
  groups: 'reading groups',
  recordGroups: 'reading namespaces and who may read them',
  folders: 'reading files and folders',
  sharing: 'reading sharing changes',
  finishing: 'cleaning up and publishing',
  done: 'done',
};

const reasons: Readonly<Record<string, string>> = {
  manual: 'manually',
  schedule: 'by its schedule',
  webhook: 'by a webhook',
  retry: 'to retry dead letters',
  approval: "to act on an operator's answer",
};

/**
 * The current details of a run in the Temporal UI: Markdown, well below the limit of 20,000 bytes. The UI shows the
 * first lines without scrolling, so what needs the operator comes first.
 */
export function describeRun(progress: SyncProgress): string {
  const { connectorId, counts, namespaces, records, permissions } = { ...progress, ...progress.counts };
  const found = [`${counts.users} members`, `${counts.groups} groups`, `${counts.recordGroups} record groups`];
  return [
    `**${phases[progress.phase]}**${progress.paused ? ' (paused)' : ''}, ${progress.mode} sync of \`${connectorId}\`, requested ${reasons[progress.reason] ?? progress.reason}${progress.queued ? '; one more run is queued' : ''}`,
    ...heldLines(progress),
    ...gapLines(progress),
    ...ignoredLines(progress),
    '',
    `- ${namespaces.done} of ${namespaces.total} namespaces read, ${namespaces.failed} failed`,
    `- records: ${records.added} added, ${records.updated} updated, ${records.moved} moved, ${records.deleted} deleted`,
    `- permissions: ${permissions.granted} granted, ${permissions.revoked} revoked`,
    `- ${found.join(', ')}, ${counts.dropboxCalls} Dropbox calls`,
    ...ungrantedLines(counts),
    ...eventLines(counts),
  ].join('\n');
}

const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

function ungrantedLines({ ungranted }: SyncCounts): string[] {
  if (!ungranted || sumOf(ungranted) === 0) return [];
  const { levels, invitees, outsiders, members } = ungranted;
  return [
    `- not granted: ${levels} by access level, ${invitees} invitees, ${outsiders} outsiders, ${members} unknown members`,
  ];
}

function eventLines({ events }: SyncCounts): string[] {
  if (!events || sumOf(events) === 0) return [];
  const { used, withoutEffect, unknown, unreadable } = events;
  const known = `${used} used, ${withoutEffect} without effect`;
  return [`- audit events: ${known}, ${unknown} of an unknown type, ${unreadable} unreadable`];
}

function heldLines({ connectorId, held }: SyncProgress): string[] {
  if (held.length === 0) return [];
  const lines = held.slice(0, HELD_SHOWN).map(({ namespaceId, deletes, revokes, total, answer }) => {
    const what =
      deletes > 0 ? `${deletes} of ${total} items would be deleted` : `${revokes} of ${total} would lose access`;
    return `- namespace ${namespaceId}: ${what}${answer ? ` (${answer})` : ''}`;
  });
  return [
    '',
    '**Held, while everything else continues:**',
    '',
    ...lines,
    ...more(held.length, HELD_SHOWN),
    '',
    `See names and samples: \`dropbox-teams status ${connectorId}\`. Decide: \`dropbox-teams approve ${connectorId}\` or \`dropbox-teams reject ${connectorId}\``,
  ];
}

function gapLines({ gaps }: SyncProgress): string[] {
  if (gaps.length === 0) return [];
  const lines = gaps.slice(0, GAPS_SHOWN).map((gap) => `- ${gap}`);
  return ['', '**Gaps, read again in the next run:**', '', ...lines, ...more(gaps.length, GAPS_SHOWN)];
}

function ignoredLines({ ignored = 0 }: SyncProgress): string[] {
  return ignored === 0 ? [] : ['', `**Malformed requests that were ignored:** ${ignored}`];
}

const more = (count: number, shown: number): string[] => (count > shown ? [`- and ${count - shown} more`] : []);
