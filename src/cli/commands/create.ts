import { DropboxTeamsError, type SyncFilters } from '../../client';
import type { CommandContext, ExitCode, Json } from '../context';
import { writeResult } from '../output';

export interface CreateCommand extends Json {
  org: string;
  connector: string;
  appKey: string;
  appSecret: string;
  refreshToken?: string;
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
  /** commander's form of --no-index-shared. */
  indexShared: boolean;
}

export async function createCommand(context: CommandContext, options: CreateCommand): Promise<ExitCode> {
  const connector = await context.client.createConnector({
    orgId: options.org,
    connectorId: options.connector,
    appKey: options.appKey,
    appSecret: options.appSecret,
    refreshToken: options.refreshToken,
    strategy: options.strategy,
    every: options.every,
    batchSize: options.batchSize,
    filters: filtersOf(options),
  });
  const { connectorId } = connector;
  return writeResult(context, options, connector, [
    `created ${connectorId}${connector.every === null ? '' : `, syncs every ${connector.every}`}`,
    options.refreshToken === undefined
      ? `authorize it next: dropbox-teams authorize ${connectorId}`
      : `try the connection next: dropbox-teams test ${connectorId}`,
  ]);
}

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

/** An ISO 8601 date or time; without a zone it is UTC. */
function timeOf(name: string, text: string): number {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const time = form ? Date.parse(form[1] !== undefined && form[4] === undefined ? `${text}Z` : text) : NaN;
  // Date.parse takes 31 February for 3 March.
  const day = text.slice(0, 10);
  if (Number.isNaN(time) || new Date(Date.parse(day)).toISOString().slice(0, 10) !== day) {
    throw new DropboxTeamsError('InvalidArgument', `--${name} is a date such as 2026-01-31 or 2026-01-31T12:00:00Z`);
  }
  return time;
}
