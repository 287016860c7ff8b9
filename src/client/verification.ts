import { explain } from '../verify/explain';
import type { Explanation, ExplainRequest } from '../verify/explanation';
import { markForRepair } from '../verify/repair';
import { compare, type VerifyOptions, type VerifyReport } from '../verify/verify';
import * as args from './arguments';
import type { ClientServices } from './services';

export async function verifyConnector(
  { graph, connectors, now }: ClientServices,
  connectorId: string,
  options: VerifyOptions & { repair?: boolean },
): Promise<VerifyReport> {
  const { repair, ...rest } = args.checkedOptions(args.verifySchema, options, 'options');
  const connector = await connectors.get(connectorId);
  const { report, findings } = await compare(graph, connector, connectors.session(connector), rest);
  if (repair === true && !report.ok) {
    await markForRepair(graph, { orgId: connector.orgId, connectorId, now: now() }, findings);
  }
  return report;
}

export async function explainAccess(
  { graph, connectors }: ClientServices,
  connectorId: string,
  request: ExplainRequest,
): Promise<Explanation> {
  const given = args.checkedOptions(args.explainSchema, request, '');
  const connector = await connectors.get(connectorId);
  return explain({ graph, connectorId, orgId: connector.orgId, session: connectors.session(connector) }, given);
}
