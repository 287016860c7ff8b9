import type { files } from 'dropbox';
import type { LiveEntry } from './plan';

type DeletedEntry = files.DeletedMetadataReference;
type AnyEntry = files.FileMetadataReference | files.FolderMetadataReference | DeletedEntry;

/** A run of entries that one plan can take together; segments are carried out strictly in their order. */
export type Segment = { kind: 'live'; entries: LiveEntry[] } | { kind: 'deleted'; paths: string[] };

/**
 * Cuts a page into segments of at most `batchSize` items. "Each entry must be applied in the order returned": deletions
 * and additions never swap, and no path or id stands twice in one segment, since the later one must see the earlier.
 */
export function segmentsOf(entries: readonly AnyEntry[], batchSize: number): Segment[] {
  const segments: Segment[] = [];
  let seen = new Set<string>();
  for (const entry of entries) {
    const path = entry.path_lower ?? '';
    const last = segments.at(-1);
    if (entry['.tag'] === 'deleted') {
      if (last?.kind === 'deleted' && last.paths.length < batchSize) last.paths.push(path);
      else segments.push({ kind: 'deleted', paths: [path] });
      continue;
    }
    const repeated = seen.has(path) || seen.has(entry.id);
    if (last?.kind === 'live' && last.entries.length < batchSize && !repeated) {
      last.entries.push(entry);
    } else {
      segments.push({ kind: 'live', entries: [entry] });
      seen = new Set();
    }
    seen.add(path).add(entry.id);
  }
  return segments;
}
