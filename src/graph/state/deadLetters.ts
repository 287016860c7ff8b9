import { deadLetterKey } from '../../sync/keys';
import type { DeadLetterDocument } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';

const COLLECTION = 'dropboxDeadLetters';

export interface DeadLetter {
  kind: DeadLetterDocument['kind'];
  namespaceId: string | null;
  subject: string;
  reason: string;
}

/** The document of a new dead letter. An upsert keeps the first time and counts the attempts of an existing one. */
export function newDeadLetter(connectorId: string, deadLetter: DeadLetter, now: number): DeadLetterDocument {
  return {
    _key: keyOf(connectorId, deadLetter),
    connectorId,
    ...deadLetter,
    attempts: 1,
    firstSeenAt: now,
    lastSeenAt: now,
  };
}

const byKeys = defineQuery<{ keys: string[] }, DeadLetterDocument>(
  'deadLetters.byKeys',
  `FOR deadLetter IN dropboxDeadLetters
     FILTER deadLetter._key IN @keys
     RETURN deadLetter`,
  { keys: ['key'] },
);

const page = defineQuery<{ connectorId: string; after: string; limit: number }, DeadLetterDocument>(
  'deadLetters.page',
  `FOR deadLetter IN dropboxDeadLetters
     FILTER deadLetter.connectorId == @connectorId AND deadLetter._key > @after
     SORT deadLetter._key
     LIMIT @limit
     RETURN deadLetter`,
  { connectorId: 'connector', after: '', limit: 10 },
);

const counted = defineQuery<{ connectorId: string }, number>(
  'deadLetters.count',
  `FOR deadLetter IN dropboxDeadLetters
     FILTER deadLetter.connectorId == @connectorId
     COLLECT WITH COUNT INTO number
     RETURN number`,
  { connectorId: 'connector' },
);

const keyOf = (
  connectorId: string,
  { kind, namespaceId, subject }: Pick<DeadLetter, 'kind' | 'namespaceId' | 'subject'>,
): string => deadLetterKey(connectorId, kind, namespaceId, subject);

/**
 * Adds dead letters, or counts one more attempt of existing ones and keeps the time when they were first seen. An item
 * that a cursor passes is added in the transaction of that cursor.
 */
export async function putDeadLetters(
  graph: Graph,
  context: { connectorId: string; now: number },
  deadLetters: readonly DeadLetter[],
): Promise<void> {
  if (deadLetters.length === 0) return;
  const documents = new Map<string, DeadLetterDocument>();
  for (const deadLetter of deadLetters) {
    const document = newDeadLetter(context.connectorId, deadLetter, context.now);
    documents.set(document._key, document);
  }
  for (const { _key, attempts, firstSeenAt } of await graph.run(byKeys, { keys: [...documents.keys()] })) {
    const document = documents.get(_key);
    if (document && Number.isSafeInteger(attempts) && Number.isSafeInteger(firstSeenAt))
      documents.set(_key, { ...document, attempts: attempts + 1, firstSeenAt });
  }
  await graph.insertAll(COLLECTION, [...documents.values()], 'replace');
}

const any = defineQuery<{ connectorId: string }, 1>(
  'deadLetters.any',
  `FOR letter IN dropboxDeadLetters
     FILTER letter.connectorId == @connectorId
     LIMIT 1
     RETURN 1`,
  { connectorId: 'connector' },
);

/** For `readInOneRequest`: `take` is called if the connector has dead letters. */
export const hasDeadLettersPart = (connectorId: string, take: () => void): Part => part(any, { connectorId }, take);

/** Removes the dead letters of items that have been processed; usually there are none. Returns how many existed. */
export async function removeDeadLetters(
  graph: Graph,
  connectorId: string,
  deadLetters: readonly Pick<DeadLetter, 'kind' | 'namespaceId' | 'subject'>[],
): Promise<number> {
  if (deadLetters.length === 0) return 0;
  const stored = await graph.run(byKeys, { keys: deadLetters.map((deadLetter) => keyOf(connectorId, deadLetter)) });
  const keys = stored.map(({ _key }) => _key);
  return graph.removeAll(COLLECTION, keys);
}

/** Removes dead letters by their keys, readable or not. */
export async function removeDeadLettersByKey(graph: Graph, keys: readonly string[]): Promise<void> {
  await graph.removeAll(COLLECTION, keys);
}

/**
 * Whether a dead letter says what has to be read again. Another program may have written it, or an operator may have
 * changed it. One whose key does not match its fields is not readable: processing its subject would never remove it.
 */
export function isReadableDeadLetter(letter: DeadLetterDocument): boolean {
  const { kind, namespaceId, subject } = letter as Partial<Record<keyof DeadLetterDocument, unknown>>;
  if (typeof kind !== 'string' || typeof subject !== 'string') return false;
  return (namespaceId === null || typeof namespaceId === 'string') && letter._key === keyOf(letter.connectorId, letter);
}

const withoutEntry = defineQuery<{ connectorId: string }, string>(
  'deadLetters.withoutEntry',
  `FOR letter IN dropboxDeadLetters
     FILTER letter.connectorId == @connectorId AND letter.kind == "fileMembers"
     LET entries = (
       FOR entry IN dropboxEntries
         FILTER entry.connectorId == letter.connectorId AND entry.itemId == letter.subject
         FILTER entry.namespaceId == letter.namespaceId AND entry.kind == "file"
         LIMIT 1
         RETURN 1
     )
     FILTER LENGTH(entries) == 0
     REMOVE letter IN dropboxDeadLetters
     RETURN OLD._key`,
  { connectorId: 'connector' },
);

/** Removes the dead letters of files that are gone: no one has to read their members. Returns how many there were. */
export async function removeDeadLettersOfGoneFiles(graph: Graph, connectorId: string): Promise<number> {
  return (await graph.run(withoutEntry, { connectorId })).length;
}

/** A page of the dead letters, sorted by key. The last key of a page is `after` of the next one. */
export async function listDeadLetters(
  graph: Graph,
  connectorId: string,
  after: string | null,
  limit: number,
): Promise<DeadLetterDocument[]> {
  return graph.run(page, { connectorId, after: after ?? '', limit });
}

export async function countDeadLetters(graph: Graph, connectorId: string): Promise<number> {
  return (await graph.run(counted, { connectorId }))[0] ?? 0;
}
