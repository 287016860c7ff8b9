import type { FolderEntry, LiveEntry } from './folderEntries';

/** A run of entries that one plan can take together; segments are carried out strictly in their order. */
export type Segment = { kind: 'live'; entries: LiveEntry[] } | { kind: 'deleted'; paths: string[] };

/** Segments in the order in which they are committed; those from `besideFrom` on may be committed at the same time. */
export interface PageSegments {
  segments: Segment[];
  firstConcurrent: number;
}

/**
 * A page of a listing from the start says what is there, each path and each item once, so its order means nothing:
 * folders come first, and files find them whichever of them comes next. Any other page keeps its order.
 */
export function segmentsOfListing(entries: readonly FolderEntry[], batchSize: number): PageSegments {
  const folders: LiveEntry[] = [];
  const files: LiveEntry[] = [];
  const seen = new Set<string>();
  for (const entry of entries) {
    if (entry['.tag'] === 'folder') folders.push(entry);
    else if (entry['.tag'] === 'file') files.push(entry);
    seen.add(entry.path_lower ?? '');
    if (entry['.tag'] !== 'deleted') seen.add(entry.id);
  }
  if (seen.size < 2 * entries.length) {
    const segments = segmentsOf(entries, batchSize);
    return { segments, firstConcurrent: segments.length };
  }
  const first = segmentsOf(folders, batchSize);
  return { segments: [...first, ...segmentsOf(files, batchSize)], firstConcurrent: first.length };
}

/**
 * Cuts a page into segments of at most `batchSize` items. "Each entry must be applied in the order returned": deletions
 * and additions never swap, and no path or id stands twice in one segment, since the later one must see the earlier.
 */
export function segmentsOf(entries: readonly FolderEntry[], batchSize: number): Segment[] {
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
