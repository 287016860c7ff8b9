import type { files } from 'dropbox';
import type {
  FileDocument,
  IndexingFields,
  IndexingStatus,
  NamespaceDocument,
  RecordDocument,
  SyncFilters,
} from './documents';
import { extensionOf, type FilterFacts, firstIndexingStatus } from './filters';
import { recordKey } from './keys';
import { FOLDER_MIME_TYPE, mimeTypeOf } from './mimeTypes';

export type ItemEntry = files.FileMetadataReference | files.FolderMetadataReference;

export interface RecordContext {
  connectorId: string;
  orgId: string;
  /** The namespace that governs the item. */
  namespace: Pick<NamespaceDocument, 'name' | 'externalGroupId' | 'recordGroupKey'>;
  /** Time of the graph's documents, ms. */
  now: number;
  filters: SyncFilters;
  /** `id:…` of the containing folder; null directly under the root of the namespace. */
  parentItemId: string | null;
  /** Readable by more than one person, or by a group. */
  isShared: boolean;
}

export interface RecordDocuments {
  record: RecordDocument;
  indexing: IndexingFields;
  file: FileDocument;
}

/**
 * A file or folder as a new record. For an item that has a record already, the graph side keeps that record's key,
 * version and creation time, and leaves `indexing` alone.
 */
export function recordOf(entry: ItemEntry, context: RecordContext): RecordDocuments {
  const { connectorId, orgId, namespace, now, parentItemId, isShared } = context;
  const key = recordKey(connectorId, entry.id);
  const isFile = entry['.tag'] === 'file';
  return {
    record: {
      _key: key,
      orgId,
      recordName: entry.name,
      externalRecordId: entry.id,
      connectorId,
      externalGroupId: namespace.externalGroupId,
      recordGroupId: namespace.recordGroupKey,
      externalParentId: parentItemId,
      externalRevisionId: isFile ? entry.rev : null,
      recordType: 'FILE',
      version: 0,
      origin: 'CONNECTOR',
      connectorName: 'DROPBOX',
      mimeType: isFile ? mimeTypeOf(entry.name) : FOLDER_MIME_TYPE,
      webUrl: webUrlOf(entry, namespace),
      createdAtTimestamp: now,
      updatedAtTimestamp: now,
      // Folders have no times in Dropbox.
      sourceCreatedAtTimestamp: isFile ? millisecondsOf(entry.client_modified) : null,
      sourceLastModifiedTimestamp: isFile ? millisecondsOf(entry.server_modified) : null,
      isDeleted: false,
      isArchived: false,
      isShared,
      sizeInBytes: isFile ? entry.size : 0,
    },
    indexing: {
      indexingStatus: firstStatusOf(entry, context),
      parsingStatus: 'NOT_STARTED',
      extractionStatus: 'NOT_STARTED',
    },
    file: {
      _key: key,
      orgId,
      name: entry.name,
      isFile,
      extension: isFile ? extensionOf(entry.name) : null,
      path: pathOf(entry),
      sha256Hash: isFile ? (entry.content_hash ?? null) : null,
    },
  };
}

/** There is nothing in a folder to index. */
const firstStatusOf = (entry: ItemEntry, { filters, isShared }: RecordContext): IndexingStatus =>
  entry['.tag'] === 'file' ? firstIndexingStatus(filters, isShared) : 'COMPLETED';

/** What the filters look at in a file; null for a folder, which passes them all. */
export function filterFactsOf(entry: ItemEntry): FilterFacts | null {
  if (entry['.tag'] !== 'file') return null;
  const modified = millisecondsOf(entry.server_modified);
  return { name: entry.name, modified, created: millisecondsOf(entry.client_modified) ?? modified };
}

/** path_lower, relative to the namespace. A file that its reader has not mounted has no path: its name stands for it. */
export const pathOf = (entry: ItemEntry): string => entry.path_lower ?? `/${entry.name.toLowerCase()}`;

function millisecondsOf(timestamp: string | undefined): number | null {
  const time = timestamp === undefined ? NaN : Date.parse(timestamp);
  return Number.isNaN(time) ? null : time;
}

const HOME = 'https://www.dropbox.com/home';

/**
 * The item's page on Dropbox's site: a folder by its path, a file as the preview in its folder. Only the last part of
 * path_display is sure to be in its right case; the site does not look at case. A shared namespace is found under its
 * name, where a member sees it who has not moved it.
 */
function webUrlOf(entry: ItemEntry, namespace: RecordContext['namespace']): string {
  const isPersonal = namespace.externalGroupId.startsWith('dbmid:');
  const steps = (entry.path_display ?? pathOf(entry)).split('/').filter((step) => step !== '');
  const folders = [...(isPersonal ? [] : [namespace.name]), ...steps.slice(0, -1)];
  const address = (parts: readonly string[]): string => [HOME, ...parts.map(encodeURIComponent)].join('/');
  return entry['.tag'] === 'file'
    ? `${address(folders)}?preview=${encodeURIComponent(entry.name)}`
    : address([...folders, entry.name]);
}
