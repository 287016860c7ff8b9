import type { Database } from 'arangojs';
import type { RecordEvent } from '../../src/outbox/message';
import { change } from './change';

/** The state of a record in PipesHub's indexing service. */
interface Indexed {
  version: number;
  /**
   * The content that was indexed. undefined: none yet; the deletion of such a record needs no event, since the service
   * drops what is gone.
   */
  content: string | undefined;
}

/**
 * Consumes the outbox as PipesHub's indexing service does. It knows records only from their events, so a lost event shows
 * as a file that it does not know.
 */
export class IndexingService {
  private readonly known = new Map<string, Indexed>();

  take(events: readonly RecordEvent[]): void {
    for (const { eventType, payload } of events) {
      const key = String(payload['recordId']);
      if (eventType === 'deleteRecord') this.known.delete(key);
      else {
        this.known.set(key, { version: Number(payload['version']), content: this.known.get(key)?.content });
      }
    }
  }

  forget(): void {
    this.known.clear();
  }

  /** Completes the indexing of queued records. */
  async index(db: Database): Promise<void> {
    const indexed = await change<{ key: string; content: string }>(
      db,
      `FOR record IN records
         FILTER record.indexingStatus == "QUEUED"
         LET file = FIRST(FOR one IN files FILTER one._key == record._key RETURN one)
         UPDATE record WITH { indexingStatus: "COMPLETED", virtualRecordId: record._key } IN records
         RETURN { key: NEW._key, content: NOT_NULL(file.sha256Hash, NEW.externalRevisionId) }`,
    );
    for (const { key, content } of await indexed.all()) {
      const known = this.known.get(key);
      if (known) known.content = content;
    }
  }

  /** Files that it does not know with their current content, and deleted records that it still knows. */
  async differences(db: Database, connectorId: string): Promise<string[]> {
    const cursor = await db.query<{
      key: string;
      id: string;
      content: string;
      version: number;
      status: string;
    }>(
      `FOR record IN records
         FILTER record.connectorId == @connectorId
         FOR file IN files
           FILTER file._key == record._key AND file.isFile == true
           RETURN { key: record._key, id: record.externalRecordId, content: NOT_NULL(file.sha256Hash, record.externalRevisionId), version: record.version, status: record.indexingStatus }`,
      { connectorId },
      { batchSize: 10_000 },
    );
    const files = await cursor.all();
    const lines: string[] = [];
    for (const { key, id, content, version, status } of files) {
      const known = this.known.get(key);
      if (!known) lines.push(`file ${id} has no event`);
      else if (known.content !== content || known.version !== version) {
        const last = { content: known.content, version: known.version };
        lines.push(
          `the last event of file ${id} has ${JSON.stringify(last)}, the graph has ${JSON.stringify({ content, version })}`,
        );
      }
      if (status !== 'COMPLETED') lines.push(`the indexing status of file ${id} is ${status}`);
    }
    const keys = new Set(files.map(({ key }) => key));
    for (const [key, { content }] of this.known)
      if (content !== undefined && !keys.has(key)) lines.push(`the deletion of record ${key} has no event`);
    return lines;
  }
}
