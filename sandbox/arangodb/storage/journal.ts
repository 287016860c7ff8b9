import type { CollectionProperties } from './collection';
import type { IndexDefinition } from './indexDefinition';
import type { Doc } from './types';

/** One change as the log keeps it. Databases and collections are named by their ids, which outlive renames. */
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

/** Where committed changes go. */
export interface Journal {
  /** Takes the changes of one commit: after a crash all of them are there, or none. */
  append(entries: readonly JournalEntry[]): void;
  /** Resolves when everything appended so far is on the disk. */
  flushed(): Promise<void>;
}
