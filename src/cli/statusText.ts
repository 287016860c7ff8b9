import type { Config, ConnectorStatus, ScheduleStatus } from '../client';
import { ago, columns, counted, grouped, moment, plain, type Paint } from './output';
import { eventRows, gapLines, heldLines, phaseNames, recordsText, statusColours, ungrantedRows } from './syncText';

/** The status of a connector, a line for each fact. */
export function statusLines(
  status: ConnectorStatus,
  now: number,
  paint: Paint = plain,
  { kind: broker }: Pick<Config['broker'], 'kind'> = { kind: 'none' },
): string[] {
  const { lastRun, schedule, graph } = status;
  return [
    ...columns([
      ['connector', `${status.connectorId}, organization ${status.orgId}${status.paused ? ', paused' : ''}`],
      ['starts', startText(status)],
      ...appRows(status),
      ['now', currentText(status)],
      [
        'last run',
        lastRun === null
          ? 'none yet'
          : `${paint(statusColours[lastRun.status], lastRun.status)}, ${lastRun.mode}, ` +
            `ended ${ago(lastRun.endedAt, now)} (${moment(lastRun.endedAt)}), ${recordsText(lastRun.records)}`,
      ],
      ...(lastRun ? [...ungrantedRows(lastRun), ...eventRows(lastRun)] : []),
      ...(schedule && schedule.nextRuns.length > 0
        ? [['next runs', schedule.nextRuns.map((time) => moment(time)).join(', ')] as const]
        : []),
      ...(status.scheduleMissing
        ? [['schedule', 'missing in Temporal, so nothing starts: dropbox-teams restore-schedules'] as const]
        : []),
      ...(schedule && schedule.problem !== null
        ? [['schedule', `changed in Temporal (${schedule.problem}): dropbox-teams restore-schedules`] as const]
        : []),
      ...(schedule?.paused === true && !status.paused
        ? [['schedule', pausedText(status.connectorId, schedule)] as const]
        : []),
      ['cursors', grouped(graph.cursors)],
      ['namespaces', `${grouped(graph.namespaces)}${problemText(graph.problems)}`],
      ['access lists', accessText(graph, now)],
      ['dead letters', grouped(graph.deadLetters)],
      ['events to send', grouped(graph.unpublishedEvents) + (broker === 'none' ? ', kept until BROKER is set' : '')],
    ]),
    ...gapLines('gap of the last run', lastRun?.gaps ?? []),
    ...heldLines(status.connectorId, status.held),
    ...(status.temporalProblem === undefined ? [] : [`the current run is not known: ${status.temporalProblem}`]),
  ];
}

/** What becomes of a connector that PipesHub has disabled or deleted. */
function appRows({ connectorId, graph }: ConnectorStatus): [string, string][] {
  if (graph.deleted) {
    const remedy = `set it up there again, or remove what is left of it: dropbox-teams cleanup ${connectorId}`;
    return [['deleted', `PipesHub has deleted it: a running sync ends, and no other begins; ${remedy}`]];
  }
  const what = 'a running sync ends, no other begins, and what is stored stays until it is enabled there';
  return graph.disabled ? [['disabled', `PipesHub has disabled it: ${what}`]] : [];
}

function startText({ strategy, every }: ConnectorStatus): string {
  const interval = every === null ? '' : ` every ${every}`;
  return strategy === 'webhook'
    ? `by webhook${interval && `, and${interval}`}`
    : strategy === 'manual'
      ? 'manually'
      : interval.trim();
}

/** The connector is not paused, but someone has paused its Schedule in Temporal, or a backup has. */
const pausedText = (connectorId: string, { note }: ScheduleStatus): string =>
  `paused in Temporal${note ? ` (${note})` : ''}, so nothing starts: dropbox-teams resume ${connectorId}`;

function currentText({ current, temporalProblem, unansweredOn }: ConnectorStatus): string {
  if (unansweredOn !== undefined) return `a sync waits: no worker answers on task queue ${unansweredOn}`;
  if (!current) return temporalProblem === undefined ? 'no sync is running' : 'not known';
  const { namespaces, phase, mode, paused, queued } = current;
  return (
    `${mode} sync: ${paused ? 'paused in ' : ''}${phaseNames[phase]}, ` +
    `${grouped(namespaces.done)} of ${counted(namespaces.total, 'namespace')}${queued ? ', one more is queued' : ''}`
  );
}

const problemText = (problems: Record<string, number>): string => {
  const all = Object.entries(problems).map(([problem, number]) => `${grouped(number)} ${problem}`);
  return all.length === 0 ? '' : `, not listed: ${all.join(', ')}`;
};

function accessText(graph: ConnectorStatus['graph'], now: number): string {
  const unread = graph.unreadAccessLists === 0 ? '' : `, ${grouped(graph.unreadAccessLists)} never read`;
  return graph.oldestAccessList === null
    ? `none verified${unread}`
    : `the oldest was verified ${ago(Date.parse(graph.oldestAccessList), now)}${unread}`;
}
