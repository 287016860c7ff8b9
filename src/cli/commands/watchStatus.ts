import { setTimeout as delay } from 'node:timers/promises';
import { clientError, type ConnectorStatus } from '../../client';
import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { grouped, paintOf } from '../output';
import { statusLines } from '../statusText';

const LOOK_EVERY_MS = 1000;
const CLEAR_SCREEN = '\u001B[H\u001B[2J\u001B[3J';

/** Items that a run has written up to a moment. */
interface Reading {
  runStartedAt: number;
  records: number;
  at: number;
}

/**
 * Shows the status again and again until the signal ends it. A terminal is cleared each time; elsewhere the lines are
 * written when they differ. A server that does not answer is shown, and asked again.
 */
export async function watchStatus(
  context: CommandContext,
  connectorId: string,
  ended: AbortSignal,
  now: () => number = Date.now,
): Promise<ExitCode> {
  const isTerminal = (context.out as NodeJS.WriteStream).isTTY === true;
  const paint = paintOf(context);
  let before: Reading | undefined;
  let written = '';
  while (!ended.aborted) {
    let text: string;
    try {
      const status = await context.client.status(connectorId);
      const reading = readingOf(status, now());
      const speed = speedText(before, reading);
      before = reading;
      text = [
        ...statusLines(status, now(), paint, context.config.broker),
        ...(speed === undefined ? [] : [speed]),
      ].join('\n');
    } catch (error) {
      const problem = clientError(error);
      if (problem.code === 'ConnectorUnknown' || problem.code === 'InvalidArgument') throw problem;
      text = `the status is not known: ${problem.message}`;
    }
    if (isTerminal) context.out.write(`${CLEAR_SCREEN}${text}\n`);
    else if (text !== written) context.out.write(`${text}\n\n`);
    written = text;
    await delay(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  return exitCodes.done;
}

function readingOf({ current }: ConnectorStatus, at: number): Reading | undefined {
  if (!current) return undefined;
  const { added, updated, moved, deleted } = current.counts.records;
  return { runStartedAt: current.startedAt, records: added + updated + moved + deleted, at };
}

/** How fast the run under way writes; nothing without two readings of the same run. */
function speedText(before: Reading | undefined, reading: Reading | undefined): string | undefined {
  if (!before || before.runStartedAt !== reading?.runStartedAt || reading.at <= before.at) return undefined;
  const speed = Math.round(((reading.records - before.records) * 1000) / (reading.at - before.at));
  return `records: ${grouped(reading.records)}, ${grouped(speed)} a second`;
}
