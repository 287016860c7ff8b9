import { DropboxTeamsError, type ConnectorView, type SyncFilters } from '../../client';
import type { CommandContext, ExitCode, CommonOptions } from '../context';
import { writeResult } from '../output';
import { givenSecrets, type GivenSecrets } from '../givenSecrets';

export interface CreateCommand extends CommonOptions {
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
  extensions?: string;
  notExtensions?: string;
  modifiedAfter?: string;
  modifiedBefore?: string;
  createdAfter?: string;
  createdBefore?: string;
  manualIndexing?: boolean;
  /** False with --no-index-shared: commander names a negated option without its "no". */
  indexShared: boolean;
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

/** The filters that the options name. An option that is not given leaves its filter out. */
function filtersOf(options: CreateCommand): SyncFilters {
  const { extensions, notExtensions, modifiedAfter, modifiedBefore, createdAfter, createdBefore } = options;
  if (extensions !== undefined && notExtensions !== undefined) {
    throw new DropboxTeamsError('InvalidArgument', 'give either --extensions or --not-extensions');
  }
  const named = extensions ?? notExtensions;
  return {
    ...(named === undefined
      ? {}
      : {
          extensions: {
            operator: extensions === undefined ? ('not_in' as const) : ('in' as const),
            values: named.split(/[\s,]+/).filter((part) => part !== ''),
          },
        }),
    ...(modifiedAfter === undefined ? {} : { modifiedAfter: timeOf('modified-after', modifiedAfter) }),
    ...(modifiedBefore === undefined ? {} : { modifiedBefore: timeOf('modified-before', modifiedBefore) }),
    ...(createdAfter === undefined ? {} : { createdAfter: timeOf('created-after', createdAfter) }),
    ...(createdBefore === undefined ? {} : { createdBefore: timeOf('created-before', createdBefore) }),
    ...(options.manualIndexing === true ? { manualIndexing: true } : {}),
    ...(options.indexShared ? {} : { indexShared: false }),
  };
}

/** Parses the ISO 8601 date or time of an option into ms. Without a zone it is UTC. @throws InvalidArgument */
function timeOf(name: string, text: string): number {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  // A time without a zone would be local time to Date.parse. A date without a time is UTC already.
  const time = form ? Date.parse(form[1] !== undefined && form[4] === undefined ? `${text}Z` : text) : NaN;
  // Date.parse accepts 31 February and returns 3 March, so the day is compared with what it was parsed into.
  const day = text.slice(0, 10);
  if (Number.isNaN(time) || new Date(Date.parse(day)).toISOString().slice(0, 10) !== day) {
    throw new DropboxTeamsError('InvalidArgument', `--${name} is a date such as 2026-01-31 or 2026-01-31T12:00:00Z`);
  }
  return time;
}
