import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ArangoError, HttpError, NetworkError, ResponseTimeoutError } from 'arangojs/errors';
import { failure, messageOf, type FailureType } from '../../failures';

/** The server refused one document of a multi-document request. The request itself was answered with success. */
export class ItemRefused extends Error {
  override name = 'ItemRefused';

  constructor(
    readonly collection: string,
    /** Key of the document, if it is known. */
    readonly key: string | undefined,
    readonly errorNum: number,
    errorMessage: string,
  ) {
    super(`${collection}/${key ?? '?'}: ${errorMessage}`);
  }
}

/** Numbers of ArangoDB's error table that this connector handles. A bench answers each query with each of them. */
export const arangoErrors = {
  forbidden: 11,
  lockTimeout: 18,
  locked: 28,
  deadlock: 29,
  shuttingDown: 30,
  resourceLimit: 32,
  startingUp: 38,
  readOnly: 1004,
  conflict: 1200,
  documentNotFound: 1202,
  collectionNotFound: 1203,
  duplicateName: 1207,
  uniqueConstraint: 1210,
  documentTooLarge: 1216,
  databaseNotFound: 1228,
  queryKilled: 1500,
  cursorNotFound: 1600,
  schemaViolation: 1620,
  transactionAborted: 1654,
  transactionNotFound: 1655,
} as const;

/** Another writer changed the same document at the same time. The work can be repeated on the new state. */
const conflicts = new Set<number>([
  arangoErrors.conflict,
  arangoErrors.lockTimeout,
  arangoErrors.locked,
  arangoErrors.deadlock,
  arangoErrors.uniqueConstraint,
]);

/** Outages of a disk or of a cluster. No request can cause them, so the benches do not try them. */
const storageOutages = {
  /** It passes when an operator makes room. */
  filesystemFull: 1104,
  /** Of a disk or network storage that is away. */
  ioError: 1305,
  /** Too few replicas are in sync. A cluster answers it with HTTP 403, also while a leader is replaced. */
  writeConcernNotFulfilled: 1429,
} as const;

/** The server, or a cursor or transaction that it held, went away. The same request may succeed later. */
const outages = new Set<number>([
  arangoErrors.shuttingDown,
  arangoErrors.startingUp,
  arangoErrors.readOnly,
  arangoErrors.queryKilled,
  arangoErrors.cursorNotFound,
  arangoErrors.transactionAborted,
  arangoErrors.transactionNotFound,
  // The limit for all queries of the server together passes.
  arangoErrors.resourceLimit,
  ...Object.values(storageOutages),
]);

/** 421: the leader of a shard has resigned. */
const transientStatus = new Set([408, 421, 429, 502, 503, 504]);

/** ArangoDB's error number, of an error of the driver or of a refused document. */
export function errorNumOf(error: unknown): number | undefined {
  return error instanceof ArangoError || error instanceof ItemRefused ? error.errorNum : undefined;
}

/** Faults of a document that are all handled in one way. */
const documentFaults = { illegalKey: 1221, keyMissing: 1226, notAnObject: 1227, edgeWithoutEnds: 1233 } as const;

/** Error numbers about one document. All others are about the server. */
const documentErrors = new Set<number>([
  arangoErrors.uniqueConstraint,
  arangoErrors.documentTooLarge,
  arangoErrors.schemaViolation,
  ...Object.values(documentFaults),
]);

/** Whether the server refuses one of the documents that were written. It might accept the others without it. */
export const isDocumentRefused = (error: unknown): error is Error => documentErrors.has(errorNumOf(error) ?? 0);

export function isConflict(error: unknown): boolean {
  const errorNum = errorNumOf(error);
  return errorNum !== undefined && conflicts.has(errorNum);
}

/** The collection of a refused document, from the refusal or from the request's URL. */
function collectionOf(error: ArangoError | ItemRefused): string | undefined {
  if (error instanceof ItemRefused) return error.collection;
  const url = error.request?.url;
  return url === undefined ? undefined : /\/_api\/document\/([^/?]+)/.exec(url)?.[1];
}

function refusal(error: ArangoError | ItemRefused): ApplicationFailure {
  const { errorNum, message } = error;
  const collection = collectionOf(error);
  const place = collection ?? 'a collection';
  const status = error instanceof ArangoError ? error.code : undefined;
  const answer = (type: FailureType, text: string): ApplicationFailure =>
    failure(type, text, { cause: error, details: { errorNum, ...(collection === undefined ? {} : { collection }) } });
  if (conflicts.has(errorNum)) {
    return answer('GraphConflict', `ArangoDB: another writer changed the same document (${message})`);
  }
  if (errorNum === arangoErrors.resourceLimit) {
    return answer(
      'GraphUnavailable',
      `ArangoDB lacks memory for a query (${message}): raise its query.memory-limit or query.global-memory-limit, or lower the batch size (configure --batch-size)`,
    );
  }
  if (outages.has(errorNum) || (status !== undefined && transientStatus.has(status))) {
    return answer('GraphUnavailable', `ArangoDB can't answer now: ${message}`);
  }
  // Other errors have the status 403 too, so their number decides.
  if (status === 401 || errorNum === 403 || errorNum === arangoErrors.forbidden) return credentialsRefused(error);
  switch (errorNum) {
    case arangoErrors.schemaViolation:
      return answer(
        'GraphRefused',
        `ArangoDB refused a document of ${place} by the schema of that collection (${message}): ` +
          'this connector writes the fields of the schemas that PipesHub applies when it starts. Restart the ' +
          'connector service of PipesHub to renew them, or check the schema of that collection',
      );
    case arangoErrors.databaseNotFound:
      return answer(
        'GraphRefused',
        'ArangoDB has no such database: set ARANGO_DATABASE to the database of PipesHub, and start PipesHub once first',
      );
    case arangoErrors.collectionNotFound:
      return answer(
        'GraphRefused',
        `ArangoDB lacks a collection (${message}): start the worker once, it creates missing collections`,
      );
    case arangoErrors.documentTooLarge:
      return answer('GraphRefused', `ArangoDB refused a document of ${place}: ${message}`);
    default:
      return answer('GraphUnexpected', `ArangoDB answered ${errorNum}: ${message}`);
  }
}

function credentialsRefused(cause: Error): ApplicationFailure {
  return failure(
    'GraphRefused',
    'ArangoDB refused the user: check ARANGO_USERNAME and ARANGO_PASSWORD, or ARANGO_TOKEN, and that this user may write the database',
    { cause },
  );
}

/** The connection to ArangoDB broke in the middle of an answer. */
class BrokenAnswer extends Error {
  override name = 'BrokenAnswer';
}

/**
 * The answer is not ArangoDB's answer to this request: it comes from a proxy or another server, or belongs to another
 * request.
 */
export class ForeignAnswer extends Error {
  override name = 'ForeignAnswer';
}

/** No answer came in time, and the caller should not wait for another one: see `repeatsTimeouts` of `DatabaseSettings`. */
export class FinalTimeout extends ResponseTimeoutError {
  override name = 'FinalTimeout';
}

/**
 * Calls the driver. When the connection breaks in the middle of an answer, the driver throws the error of Node's fetch
 * unchanged, which does not say whose answer it was: one of Dropbox fails with the same error. When the answer lacks
 * what the driver reads, it throws any other TypeError.
 */
export async function ofDriver<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown };
    if (name !== 'TypeError') throw cause;
    if (message === 'terminated') throw new BrokenAnswer(message, { cause });
    throw new ForeignAnswer(`the driver can't read it: ${String(message)}`, { cause });
  }
}

/** Whether the driver, or a checked write, threw this. */
export function isGraphError(error: unknown): boolean {
  return [ArangoError, ItemRefused, NetworkError, BrokenAnswer, ForeignAnswer].some((kind) => error instanceof kind);
}

/** Translates an error of the driver into a failure whose type says who has to act. A typed failure stays unchanged. */
export function graphFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ArangoError || error instanceof ItemRefused) return refusal(error);
  const cause = { cause: error };
  if (error instanceof HttpError) {
    const text = `ArangoDB answered HTTP ${error.code}`;
    if (error.code === 401 || error.code === 403) return credentialsRefused(error);
    if (transientStatus.has(error.code)) return failure('GraphUnavailable', text, cause);
    return failure('GraphUnexpected', `${text} without its error document`, cause);
  }
  if (error instanceof NetworkError) {
    const address = error.request === undefined ? 'ArangoDB' : `ArangoDB at ${new URL(error.request.url).origin}`;
    const advice = 'check that it runs and that ARANGO_URL is right';
    return failure('GraphUnavailable', `${address} does not answer (${error.message}): ${advice}`, cause);
  }
  if (error instanceof BrokenAnswer) {
    return failure('GraphUnavailable', "ArangoDB's answer is incomplete: the connection broke", cause);
  }
  if (error instanceof ForeignAnswer) {
    const advice = 'check that ARANGO_URL is right, and what a proxy in front of it answers';
    return failure('GraphUnavailable', `the answer is not one of ArangoDB (${error.message}): ${advice}`, cause);
  }
  return failure('GraphUnexpected', messageOf(error), cause);
}

/** Worth another try: the request had no answer, an incomplete one, or one that says that it may succeed in a moment. */
export function isTransient(error: unknown): boolean {
  return isGraphError(error) && !(error instanceof FinalTimeout) && graphFailure(error).type === 'GraphUnavailable';
}

/** Runs graph work of an activity. Errors of ArangoDB become typed failures; all others pass unchanged. */
export async function withGraphErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CancelledFailure || !isGraphError(error)) throw error;
    throw graphFailure(error);
  }
}
