import type { SyncFilters } from './connectorDocument';
import { extensionOf, firstIndexingStatus } from './filters';
import { millisecondsOf, type LiveEntry } from './folderEntries';
import { recordKey } from './keys';
import { FOLDER_MIME_TYPE, mimeTypeOf } from './mimeTypes';
import type { FileDocument, IndexingFields, RecordDocument } from './pipesHubDocuments';
import type { NamespaceDocument } from './syncDocuments';

/** The namespace that governs who can read an item. */
export type RecordNamespace = Pick<
  NamespaceDocument,
  'connectorId' | 'kind' | 'name' | 'externalGroupId' | 'recordGroupKey'
> & { orgId: string };

export interface RecordContext {
  namespace: RecordNamespace;
  /** Time of the graph's documents, ms. */
  now: number;
  /** `id:…` of the containing folder; null directly under the root of the namespace. */
  parentItemId: string | null;
  /** The file has members of its own. */
  explicitlyShared: boolean;
  filters: SyncFilters;
}

/**
 * The documents of a file or folder, as a new record. For an item that has a record, the planner keeps its key,
 * version, creation time and indexing status.
 */
export function mapEntry(
  entry: LiveEntry,
  context: RecordContext,
): { record: RecordDocument; indexing: IndexingFields; file: FileDocument } {
  const { namespace, now, parentItemId, explicitlyShared, filters } = context;
  const { connectorId, orgId } = namespace;
  const key = recordKey(connectorId, entry.id);
  const isFile = entry['.tag'] === 'file';
  const path = entry.path_lower;
  const { name } = entry;
  const isShared = isSharedIn(namespace, explicitlyShared);
  return {
    record: {
      _key: key,
      orgId,
      recordName: name,
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
      mimeType: mimeTypeOfItem(name, isFile),
      webUrl: webUrlOf(namespace, path, name, isFile),
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
      // A folder has nothing to index.
      indexingStatus: isFile ? firstIndexingStatus(filters, isShared) : 'COMPLETED',
      parsingStatus: 'NOT_STARTED',
      extractionStatus: 'NOT_STARTED',
    },
    file: {
      _key: key,
      orgId,
      name,
      isFile,
      extension: isFile ? extensionOf(name) : null,
      path,
      // Of a cloud document it is not the hash of what is exported.
      sha256Hash: isFile && entry.is_downloadable !== false ? (entry.content_hash ?? null) : null,
    },
  };
}

export const mimeTypeOfItem = (name: string, isFile: boolean): string => (isFile ? mimeTypeOf(name) : FOLDER_MIME_TYPE);

/**
 * An item is shared when more than one person can read it: by its namespace, or as a file with members of its own. Only
 * the owner can read a personal or app folder.
 */
export const isSharedIn = ({ kind }: Pick<RecordNamespace, 'kind'>, explicitlyShared: boolean): boolean =>
  explicitlyShared || (kind !== 'personal' && kind !== 'app_folder');

const HOME = 'https://www.dropbox.com/home';

/**
 * The address of an item on Dropbox's site: a folder by its path, a file as a preview in its folder. The folders above
 * it are written as in path_lower, since Dropbox guarantees the case of the last part of path_display only, and its
 * site ignores case. A shared namespace is addressed by its name: members find it there unless they have moved it.
 */
export function webUrlOf(
  namespace: Pick<RecordNamespace, 'kind' | 'name'>,
  pathLower: string,
  name: string,
  isFile: boolean,
): string {
  const above = pathLower.split('/').filter((step) => step !== '');
  const folders = [...mountPath(namespace), ...above.slice(0, -1)];
  const address = (parts: readonly string[]): string => [HOME, ...parts.map(encoded)].join('/');
  return isFile ? `${address(folders)}?preview=${encoded(name)}` : address([...folders, name]);
}

/** A name can contain half of a surrogate pair, which has no UTF-8 form. */
const encoded = (part: string): string => encodeURIComponent(part.toWellFormed());

function mountPath({ kind, name }: Pick<RecordNamespace, 'kind' | 'name'>): string[] {
  switch (kind) {
    case 'personal':
    case 'team_root':
    case 'received':
      return [];
    case 'app_folder':
      return ['Apps', name];
    case 'team_folder':
    case 'shared_folder':
      return [name];
  }
}
