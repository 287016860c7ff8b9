import { deriveKey } from './keys';
import type { FileDocument, RecordDocument } from './pipesHubDocuments';
import type { OutboxDocument, RecordEventType } from './syncDocuments';

/** Orders outbox documents by the time of their transaction (ms), then by their position in it. */
export const outboxSequence = (now: number, position: number): string =>
  `${String(now).padStart(13, '0')}-${String(position).padStart(5, '0')}`;

/**
 * A newRecord, updateRecord or reindexRecord event, with the payload fields that PipesHub's indexing service reads. A
 * record may get another event of the same type and version, so the key includes the time.
 */
export function recordEvent(
  eventType: Exclude<RecordEventType, 'deleteRecord' | 'bulkDeleteRecords'>,
  record: RecordDocument,
  file: FileDocument,
  now: number,
  position: number,
): OutboxDocument {
  return {
    _key: deriveKey('outbox', record._key, eventType, String(record.version), String(now)),
    connectorId: record.connectorId,
    sequence: outboxSequence(now, position),
    eventType,
    recordKey: record._key,
    createdAt: now,
    payload: {
      recordId: record._key,
      orgId: record.orgId,
      recordName: record.recordName,
      recordType: record.recordType,
      externalRecordId: record.externalRecordId,
      version: record.version,
      origin: record.origin,
      connectorName: record.connectorName,
      connectorId: record.connectorId,
      mimeType: record.mimeType,
      webUrl: record.webUrl,
      createdAtTimestamp: record.createdAtTimestamp,
      updatedAtTimestamp: record.updatedAtTimestamp,
      sourceCreatedAtTimestamp: record.sourceCreatedAtTimestamp,
      sourceLastModifiedTimestamp: record.sourceLastModifiedTimestamp,
      extension: file.extension,
      sizeInBytes: record.sizeInBytes,
      signedUrl: null,
      signedUrlRoute: null,
      externalRevisionId: record.externalRevisionId,
      externalGroupId: record.externalGroupId,
      parentExternalRecordId: record.externalParentId,
      isFile: file.isFile,
      storageDocumentId: null,
      ...(eventType === 'reindexRecord' ? { forceReindex: true } : {}),
    },
  };
}

/** The fields of a record that its deletion event needs. They are read before the record is removed. */
export interface DeletedRecord extends Pick<
  RecordDocument,
  '_key' | 'orgId' | 'connectorId' | 'connectorName' | 'origin' | 'version'
> {
  virtualRecordId: string;
  summaryDocumentId: string | null;
  extension: string | null;
}

/** A deleteRecord event. Only a record that was indexed gets one: it has a virtualRecordId. */
export function deletionEvent(record: DeletedRecord, now: number, position: number): OutboxDocument {
  return {
    _key: deriveKey('outbox', record._key, 'deleteRecord', String(record.version)),
    connectorId: record.connectorId,
    sequence: outboxSequence(now, position),
    eventType: 'deleteRecord',
    recordKey: record._key,
    createdAt: now,
    payload: {
      orgId: record.orgId,
      recordId: record._key,
      version: record.version,
      extension: record.extension,
      mimeType: '',
      summaryDocumentId: record.summaryDocumentId,
      virtualRecordId: record.virtualRecordId,
      connectorName: record.connectorName,
      origin: record.origin,
    },
  };
}
