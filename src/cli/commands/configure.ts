import { DropboxTeamsError, type ConnectorSettings, type ConnectorView, type SyncFilters } from '../../client';
import type { ConnectorCommand, CommonOptions } from '../context';
import { filtersOf, type FilterOptions } from '../filterOptions';
import { columns, counted, writeResult } from '../output';

export interface ConfigureCommand extends CommonOptions, FilterOptions {
  batchSize?: number;
  guardPercent?: number;
  guardItems?: number;
  /** False with --no-filters: commander names a negated option without its "no". */
  filters: boolean;
}

/** Changes what the options name, and shows all of it. Without options it only shows. */
export const configureCommand: ConnectorCommand<ConfigureCommand> = async (context, connectorId, options) => {
  const before = await context.client.connector(connectorId);
  const settings = settingsOf(before, options);
  const isChange = Object.keys(settings).length > 0;
  const { batchSize, filters, brake } = isChange ? await context.client.setSettings(connectorId, settings) : before;
  const lines = [
    ...columns([
      ['items in one transaction', String(batchSize)],
      [
        'deletion guard',
        `holds more than ${Math.round(brake.share * 10_000) / 100} % and more than ${counted(brake.items, 'item')}`,
      ],
      ...filterRows(filters),
    ]),
    ...(isChange ? [`stored; the next run applies it: dropbox-teams sync ${connectorId}`] : []),
  ];
  return writeResult(context, options, { connectorId, batchSize, filters, brake }, lines);
};

/** What is to be stored. Filters that the options do not name stay, unless all are dropped. */
function settingsOf(
  { filters, brake }: Pick<ConnectorView, 'filters' | 'brake'>,
  options: ConfigureCommand,
): ConnectorSettings {
  const { batchSize, guardPercent, guardItems } = options;
  const given = filtersOf(options);
  if (guardPercent !== undefined && guardPercent > 100) {
    throw new DropboxTeamsError('InvalidArgument', '--guard-percent is at most 100');
  }
  return {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(options.filters && Object.keys(given).length === 0
      ? {}
      : { filters: { ...(options.filters ? filters : {}), ...given } }),
    ...(guardPercent === undefined && guardItems === undefined
      ? {}
      : {
          brake: {
            share: guardPercent === undefined ? brake.share : guardPercent / 100,
            items: guardItems ?? brake.items,
          },
        }),
  };
}

function filterRows(filters: SyncFilters): (readonly [string, string])[] {
  const { extensions, manualIndexing, indexShared, ...times } = filters;
  const names = {
    modifiedAfter: 'only changed after',
    modifiedBefore: 'only changed before',
    createdAfter: 'only created after',
    createdBefore: 'only created before',
  } as const;
  const rows: (readonly [string, string])[] = Object.entries(names).flatMap(([field, name]) => {
    const time = times[field as keyof typeof names];
    return time === undefined ? [] : [[name, new Date(time).toISOString()] as const];
  });
  if (extensions)
    rows.push([extensions.operator === 'in' ? 'only extensions' : 'no extensions', extensions.values.join(', ')]);
  if (manualIndexing === true) rows.push(['indexing', 'nothing automatically']);
  if (indexShared === false) rows.push(['shared files', 'not indexed automatically']);
  return rows.length === 0 ? [['filters', 'none']] : rows;
}
