import { Counter, Histogram, type Registry } from 'prom-client';
import type { WorkObserver } from '../client';

/** Seconds, for what takes between a fast request and a slow minute. */
export const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts what the activities of this worker do. */
export function workObserver(registers: Registry[]): WorkObserver {
  const counter = <Label extends string>(name: string, help: string, label: Label): Counter<'connector' | Label> =>
    new Counter({ name, help, labelNames: ['connector', label], registers });
  const records = counter('dropbox_teams_records_total', 'Records that runs wrote, by outcome', 'outcome');
  const permissions = counter('dropbox_teams_permissions_total', 'Permissions that runs wrote', 'outcome');
  const ungranted = counter(
    'dropbox_teams_ungranted_total',
    'Entries of member lists that granted nothing, by reason; levels: by their access level, also an unknown one',
    'reason',
  );
  const events = counter('dropbox_teams_audit_events_total', 'Audit events that runs read, by effect', 'effect');
  const gaps = counter('dropbox_teams_gaps_total', 'Gaps of runs, by what they are in', 'kind');
  const runs = counter('dropbox_teams_runs_total', 'Runs that ended, without dry runs', 'status');
  const runSeconds = new Histogram({
    name: 'dropbox_teams_run_seconds',
    help: 'How long runs took',
    labelNames: ['connector', 'mode'],
    buckets: [5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600],
    registers,
  });
  const commitSeconds = new Histogram({
    name: 'dropbox_teams_commit_seconds',
    help: 'How long transactions with a batch of items took',
    labelNames: ['connector'],
    buckets: [0.01, 0.025, ...SECONDS],
    registers,
  });
  const batchItems = new Histogram({
    name: 'dropbox_teams_batch_items',
    help: 'Items in one transaction',
    labelNames: ['connector'],
    buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1000],
    registers,
  });
  return {
    counted: (connector, counts) => {
      // A counter that begins above zero shows no increase.
      for (const status of ['complete', 'partial', 'failed', 'cancelled']) runs.inc({ connector, status }, 0);
      for (const outcome of ['added', 'updated', 'moved', 'deleted'] as const)
        records.inc({ connector, outcome }, counts[outcome] ?? 0);
      for (const outcome of ['granted', 'revoked'] as const)
        permissions.inc({ connector, outcome }, counts[outcome] ?? 0);
      ungranted.inc({ connector, reason: 'levels' }, counts.ungrantedLevels ?? 0);
      ungranted.inc({ connector, reason: 'invitees' }, counts.ungrantedInvitees ?? 0);
      ungranted.inc({ connector, reason: 'outsiders' }, counts.ungrantedOutsiders ?? 0);
      ungranted.inc({ connector, reason: 'members' }, counts.ungrantedMembers ?? 0);
      events.inc({ connector, effect: 'used' }, counts.usedEvents ?? 0);
      events.inc({ connector, effect: 'none' }, counts.eventsWithoutEffect ?? 0);
      events.inc({ connector, effect: 'unknown' }, counts.unknownEvents ?? 0);
      events.inc({ connector, effect: 'unreadable' }, counts.unreadableEvents ?? 0);
    },
    committed: (connector, { items, seconds }) => {
      commitSeconds.observe({ connector }, seconds);
      batchItems.observe({ connector }, items);
    },
    ended: (connector, { status, mode, seconds, gaps: found }) => {
      runs.inc({ connector, status });
      runSeconds.observe({ connector, mode }, seconds);
      for (const [kind, number] of Object.entries(found)) gaps.inc({ connector, kind }, number);
    },
  };
}
