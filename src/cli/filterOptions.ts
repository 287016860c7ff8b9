import type { Command } from 'commander';
import { DropboxTeamsError, type SyncFilters } from '../client';

/** Which files a connector takes, and what PipesHub indexes of them. */
export interface FilterOptions {
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

export const addFilterOptions = (command: Command): Command =>
  command
    .option('--extensions <list>', 'only files with these extensions, such as pdf,docx')
    .option('--not-extensions <list>', 'no files with these extensions')
    .option('--modified-after <date>', 'only files changed after this date')
    .option('--modified-before <date>', 'only files changed before this date')
    .option('--created-after <date>', 'only files created after this date')
    .option('--created-before <date>', 'only files created before this date')
    .option('--manual-indexing', 'index nothing automatically')
    .option('--no-index-shared', 'do not index shared files automatically');

/** The filters that the options name. An option that is not given leaves its filter out. */
export function filtersOf(options: FilterOptions): SyncFilters {
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
