import type { SyncProgress } from './contract';

const HELD_SHOWN = 10;
const GAPS_SHOWN = 10;

/** What an operator reads in the UI beside a running sync: Markdown, well below the limit of 20,000 bytes. */
export function describeRun(progress: SyncProgress): string {
  const { counts, namespaces, held, gaps } = progress;
  const lines = [
    `**${progress.phase}**${progress.paused ? ' (paused)' : ''}, ${progress.mode} sync of \`${progress.connectorId}\`, started by ${progress.reason}`,
    '',
    `- namespaces: ${namespaces.done} of ${namespaces.total} read, ${namespaces.failed} failed`,
    `- records: ${counts.records.added} added, ${counts.records.updated} updated, ${counts.records.moved} moved, ${counts.records.deleted} deleted`,
    `- permissions: ${counts.permissions.granted} granted, ${counts.permissions.revoked} revoked`,
    `- members: ${counts.users}, groups: ${counts.groups}, record groups: ${counts.recordGroups}`,
    `- Dropbox calls: ${counts.dropboxCalls}`,
  ];
  if (progress.queued) lines.push('- one more run is queued');
  if (held.length > 0) {
    lines.push('', '**Waits for an answer** (`dropbox-teams approve` or `reject`):');
    for (const { name, namespaceId, deletes, revokes, total, samples } of held.slice(0, HELD_SHOWN)) {
      const what =
        deletes > 0 ? `${deletes} of ${total} items would be deleted` : `${revokes} of ${total} would lose access`;
      lines.push(`- ${name} (${namespaceId}): ${what}${samples.length > 0 ? `, such as ${samples.join(', ')}` : ''}`);
    }
  }
  if (gaps.length > 0) {
    lines.push('', '**Could not be read:**', ...gaps.slice(0, GAPS_SHOWN).map((gap) => `- ${gap}`));
    if (gaps.length > GAPS_SHOWN) lines.push(`- and ${gaps.length - GAPS_SHOWN} more`);
  }
  return lines.join('\n');
}
