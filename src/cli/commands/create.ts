import type { ConnectorView } from '../../client';
import type { CommandContext, ExitCode, CommonOptions } from '../context';
import { filtersOf, type FilterOptions } from '../filterOptions';
import { givenSecrets, type GivenSecrets } from '../givenSecrets';
import { writeResult } from '../output';

export interface CreateCommand extends CommonOptions, FilterOptions {
  org: string;
  connector: string;
  appKey: string;
  appSecret?: string;
  appSecretFile?: string;
  refreshToken?: string;
  refreshTokenFile?: string;
  strategy?: 'manual' | 'scheduled' | 'webhook';
  every?: string;
  batchSize?: number;
}

/** Stores a new connector, and says which command comes next. */
export async function createCommand(context: CommandContext, options: CreateCommand): Promise<ExitCode> {
  const secrets = await givenSecrets(context, options);
  const connector = await create(context, options, secrets);
  const { connectorId } = connector;
  return writeResult(context, options, connector, [
    createdText(connector),
    secrets.refreshToken === undefined
      ? `authorize it next: dropbox-teams authorize ${connectorId}`
      : `try the connection next: dropbox-teams test ${connectorId}`,
  ]);
}

export const createdText = ({ connectorId, every }: ConnectorView): string =>
  `created ${connectorId}${every === null ? '' : `, syncs every ${every}`}`;

export async function create(
  context: CommandContext,
  options: CreateCommand,
  { appSecret, refreshToken, visible }: GivenSecrets,
): Promise<ConnectorView> {
  const connector = await context.client.createConnector({
    orgId: options.org,
    connectorId: options.connector,
    appKey: options.appKey,
    appSecret,
    refreshToken,
    strategy: options.strategy,
    every: options.every,
    batchSize: options.batchSize,
    filters: filtersOf(options),
  });
  if (visible.length > 0) {
    context.notes.write(
      `${visible.join(' and ')}: other users of this machine can see options; give a file, - or a variable instead\n`,
    );
  }
  return connector;
}
