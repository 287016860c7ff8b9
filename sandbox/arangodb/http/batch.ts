import { ArangoFailure } from '../errors';

/** The result of a request with many documents. A failed item is reported at its position; the others are kept. */
export interface Batch {
  readonly items: readonly unknown[];
  readonly failed: readonly object[];
  /** `x-arango-error-codes`: how often each error number occurred. */
  readonly headers: Readonly<Record<string, string>>;
}

function errorItem(failure: ArangoFailure): object {
  return { error: true, errorNum: failure.errorNum, errorMessage: failure.message };
}

/** Runs `work` for each input. An ArangoFailure becomes that input's result. */
export function forEachInput(inputs: readonly unknown[], work: (input: unknown) => unknown): Batch {
  const items: unknown[] = [];
  const failed: object[] = [];
  const counts: Record<string, number> = {};
  for (const input of inputs) {
    try {
      items.push(work(input));
    } catch (error) {
      if (!(error instanceof ArangoFailure) || failsRequest(error)) throw error;
      const item = errorItem(error);
      items.push(item);
      failed.push(item);
      counts[error.errorNum] = (counts[error.errorNum] ?? 0) + 1;
    }
  }
  return { items, failed, headers: failed.length === 0 ? {} : { 'x-arango-error-codes': JSON.stringify(counts) } };
}

/** Whether an error concerns the collection, the transaction or its limits, and thus the complete request. */
function failsRequest(failure: ArangoFailure): boolean {
  return [4, 18, 28, 32, 1203, 1652, 1653, 1654, 1655].includes(failure.errorNum);
}
