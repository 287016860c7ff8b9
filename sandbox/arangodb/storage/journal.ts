import type { CollectionProperties } from './collection';
import type { IndexDefinition } from './indexDefinition';
import type { Doc } from './types';

/** One change in the log. Databases and collections are named by their ids, which a rename does not change. */
export type JournalEntry =
  | readonly ['create database', { readonly id: string; readonly name: string }]
  | readonly ['drop database', string]
  | readonly ['create collection', string, CollectionProperties]
  | readonly ['change collection', string, CollectionProperties]
  | readonly ['drop collection', string, string]
  | readonly ['create index', string, string, IndexDefinition]
  | readonly ['drop index', string, string, string]
  | readonly ['truncate', string, string]
  | readonly ['put', string, string, Doc]
  | readonly ['remove', string, string, string];

/** Receives committed changes. */
export interface Journal {
  /** Appends the changes of one commit. After a crash, either all of them are restored or none. */
  append(entries: readonly JournalEntry[]): void;
  /** Resolves when everything appended so far is on disk. */
  flushed(): Promise<void>;
}
