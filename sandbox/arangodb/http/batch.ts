import { ArangoFailure } from '../errors';

/** The result of a request with many documents: failures stand at their inputs' places and undo nothing else. */
export interface Batch {
  readonly items: readonly unknown[];
  readonly failed: readonly object[];
  /** How often each error number occurred, as the server tells it. */
  readonly headers: Readonly<Record<string, string>>;
}

export function errorItem(failure: ArangoFailure): object {
  return { error: true, errorNum: failure.errorNum, errorMessage: failure.message, ...failure.details };
}

/** Does the work for each input; an ArangoFailure becomes that input's result. */
export function oneByOne(inputs: readonly unknown[], work: (input: unknown) => unknown): Batch {
  const items: unknown[] = [];
  const failed: object[] = [];
  const counts: Record<string, number> = {};
  for (const input of inputs) {
    try {
      items.push(work(input));
    } catch (error) {
      if (!(error instanceof ArangoFailure) || isWhole(error)) throw error;
      const item = errorItem(error);
      items.push(item);
      failed.push(item);
      counts[error.errorNum] = (counts[error.errorNum] ?? 0) + 1;
    }
  }
  return { items, failed, headers: failed.length === 0 ? {} : { 'x-arango-error-codes': JSON.stringify(counts) } };
}

/** Failures that concern the whole request: the collection, the transaction, its limits. */
function isWhole(failure: ArangoFailure): boolean {
  return [4, 18, 28, 32, 1203, 1652, 1653, 1654, 1655].includes(failure.errorNum);
}
