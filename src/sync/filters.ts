import { z } from 'zod';
import type { ConnectorDocument, SyncFilters } from './connectorDocument';
import type { IndexingStatus } from './pipesHubDocuments';

const milliseconds = z.int().nonnegative();

/** Refuses unknown fields: a filter with a misspelled name would let everything through. */
export const syncFiltersSchema = z.strictObject({
  modifiedAfter: milliseconds.exactOptional(),
  modifiedBefore: milliseconds.exactOptional(),
  createdAfter: milliseconds.exactOptional(),
  createdBefore: milliseconds.exactOptional(),
  extensions: z
    .strictObject({
      operator: z.enum(['in', 'not_in']),
      values: z.array(z.string().min(1).transform(plainExtension)),
    })
    .exactOptional(),
  manualIndexing: z.boolean().exactOptional(),
  indexShared: z.boolean().exactOptional(),
}) satisfies z.ZodType<SyncFilters>;

/** Lower case, without the dot. */
function plainExtension(value: string): string {
  return value.trim().toLowerCase().replace(/^\./, '');
}

type FilterState = Pick<ConnectorDocument, 'filters' | 'appliedFilters' | 'filtersChangedAt' | 'appliedChangeAt'>;

/**
 * Whether the graph was written under other filters than the current ones, or never. A change that is undone before it
 * was applied everywhere also counts: some of the graph may have been written in between.
 */
export const filtersChanged = ({ filters, appliedFilters, filtersChangedAt, appliedChangeAt }: FilterState): boolean =>
  !sameFilters(filters, appliedFilters) || filtersChangedAt !== appliedChangeAt;

/**
 * A connector as its current run uses it. Filters that are set during the run are those of the next one, which asks the
 * deletion guard about what they exclude. From then on the run uses those that are applied everywhere, since nothing is
 * stored any more of what the guard holds of its own.
 */
export function duringRun(runId: string, connector: ConnectorDocument): ConnectorDocument {
  const { runToken, runChangeAt, filtersChangedAt, appliedFilters } = connector;
  const isChanged = runToken === runId && filtersChangedAt !== runChangeAt;
  return isChanged && appliedFilters ? { ...connector, filters: appliedFilters } : connector;
}

export const sameFilters = (one: SyncFilters, other: SyncFilters | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** What the filters look at. */
export interface FilterFacts {
  name: string;
  /** server_modified, ms; null: unknown, which no filter on times lets through. */
  modified: number | null;
  /** client_modified, or server_modified where that is unknown, ms. */
  created: number | null;
}

/** The part after the last dot, lower case; null when there is none. */
export function extensionOf(name: string): string | null {
  const dot = name.lastIndexOf('.');
  return dot < 0 || dot === name.length - 1 ? null : name.slice(dot + 1).toLowerCase();
}

/** Whether a file is kept. Bounds are inclusive. Folders are always kept: callers do not check them. */
export function passes(filters: SyncFilters, facts: FilterFacts): boolean {
  return (
    isWithin(facts.modified, filters.modifiedAfter, filters.modifiedBefore) &&
    isWithin(facts.created, filters.createdAfter, filters.createdBefore) &&
    passesExtensions(filters.extensions, facts.name)
  );
}

function isWithin(time: number | null, after: number | undefined, before: number | undefined): boolean {
  if (after === undefined && before === undefined) return true;
  return time !== null && time >= (after ?? -Infinity) && time <= (before ?? Infinity);
}

/** A file without an extension passes `not_in` only. An empty list filters nothing. */
function passesExtensions(filter: SyncFilters['extensions'], name: string): boolean {
  if (!filter || filter.values.length === 0) return true;
  const extension = extensionOf(name);
  const isListed = extension !== null && filter.values.includes(extension);
  return filter.operator === 'in' ? isListed : !isListed;
}

/** The status that a new file starts with. AUTO_INDEX_OFF sends no event: someone has to ask for the indexing. */
export function firstIndexingStatus(filters: SyncFilters, isShared: boolean): IndexingStatus {
  if (filters.manualIndexing === true) return 'AUTO_INDEX_OFF';
  return filters.indexShared === false && isShared ? 'AUTO_INDEX_OFF' : 'NOT_STARTED';
}
