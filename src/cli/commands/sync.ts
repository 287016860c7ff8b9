import type { SyncOutcome, SyncRun } from '../../client';
import { exitCodes, type CommandContext, type ConnectorCommand, type ExitCode, type CommonOptions } from '../context';
import { followSync } from '../followSync';
import { paintOf, writeResult } from '../output';
import { heldLines, planLines, resultLines, syncJson } from '../syncText';

export interface SyncCommand extends CommonOptions {
  full?: boolean;
  /** False with --no-wait: commander names a negated option without its "no". */
  wait: boolean;
  dryRun?: boolean;
  /** Seconds. */
  outage?: number;
}

const codeOf: Readonly<Record<SyncOutcome['status'], ExitCode>> = {
  complete: exitCodes.done,
  partial: exitCodes.partial,
  failed: exitCodes.failed,
};

/** Starts or joins a sync, follows it unless --no-wait is given, and writes its result or, with --dry-run, its plan. */
export const syncCommand: ConnectorCommand<SyncCommand> = async (context, connectorId, options) => {
  const run = await context.client.runSync(connectorId, {
    mode: options.full === true ? 'full' : 'auto',
    ...(options.dryRun === true ? { dryRun: true } : {}),
  });
  if (!options.wait) {
    const { answer, workflowId } = run;
    const lines = [`${answer}: follow it with dropbox-teams status ${connectorId}`];
    return writeResult(context, options, { answer, workflowId }, lines);
  }
  const { value, lines, code } = await finished(context, run, options);
  return writeResult(context, options, value, lines, code);
};

/** Follows a run to its end. */
export async function finished(
  context: CommandContext,
  run: SyncRun,
  { json, outage }: Pick<SyncCommand, 'json' | 'outage'>,
): Promise<{ value: ReturnType<typeof syncJson>; lines: string[]; code: ExitCode }> {
  if (json !== true && run.answer !== 'started') {
    context.notes.write(
      run.answer === 'joined' ? 'joined the sync that is running\n' : 'queued: one more run follows the running one\n',
    );
  }
  const outcome = await followSync(context, run, outage);
  const lines = outcome.plan
    ? // The plan of a run that failed is not whole.
      outcome.status === 'failed'
      ? []
      : planLines(outcome)
    : [...resultLines(outcome, paintOf(context)), ...heldLines(outcome.connectorId, outcome.held)];
  if (outcome.error) context.err.write(`${outcome.error.code}: ${outcome.error.message}\n`);
  return { value: syncJson(outcome, run.answer), lines, code: codeOf[outcome.status] };
}
