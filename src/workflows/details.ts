import type { SyncPhase, SyncProgress } from './contract';

const HELD_SHOWN = 10;
const GAPS_SHOWN = 10;

const phases: Readonly<Record<SyncPhase, string>> = {
  starting: 'starting',
  users: 'reading members',
  groups: 'reading groups',
  recordGroups: 'reading namespaces and who may read them',
  folders: 'reading files and folders',
  sharing: 'reading sharing changes',
  approval: 'waiting for an operator',
  settling: 'settling',
  done: 'done',
};

const reasons: Readonly<Record<string, string>> = {
  manual: 'by hand',
  schedule: 'by its schedule',
  webhook: 'by a webhook',
  retry: 'to retry dead letters',
};

/** What an operator reads in the UI beside a running sync: Markdown, well below the limit of 20,000 bytes. */
export function describeRun(progress: SyncProgress): string {
  const { counts, namespaces, held, gaps } = progress;
  const lines = [
    `**${phases[progress.phase]}**${progress.paused ? ' (paused)' : ''}, ${progress.mode} sync of \`${progress.connectorId}\`, asked for ${reasons[progress.reason] ?? progress.reason}`,
    '',
    `- namespaces: ${namespaces.done} of ${namespaces.total} read, ${namespaces.failed} failed`,
    `- records: ${counts.records.added} added, ${counts.records.updated} updated, ${counts.records.moved} moved, ${counts.records.deleted} deleted`,
    `- permissions: ${counts.permissions.granted} granted, ${counts.permissions.revoked} revoked`,
    `- members: ${counts.users}, groups: ${counts.groups}, record groups: ${counts.recordGroups}`,
    `- Dropbox calls: ${counts.dropboxCalls}`,
  ];
  if (progress.queued) lines.push('- one more run is queued');
  if (held.length > 0) {
    const { connectorId } = progress;
    lines.push(
      '',
      `**Held back until an operator answers**: \`dropbox-teams approve ${connectorId}\` or \`dropbox-teams reject ${connectorId}\`; names and samples: \`dropbox-teams status ${connectorId}\``,
      '',
    );
    for (const { namespaceId, deletes, revokes, total } of held.slice(0, HELD_SHOWN)) {
      const what =
        deletes > 0 ? `${deletes} of ${total} items would be deleted` : `${revokes} of ${total} would lose access`;
      lines.push(`- namespace ${namespaceId}: ${what}`);
    }
  }
  if (gaps.length > 0) {
    lines.push(
      '',
      '**Could not be read**, tried again in the next run:',
      '',
      ...gaps.slice(0, GAPS_SHOWN).map((gap) => `- ${gap}`),
    );
    if (gaps.length > GAPS_SHOWN) lines.push(`- and ${gaps.length - GAPS_SHOWN} more`);
  }
  return lines.join('\n');
}
