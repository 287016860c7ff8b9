import type { ExplainRequest } from '../../client';
import type { ConnectorCommand, CommonOptions } from '../context';
import { writeResult } from '../output';
import { explanationPage } from '../pages/explanationPage';
import { writePage } from '../pages/report';

export interface ExplainCommand extends CommonOptions, ExplainRequest {
  /** File of the page. */
  html?: string;
}

export const explainCommand: ConnectorCommand<ExplainCommand> = async (context, connectorId, options) => {
  const { json: _json, quiet: _quiet, html, ...request } = options;
  const explanation = await context.client.explain(connectorId, request);
  if (html !== undefined) await writePage(context, html, explanationPage(explanation));
  return writeResult(context, options, explanation, explanation.sentences);
};
