import type { Database } from 'arangojs';
import { arangoErrors, ItemRefused } from './errors';
import type { Query } from './query';
import type { Step } from './transaction';

/** Documents in one multi-document request: a request stays below a few MB, far from the server's limit of 512 MB. */
const ITEMS_PER_REQUEST = 1000;

/** What the server does when the key is there already. */
export type OverwriteMode = 'conflict' | 'ignore' | 'replace' | 'update';

interface RefusedItem {
  error: true;
  errorNum: number;
  errorMessage: string;
}

export function* chunks<T>(items: readonly T[], size = ITEMS_PER_REQUEST): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** A multi-document request answers with success even when every item failed: each answer is looked at. */
function check(collection: string, keys: readonly string[], answers: unknown, tolerated?: number): number {
  if (!Array.isArray(answers)) throw new Error(`${collection}: the answer to a multi-document request is no list`);
  let done = 0;
  answers.forEach((answer: unknown, position) => {
    if (typeof answer === 'object' && answer !== null && (answer as { error?: unknown }).error === true) {
      const { errorNum, errorMessage } = answer as RefusedItem;
      if (errorNum !== tolerated) throw new ItemRefused(collection, keys[position], errorNum, errorMessage);
    } else {
      done += 1;
    }
  });
  return done;
}

/** Inserts documents, a request per thousand. @throws ItemRefused for the first one that the server did not take. */
export async function insertAll(
  step: Step,
  db: Database,
  collection: string,
  documents: readonly { _key: string }[],
  overwriteMode: OverwriteMode,
): Promise<void> {
  for (const part of chunks(documents)) {
    const keys = part.map((document) => document._key);
    // The default of keepNull differs between insert and update, and mergeObjects would mix old and new sub-objects.
    const options = { overwriteMode, keepNull: true, mergeObjects: false };
    check(collection, keys, await step(() => db.collection(collection).saveAll(part, options)));
  }
}

/** Merges patches into existing documents; null stays null. @throws ItemRefused, also when a document is not there. */
export async function updateAll(
  step: Step,
  db: Database,
  collection: string,
  patches: readonly { _key: string }[],
): Promise<void> {
  for (const part of chunks(patches)) {
    const keys = part.map((patch) => patch._key);
    const options = { keepNull: true, mergeObjects: false };
    check(collection, keys, await step(() => db.collection(collection).updateAll(part, options)));
  }
}

/** Removes documents and tells how many there were: one that is gone already is no error. */
export async function removeAll(
  step: Step,
  db: Database,
  collection: string,
  keys: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const part of chunks(keys)) {
    const answers = await step(() => db.collection(collection).removeAll(part));
    removed += check(collection, part, answers, arangoErrors.documentNotFound);
  }
  return removed;
}

/** Runs a query to its last row as part of a transaction: each batch is a request of the transaction. */
export async function runIn<Vars extends Record<string, unknown>, Row>(
  step: Step,
  db: Database,
  query: Query<Vars, Row>,
  vars: Vars,
): Promise<Row[]> {
  const cursor = await step(() => db.query<Row>(query.text, vars, { batchSize: 10_000 }));
  const rows: Row[] = [];
  while (cursor.batches.hasNext) {
    for (const row of (await step(() => cursor.batches.next())) ?? []) rows.push(row);
  }
  return rows;
}
