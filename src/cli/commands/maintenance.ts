import type { DeadLetterDocument, SyncOutcome } from '../../client';
import { Terminal } from '../ask';
import { exitCodes, type CommandContext, type ConnectorCommand, type ExitCode, type CommonOptions } from '../context';
import { followSync } from '../followSync';
import { beforeInterrupt } from '../interrupt';
import { ago, counted, grouped, writeResult } from '../output';
import { countView } from '../progressBar';
import { syncJson } from '../syncText';

interface DeadLettersCommand extends CommonOptions {
  retry?: boolean;
}

/** Lists the dead letters. With --retry, a sync tries them again first, and the list shows those that remain. */
export const deadLettersCommand: ConnectorCommand<DeadLettersCommand> = async (context, connectorId, options) => {
  let outcome: SyncOutcome | undefined;
  let answer: SyncOutcome['answer'] = 'started';
  if (options.retry === true) {
    const run = await context.client.runSync(connectorId, { mode: 'incremental', reason: 'retry' });
    answer = run.answer;
    outcome = await followSync(context, run);
  }
  const deadLetters: DeadLetterDocument[] = [];
  for await (const page of context.client.deadLetters(connectorId)) deadLetters.push(...page);
  const now = Date.now();
  const value = {
    deadLetters: deadLetters.map(({ kind, namespaceId, subject, reason, attempts, firstSeenAt, lastSeenAt }) => ({
      kind,
      namespaceId,
      subject,
      reason,
      attempts,
      firstSeenAt,
      lastSeenAt,
    })),
    ...(outcome ? { retry: syncJson(outcome, answer) } : {}),
  };
  const lines = [
    ...deadLetters.map(
      ({ kind, namespaceId, subject, reason, attempts, firstSeenAt }) =>
        `${kind} ${subject}${namespaceId === null ? '' : ` in ${namespaceId}`}: ${reason} (${counted(attempts, 'attempt')}, first ${ago(firstSeenAt, now)})`,
    ),
    deadLetters.length === 0 ? 'no dead letters' : counted(deadLetters.length, 'dead letter'),
  ];
  const remaining = deadLetters.length === 0 ? exitCodes.done : exitCodes.partial;
  return writeResult(context, options, value, lines, outcome?.status === 'failed' ? exitCodes.failed : remaining);
};

/** Creates the Schedules that Temporal has lost, and sets the others to what their connectors store. */
export async function restoreSchedulesCommand(context: CommandContext, options: CommonOptions): Promise<ExitCode> {
  const { restored, present, failed } = await context.client.restoreSchedules();
  for (const { connectorId, reason } of failed) context.err.write(`${connectorId}: ${reason}\n`);
  const value = { restored: restored.map(({ connectorId }) => connectorId), present, failed };
  const lines = [
    ...value.restored.map((connectorId) => `restored: ${connectorId}`),
    `${counted(restored.length, 'Schedule')} restored, ${grouped(present.length)} present, ${grouped(failed.length)} failed`,
  ];
  return writeResult(context, options, value, lines, failed.length === 0 ? exitCodes.done : exitCodes.failed);
}

/**
 * Removes everything that the connector wrote, and shows how many documents and edges are removed so far. A mistyped id
 * would cost another first sync, so a person is asked before.
 */
export const cleanupCommand: ConnectorCommand<CommonOptions & { yes?: boolean }> = async (
  context,
  connectorId,
  options,
) => {
  const terminal = options.yes === true || options.json === true ? undefined : Terminal.of(context);
  if (terminal) {
    await context.client.connector(connectorId);
    const { namespaces } = await context.client.graphState(connectorId);
    const what = `the connector ${connectorId} and all records of its ${counted(namespaces, 'namespace')}`;
    if (!(await terminal.agrees(`Remove ${what} from PipesHub`, { fallback: false }))) {
      context.notes.write('nothing was removed\n');
      return exitCodes.failed;
    }
  }
  // A sync ends at its next batch border, and one that no worker serves is waited for longer.
  if (await context.client.cancel(connectorId)) {
    context.notes.write(`a sync of ${connectorId} is under way: it is cancelled first\n`);
  }
  const removal = await context.client.cleanup(connectorId);
  const view = countView(context, 'documents and edges removed');
  const stayed = beforeInterrupt(() => {
    view.stop();
    context.notes.write(`the removal continues; follow it again: dropbox-teams cleanup ${connectorId}\n`);
  });
  try {
    const outcome = await removal.follow(view.show);
    view.stop();
    const { removed, published, dropped } = outcome;
    return writeResult(context, options, outcome, [
      `removed ${connectorId}: ${counted(removed, 'document or edge', 'documents and edges')}`,
      ...(published > 0 ? [`${counted(published, 'record event')} published`] : []),
      ...(dropped > 0 ? [`${counted(dropped, 'record event')} dropped: no broker is configured`] : []),
    ]);
  } finally {
    stayed();
    view.stop();
  }
};

/** Queues the record events of these records again, or of all records if none is named. A folder has no event. */
export async function reindexCommand(
  context: CommandContext,
  connectorId: string,
  recordKeys: readonly string[],
  options: CommonOptions,
): Promise<ExitCode> {
  const outcome = await context.client.reindex(connectorId, recordKeys.length === 0 ? undefined : [...recordKeys]);
  const line = `${counted(outcome.queued, 'record event')} put into the outbox again`;
  const without = new Set(recordKeys).size - outcome.queued;
  const isUnknown = recordKeys.length > 0 && without > 0;
  if (isUnknown) {
    context.err.write(
      `${grouped(without)} of these keys ${without === 1 ? 'is' : 'are'} of no file of ${connectorId}\n`,
    );
  }
  return writeResult(context, options, outcome, [line], isUnknown ? exitCodes.failed : exitCodes.done);
}
