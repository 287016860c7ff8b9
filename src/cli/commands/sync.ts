import type { SyncOutcome } from '../../client';
import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { followSync } from '../followSync';
import { writeJson, writeLines } from '../output';
import { planLines, resultLines, syncJson } from '../syncText';

export interface SyncCommand {
  full?: boolean;
  /** commander's form of --no-wait. */
  wait: boolean;
  dryRun?: boolean;
  json?: boolean;
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
    if (options.json === true) writeJson(context, { answer: run.answer, workflowId: run.workflowId });
    else writeLines(context, [`${run.answer}: follow it with dropbox-teams status ${connectorId}`]);
    return exitCodes.done;
  }
  if (options.json !== true && run.answer !== 'started') {
    context.err.write(
      run.answer === 'joined' ? 'joined the sync that is running\n' : 'queued: one more run follows the running one\n',
    );
  }
  const outcome = await followSync(context, run);
  if (options.json === true) writeJson(context, syncJson(outcome, run.answer));
  else writeLines(context, outcome.plan ? planLines(outcome.plan) : resultLines(outcome));
  if (outcome.error) context.err.write(`${outcome.error.code}: ${outcome.error.message}\n`);
  return codeOf[outcome.status];
}
