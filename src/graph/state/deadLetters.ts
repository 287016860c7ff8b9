import type { DeadLetterDocument } from '../../sync/documents';
import { deadLetterKey } from '../../sync/keys';
import { defineQuery } from '../driver/query';
import type { Graph } from '../driver/graph';

const COLLECTION = 'dropboxDeadLetters';

export interface DeadLetter {
  kind: DeadLetterDocument['kind'];
  namespaceId: string | null;
  subject: string;
  reason: string;
}

/** A letter as it is first written; an upsert keeps the time and the attempts of one that is there. */
export function newDeadLetter(connectorId: string, letter: DeadLetter, now: number): DeadLetterDocument {
  return {
    _key: keyOf(connectorId, letter),
    connectorId,
    ...letter,
    attempts: 1,
    firstSeenAt: now,
    lastSeenAt: now,
  };
}

const byKeys = defineQuery<{ keys: string[] }, DeadLetterDocument>(
  'deadLetters.byKeys',
  `FOR letter IN dropboxDeadLetters
     FILTER letter._key IN @keys
     RETURN letter`,
  { keys: ['key'] },
);

const page = defineQuery<{ connectorId: string; after: string; limit: number }, DeadLetterDocument>(
  'deadLetters.page',
  `FOR letter IN dropboxDeadLetters
     FILTER letter.connectorId == @connectorId AND letter._key > @after
     SORT letter._key
     LIMIT @limit
     RETURN letter`,
  { connectorId: 'connector', after: '', limit: 10 },
);

const counted = defineQuery<{ connectorId: string }, number>(
  'deadLetters.count',
  `FOR letter IN dropboxDeadLetters
     FILTER letter.connectorId == @connectorId
     COLLECT WITH COUNT INTO number
     RETURN number`,
  { connectorId: 'connector' },
);

const keyOf = (connectorId: string, letter: Pick<DeadLetter, 'kind' | 'namespaceId' | 'subject'>): string =>
  deadLetterKey(connectorId, letter.kind, letter.namespaceId, letter.subject);

/**
 * Puts items on the list, in the transaction that moves a cursor past them, or alone. One that is on it keeps the time
 * when it was first seen, and its attempts are counted.
 */
export async function putDeadLetters(
  graph: Graph,
  context: { connectorId: string; now: number },
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  const documents = new Map<string, DeadLetterDocument>();
  for (const letter of letters) {
    const document = newDeadLetter(context.connectorId, letter, context.now);
    documents.set(document._key, document);
  }
  for (const { _key, attempts, firstSeenAt } of await graph.run(byKeys, { keys: [...documents.keys()] })) {
    const document = documents.get(_key);
    if (document) documents.set(_key, { ...document, attempts: attempts + 1, firstSeenAt });
  }
  await graph.insertAll(COLLECTION, [...documents.values()], 'replace');
}

/** Takes what has been processed off the list, in its transaction or alone. Returns how many were on it. */
export async function removeDeadLetters(
  graph: Graph,
  connectorId: string,
  letters: readonly Pick<DeadLetter, 'kind' | 'namespaceId' | 'subject'>[],
): Promise<number> {
  return graph.removeAll(
    COLLECTION,
    letters.map((letter) => keyOf(connectorId, letter)),
  );
}

/** A page of the list in the order of keys; the last key of a page is `after` of the next. */
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
