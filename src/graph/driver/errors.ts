import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ArangoError, HttpError, NetworkError } from 'arangojs/errors';
import { failure } from '../../failures';

/** One document of a multi-document request that the server did not take; the request itself answered with success. */
export class ItemRefused extends Error {
  override name = 'ItemRefused';

  constructor(
    readonly collection: string,
    /** Key of the document, as far as it is known. */
    readonly key: string | undefined,
    readonly errorNum: number,
    errorMessage: string,
  ) {
    super(`${collection}/${key ?? '?'}: ${errorMessage}`);
  }
}

/** Numbers of ArangoDB's error table that this connector tells apart. */
export const arangoErrors = {
  forbidden: 11,
  lockTimeout: 18,
  locked: 28,
  deadlock: 29,
  shuttingDown: 30,
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

/** Somebody else wrote the same thing at the same time: on the new state the work can be done again. */
const conflicts = new Set<number>([
  arangoErrors.conflict,
  arangoErrors.lockTimeout,
  arangoErrors.locked,
  arangoErrors.deadlock,
  arangoErrors.uniqueConstraint,
]);

/** The server, or what it kept for us (cursor, transaction), went away: passing. */
const outages = new Set<number>([
  arangoErrors.shuttingDown,
  arangoErrors.startingUp,
  arangoErrors.readOnly,
  arangoErrors.queryKilled,
  arangoErrors.cursorNotFound,
  arangoErrors.transactionAborted,
  arangoErrors.transactionNotFound,
]);

const transientStatus = new Set([408, 429, 502, 503, 504]);

/** ArangoDB's error number of anything thrown by the driver or by a checked write. */
export function errorNumOf(error: unknown): number | undefined {
  return error instanceof ArangoError || error instanceof ItemRefused ? error.errorNum : undefined;
}

export function isConflict(error: unknown): boolean {
  const errorNum = errorNumOf(error);
  return errorNum !== undefined && conflicts.has(errorNum);
}

/** The collection that a refused request was about, from the refusal itself or from the address of the request. */
function collectionOf(error: ArangoError | ItemRefused): string | undefined {
  if (error instanceof ItemRefused) return error.collection;
  const url = error.request?.url;
  return url === undefined ? undefined : /\/_api\/document\/([^/?]+)/.exec(url)?.[1];
}

function refusal(error: ArangoError | ItemRefused): ApplicationFailure {
  const collection = collectionOf(error);
  const details = { errorNum: error.errorNum, ...(collection === undefined ? {} : { collection }) };
  const options = { cause: error, details };
  const said = error.message;
  const status = error instanceof ArangoError ? error.code : undefined;
  if (conflicts.has(error.errorNum)) {
    return failure('GraphConflict', `ArangoDB: somebody else wrote the same document (${said})`, options);
  }
  if (outages.has(error.errorNum) || (status !== undefined && transientStatus.has(status))) {
    return failure('GraphUnavailable', `ArangoDB can't answer now: ${said}`, options);
  }
  if (status === 401 || status === 403 || error.errorNum === arangoErrors.forbidden) return credentialsRefused(error);
  switch (error.errorNum) {
    case arangoErrors.schemaViolation:
      return failure(
        'GraphRefused',
        `ArangoDB refused a document of ${collection ?? 'a collection'} by the schema of that collection (${said}): ` +
          'this connector writes the fields of the schemas that PipesHub applies at its start, so restart the ' +
          'connector service of PipesHub to renew them, or look at the schema that is in force there',
        options,
      );
    case arangoErrors.databaseNotFound:
      return failure(
        'GraphRefused',
        'ArangoDB has no such database: set ARANGO_DATABASE to the one of PipesHub, and start PipesHub once before',
        options,
      );
    case arangoErrors.collectionNotFound:
      return failure(
        'GraphRefused',
        `ArangoDB lacks a collection (${said}): start the worker once, it creates what is missing`,
        options,
      );
    case arangoErrors.documentTooLarge:
      return failure(
        'GraphRefused',
        `ArangoDB refused a document of ${collection ?? 'a collection'}: ${said}`,
        options,
      );
    default:
      return failure('GraphUnexpected', `ArangoDB answered ${error.errorNum}: ${said}`, options);
  }
}

function credentialsRefused(cause: Error): ApplicationFailure {
  return failure(
    'GraphRefused',
    'ArangoDB refused the user: check ARANGO_USERNAME and ARANGO_PASSWORD, and that this user may write the database',
    { cause },
  );
}

/** The driver hands on what Node's fetch throws when the connection ends in the middle of an answer. */
function isBrokenAnswer(error: unknown): error is Error {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  return name === 'TypeError' && (message === 'terminated' || message === 'fetch failed');
}

function isGraphError(error: unknown): boolean {
  return (
    error instanceof ArangoError ||
    error instanceof ItemRefused ||
    error instanceof NetworkError ||
    isBrokenAnswer(error)
  );
}

/** Translates what the driver threw into a failure whose type says who has to act. Never widens what may be retried. */
export function graphFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ArangoError || error instanceof ItemRefused) return refusal(error);
  if (error instanceof HttpError) {
    if (error.code === 401 || error.code === 403) return credentialsRefused(error);
    if (transientStatus.has(error.code)) {
      return failure('GraphUnavailable', `ArangoDB answered HTTP ${error.code}`, { cause: error });
    }
    return failure('GraphUnexpected', `ArangoDB answered HTTP ${error.code} without its error document`, {
      cause: error,
    });
  }
  if (error instanceof NetworkError) {
    const address = error.request === undefined ? 'ArangoDB' : `ArangoDB at ${new URL(error.request.url).origin}`;
    return failure(
      'GraphUnavailable',
      `${address} does not answer (${error.message}): check that it runs and that ARANGO_URL is right`,
      { cause: error },
    );
  }
  if (isBrokenAnswer(error)) {
    return failure('GraphUnavailable', "ArangoDB's answer ended in the middle: the connection broke", { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return failure('GraphUnexpected', message, { cause: error });
}

/** The same request may succeed in a moment: no answer, a broken one, or one that says so. */
export function isTransient(error: unknown): boolean {
  return isGraphError(error) && graphFailure(error).type === 'GraphUnavailable';
}

/** Runs graph work of an activity; errors of ArangoDB leave it as typed failures, all others as they are. */
export async function withGraphErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CancelledFailure || !isGraphError(error)) throw error;
    throw graphFailure(error);
  }
}
