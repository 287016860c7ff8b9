import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { writeResult, type Json } from '../output';

export interface ExplainCommand extends Json {
  path?: string;
  record?: string;
  user: string;
}

export async function explainCommand(
  context: CommandContext,
  connectorId: string,
  { path, record, user, ...options }: ExplainCommand,
): Promise<ExitCode> {
  const explanation = await context.client.explain(connectorId, {
    user,
    ...(path === undefined ? {} : { path }),
    ...(record === undefined ? {} : { record }),
  });
  writeResult(context, options, explanation, explanation.sentences);
  return exitCodes.done;
}
