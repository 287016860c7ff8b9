import { parentPath, type LiveEntry } from '../../sync/folderEntries';
import { nothingKnown, type Known } from '../../sync/planTypes';
import type { EntryDocument } from '../../sync/syncDocuments';

/** A stored entry of a containing folder. */
export type StoredParent = Pick<EntryDocument, '_key' | 'itemId' | 'recordKey' | 'kind'>;

/** Folders that are remembered. Each takes a few hundred bytes. */
const MOST_FOLDERS = 50_000;

/**
 * Guesses that nothing of a batch is stored except the folders around it, which saves a look-up. This holds for most
 * batches of a first listing, and of other large additions. The write of the batch checks the guess, and writes nothing
 * where it is wrong. One for each attempt at a listing.
 */
export class StoredGuess {
  /** The folders that are known to be stored, by the keys of their entries. */
  private readonly folders = new Map<string, StoredParent>();

  /** `isLikely`: whether the next batch is expected to be new, as in a namespace of which nothing is stored. */
  constructor(private isLikely: boolean) {}

  /** The guess for a batch; undefined where it has to be looked up. `keyOf` returns the key of the entry at a path. */
  ofBatch(entries: readonly LiveEntry[], keyOf: (path: string) => string): Known | undefined {
    if (!this.isLikely) return undefined;
    const paths = new Set(entries.map(({ path_lower }) => path_lower));
    const known = nothingKnown();
    for (const path of paths) {
      const parent = parentPath(path);
      if (parent === '' || paths.has(parent)) continue;
      const folder = this.folders.get(keyOf(parent));
      if (!folder) return undefined;
      known.parents.set(folder._key, folder);
    }
    return known;
  }

  /** Learns what a look-up has found. Where a batch is new, the next one may be, too. */
  learn({ entries, parents, records, children }: Known): void {
    this.isLikely = entries.size + records.size + children.length === 0;
    for (const parent of parents.values()) this.remember(parent);
    this.stored([...entries.values()]);
  }

  /** Learns that these entries are stored. */
  stored(entries: readonly EntryDocument[]): void {
    for (const { _key, itemId, recordKey, kind } of entries) {
      if (kind === 'file') this.folders.delete(_key);
      else this.remember({ _key, itemId, recordKey, kind });
    }
  }

  /** Forgets everything after a wrong guess: look-ups have to show what is stored. */
  forget(): void {
    this.isLikely = false;
    this.folders.clear();
  }

  private remember(folder: StoredParent): void {
    if (this.folders.size >= MOST_FOLDERS) this.folders.clear();
    this.folders.set(folder._key, folder);
  }
}
