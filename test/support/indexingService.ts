import type { Database } from 'arangojs';
import type { RecordEvent } from '../../src/outbox/message';
import { change } from './change';

/** The state of a record in PipesHub's indexing service. */
interface Indexed {
  revision: string | null;
  version: number;
  /** Whether it has been indexed: the deletion of any other record needs no event, since the service drops what is gone. */
  isIndexed: boolean;
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
        const revision = payload['externalRevisionId'];
        this.known.set(key, {
          revision: typeof revision === 'string' ? revision : null,
          version: Number(payload['version']),
          isIndexed: this.known.get(key)?.isIndexed ?? false,
        });
      }
    }
  }

  forget(): void {
    this.known.clear();
  }

  /** Completes the indexing of queued records. */
  async index(db: Database): Promise<void> {
    const indexed = await change<string>(
      db,
      `FOR record IN records
         FILTER record.indexingStatus == "QUEUED"
         UPDATE record WITH { indexingStatus: "COMPLETED", virtualRecordId: record._key } IN records
         RETURN NEW._key`,
    );
    for (const key of await indexed.all()) {
      const known = this.known.get(key);
      if (known) known.isIndexed = true;
    }
  }

  /** Files that it does not know in their current revision, and deleted records that it still knows. */
  async differences(db: Database, connectorId: string): Promise<string[]> {
    const cursor = await db.query<{
      key: string;
      id: string;
      revision: string | null;
      version: number;
      status: string;
    }>(
      `FOR record IN records
         FILTER record.connectorId == @connectorId
         FOR file IN files
           FILTER file._key == record._key AND file.isFile == true
           RETURN { key: record._key, id: record.externalRecordId, revision: record.externalRevisionId, version: record.version, status: record.indexingStatus }`,
      { connectorId },
      { batchSize: 10_000 },
    );
    const files = await cursor.all();
    const lines: string[] = [];
    for (const { key, id, revision, version, status } of files) {
      const known = this.known.get(key);
      if (!known) lines.push(`file ${id} has no event`);
      else if (known.revision !== revision || known.version !== version) {
        const last = { revision: known.revision, version: known.version };
        lines.push(
          `the last event of file ${id} has ${JSON.stringify(last)}, the graph has ${JSON.stringify({ revision, version })}`,
        );
      }
      if (status !== 'COMPLETED') lines.push(`the indexing status of file ${id} is ${status}`);
    }
    const keys = new Set(files.map(({ key }) => key));
    for (const [key, { isIndexed }] of this.known)
      if (isIndexed && !keys.has(key)) lines.push(`the deletion of record ${key} has no event`);
    return lines;
  }
}
