import type { ExplainRequest } from '../../client';
import type { ConnectorCommand, Json } from '../context';
import { writeResult } from '../output';

export const explainCommand: ConnectorCommand<Json & ExplainRequest> = async (context, connectorId, options) => {
  const { json: _json, ...request } = options;
  const explanation = await context.client.explain(connectorId, request);
  return writeResult(context, options, explanation, explanation.sentences);
};
