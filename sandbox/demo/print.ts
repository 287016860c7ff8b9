import { Presets, SingleBar } from 'cli-progress';
import type { SyncOutcome, SyncRun } from '../../src/client';
import type { AccessRow } from './access';

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Shows the progress of a sync until it ends. */
export async function follow(run: SyncRun): Promise<SyncOutcome> {
  const bar = new SingleBar(
    {
      format: '  {bar} {value}/{total} namespaces  {phase}  {records} records',
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(1, 0, { phase: 'starting', records: 0 });
  let ended = false;
  const result = run.result().finally(() => {
    ended = true;
  });
  while (!ended) {
    const progress = await run.progress();
    if (progress && process.stderr.isTTY) {
      const { added, updated, moved } = progress.counts.records;
      bar.setTotal(Math.max(1, progress.namespaces.total));
      bar.update(progress.namespaces.done, { phase: progress.phase, records: added + updated + moved });
    }
    await Promise.race([result.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 300))]);
  }
  bar.stop();
  return result;
}

/** Prints what a sync has counted, and what it could not read. */
export function printOutcome({
  status,
  mode,
  records,
  recordGroups,
  permissions,
  users,
  groups,
  dropboxCalls,
  seconds,
  gaps,
  error,
}: SyncOutcome): void {
  print(`  ${status}, ${mode}, ${seconds} s, ${dropboxCalls} Dropbox calls`);
  print(`  ${users} users, ${groups} groups, ${recordGroups} record groups`);
  print(
    `  records: ${records.added} added, ${records.updated} updated, ${records.moved} moved, ${records.deleted} deleted`,
  );
  print(`  permissions: ${permissions.granted} granted, ${permissions.revoked} revoked`);
  for (const gap of gaps) print(`  not read: ${gap}`);
  if (error) print(`  ${error.code}: ${error.message}`);
}

/** Prints for each user how many files PipesHub and Dropbox let them read, and where the two differ. */
export function printAccess(rows: readonly AccessRow[]): void {
  const width = Math.max(...rows.map(({ email }) => email.length));
  print(`  ${'user'.padEnd(width)}  PipesHub  Dropbox  difference`);
  for (const { email, readable, allowed, tooWide, tooNarrow } of rows) {
    const wrong = [...tooWide.map((path) => `+${path}`), ...tooNarrow.map((path) => `-${path}`)];
    const shown = wrong.slice(0, 3).join(' ') + (wrong.length > 3 ? ` and ${wrong.length - 3} more` : '');
    print(
      `  ${email.padEnd(width)}  ${String(readable).padStart(8)}  ${String(allowed).padStart(7)}  ${shown || 'none'}`,
    );
  }
}
