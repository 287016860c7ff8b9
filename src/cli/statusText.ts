import type { ConnectorStatus } from '../client';
import { ago, columns, counted, moment } from './output';
import { eventRows, gapLines, heldLines, phaseNames, ungrantedRows } from './syncText';

/** The status of a connector, a line for each fact. */
export function statusLines(status: ConnectorStatus, now: number): string[] {
  const { lastRun, schedule, graph } = status;
  return [
    ...columns([
      ['connector', `${status.connectorId}, organization ${status.orgId}${status.paused ? ', paused' : ''}`],
      ['starts', startText(status)],
      ['now', currentText(status)],
      [
        'last run',
        lastRun === null
          ? 'none yet'
          : `${lastRun.status}, ${lastRun.mode}, ended ${ago(lastRun.endedAt, now)}, ` +
            `${lastRun.records.added} added, ${lastRun.records.updated} updated, ${lastRun.records.moved} moved, ${lastRun.records.deleted} deleted`,
      ],
      ...(lastRun ? [...ungrantedRows(lastRun), ...eventRows(lastRun)] : []),
      ...(schedule && schedule.nextRuns.length > 0
        ? [['next runs', schedule.nextRuns.map(moment).join(', ')] as const]
        : []),
      ...(status.scheduleMissing
        ? [['schedule', 'missing in Temporal, so nothing starts: dropbox-teams restore-schedules'] as const]
        : []),
      ['cursors', String(graph.cursors)],
      ['namespaces', `${graph.namespaces}${problemText(graph.problems)}`],
      ['access lists', accessText(graph, now)],
      ['dead letters', String(graph.deadLetters)],
      ['events to send', String(graph.unpublishedEvents)],
    ]),
    ...gapLines('gap of the last run', lastRun?.gaps ?? []),
    ...heldLines(status.connectorId, status.held),
    ...(status.temporalProblem === undefined ? [] : [`the current run is not known: ${status.temporalProblem}`]),
  ];
}

function startText({ strategy, every }: ConnectorStatus): string {
  const interval = every === null ? '' : ` every ${every}`;
  return strategy === 'webhook'
    ? `by webhook${interval && `, and${interval}`}`
    : strategy === 'manual'
      ? 'manually'
      : interval.trim();
}

function currentText({ current, temporalProblem }: ConnectorStatus): string {
  if (!current) return temporalProblem === undefined ? 'no sync is running' : 'not known';
  const { namespaces, phase, mode, paused, queued } = current;
  return (
    `${mode} sync: ${paused ? 'paused in ' : ''}${phaseNames[phase]}, ` +
    `${namespaces.done} of ${counted(namespaces.total, 'namespace')}${queued ? ', one more is queued' : ''}`
  );
}

const problemText = (problems: Record<string, number>): string => {
  const all = Object.entries(problems).map(([problem, number]) => `${number} ${problem}`);
  return all.length === 0 ? '' : `, not listed: ${all.join(', ')}`;
};

function accessText(graph: ConnectorStatus['graph'], now: number): string {
  const unread = graph.unreadAccessLists === 0 ? '' : `, ${graph.unreadAccessLists} never read`;
  return graph.oldestAccessList === null
    ? `none verified${unread}`
    : `the oldest was verified ${ago(Date.parse(graph.oldestAccessList), now)}${unread}`;
}
