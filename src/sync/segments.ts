import type { FolderEntry, LiveEntry } from './folderEntries';

/** Entries that one plan can take together. Segments are committed in their order. */
export type Segment = { kind: 'live'; entries: LiveEntry[] } | { kind: 'deleted'; paths: string[] };

/** The segments of a page. Those from `firstConcurrent` on are independent, and may be committed concurrently. */
export interface PageSegments {
  segments: Segment[];
  firstConcurrent: number;
}

/**
 * The segments of a page of a listing from the start. Usually such a page names each path and each item once, so its
 * order has no meaning. Then folders are committed first, in order, and segments of files concurrently: each file finds
 * its folder stored. An entry that Dropbox returns twice counts once. Any other page keeps its order.
 */
export function segmentsOfListing(entries: readonly FolderEntry[], batchSize: number): PageSegments {
  const unordered = unorderedItems(entries);
  if (!unordered) {
    const segments = segmentsOf(entries, batchSize);
    return { segments, firstConcurrent: segments.length };
  }
  const { folders, files } = unordered;
  const firstConcurrent = Math.ceil(folders.length / batchSize);
  return { segments: segmentsOf([...folders, ...files], batchSize), firstConcurrent };
}

/** The entries of a page, each once; undefined where their order has a meaning, as with a deletion. */
function unorderedItems(entries: readonly FolderEntry[]): { folders: LiveEntry[]; files: LiveEntry[] } | undefined {
  const folders: LiveEntry[] = [];
  const files: LiveEntry[] = [];
  const seen = new Map<string, LiveEntry>();
  for (const entry of entries) {
    if (entry['.tag'] === 'deleted') return undefined;
    const before = seen.get(entry.path_lower) ?? seen.get(entry.id);
    if (before) {
      if (JSON.stringify(before) !== JSON.stringify(entry)) return undefined;
      continue;
    }
    (entry['.tag'] === 'folder' ? folders : files).push(entry);
    seen.set(entry.path_lower, entry).set(entry.id, entry);
  }
  return { folders, files };
}

/**
 * Cuts a page into segments of at most `batchSize` items. Dropbox says that "each entry must be applied in the order
 * returned". So deletions and additions are never reordered, and no path or id occurs twice in a segment, since the
 * plan of the later entry has to find the earlier one stored.
 */
export function segmentsOf(entries: readonly FolderEntry[], batchSize: number): Segment[] {
  const segments: Segment[] = [];
  let seen = new Set<string>();
  for (const entry of entries) {
    const path = entry.path_lower;
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
