import type { StandaloneGraph } from '../../graph/driver/graph';
import { otherPointers, walkSubtree } from '../../graph/entries/entries';
import type { EntryDocument } from '../../sync/syncDocuments';

/** Paths that are shown to the operator who has to approve. */
export const SAMPLES = 5;

/** Entries whose record no other entry points to: records that would really be deleted. */
export class PendingDeletions {
  count = 0;
  readonly samples: string[] = [];

  constructor(private readonly graph: StandaloneGraph) {}

  async add(entries: readonly Pick<EntryDocument, '_key' | 'recordKey' | 'path'>[]): Promise<void> {
    for (const { path } of await lastPointers(this.graph, entries)) {
      this.count += 1;
      if (this.samples.length < SAMPLES) this.samples.push(path);
    }
  }
}

/** The entries whose record no other entry points to: when they are removed, the records are orphans. */
export async function lastPointers<T extends Pick<EntryDocument, '_key' | 'recordKey'>>(
  graph: StandaloneGraph,
  entries: readonly T[],
): Promise<T[]> {
  const withRecord = entries.filter(({ recordKey }) => recordKey !== null);
  if (withRecord.length === 0) return [];
  const elsewhere = await otherPointers(graph, withRecord);
  return withRecord.filter(({ _key }) => !elsewhere.has(_key));
}

/** All records of a namespace that no other namespace shows. `onProgress` is called after each page. */
export async function allDeletions(
  graph: StandaloneGraph,
  { connectorId, namespaceId }: { connectorId: string; namespaceId: string },
  onProgress: () => void,
): Promise<PendingDeletions> {
  const pending = new PendingDeletions(graph);
  for await (const page of walkSubtree(graph, { connectorId, namespaceId })) {
    await pending.add(page);
    onProgress();
  }
  return pending;
}
