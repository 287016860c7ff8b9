import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { writeJson, writeLines } from '../output';

export interface ExplainCommand {
  path?: string;
  record?: string;
  user: string;
  json?: boolean;
}

export async function explainCommand(
  context: CommandContext,
  connectorId: string,
  { path, record, user, json }: ExplainCommand,
): Promise<ExitCode> {
  const explanation = await context.client.explain(connectorId, {
    user,
    ...(path === undefined ? {} : { path }),
    ...(record === undefined ? {} : { record }),
  });
  if (json === true) writeJson(context, explanation);
  else writeLines(context, explanation.sentences);
  return exitCodes.done;
}
