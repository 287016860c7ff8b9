import type { SyncOutcome } from '../../client';
import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { followSync } from '../followSync';
import { writeResult, type Json } from '../output';
import { heldLines, planLines, resultLines, syncJson } from '../syncText';

export interface SyncCommand extends Json {
  full?: boolean;
  /** commander's form of --no-wait. */
  wait: boolean;
  dryRun?: boolean;
}

const codeOf: Readonly<Record<SyncOutcome['status'], ExitCode>> = {
  complete: exitCodes.done,
  partial: exitCodes.partial,
  failed: exitCodes.failed,
};

export async function syncCommand(
  context: CommandContext,
  connectorId: string,
  options: SyncCommand,
): Promise<ExitCode> {
  const run = await context.client.runSync(connectorId, {
    mode: options.full === true ? 'full' : 'auto',
    ...(options.dryRun === true ? { dryRun: true } : {}),
  });
  if (!options.wait) {
    const { answer, workflowId } = run;
    const lines = [`${answer}: follow it with dropbox-teams status ${connectorId}`];
    writeResult(context, options, { answer, workflowId }, lines);
    return exitCodes.done;
  }
  if (options.json !== true && run.answer !== 'started') {
    context.err.write(
      run.answer === 'joined' ? 'joined the sync that is running\n' : 'queued: one more run follows the running one\n',
    );
  }
  const outcome = await followSync(context, run);
  const lines = outcome.plan
    ? planLines(outcome.plan)
    : [...resultLines(outcome), ...heldLines(connectorId, outcome.held)];
  writeResult(context, options, syncJson(outcome, run.answer), lines);
  if (outcome.error) context.err.write(`${outcome.error.code}: ${outcome.error.message}\n`);
  return codeOf[outcome.status];
}
