import { ArangoFailure, errorText } from '../errors';

/** What the server was doing with a query when it refused it; part of the error's text. */
export type QueryState = 'parsing' | 'instantiating plan' | 'optimizing plan' | 'executing';

/** A failure of a query, worded as the server words it: `AQL: <text> (while <state>)`. */
export function queryFailure(errorNum: number, text: string, state: QueryState): ArangoFailure {
  return new ArangoFailure(errorNum, `AQL: ${text} (while ${state})`);
}

/** The place of an offset in the query's text, as error texts give it: line, counted from 1, and column. */
export function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

/** A refusal of the query's text (1501 unless told otherwise) that shows where it stopped making sense. */
export function syntaxFailure(text: string, offset: number, problem: string, errorNum = 1501): ArangoFailure {
  const rest = text.slice(offset);
  const shown = rest.length > 32 ? `${rest.slice(0, 32)}...` : rest;
  const near = shown === '' ? '' : ` near '${shown}'`;
  return queryFailure(errorNum, `${problem}${near} at position ${positionOf(text, offset)}`, 'parsing');
}

/** A construct of ArangoDB that this stand-in does not have: refused as a syntax error that says so. */
export function notSupported(text: string, offset: number, construct: string): ArangoFailure {
  return syntaxFailure(text, offset, `${errorText(1501)}, ${construct} is not supported`);
}

/** Puts the state behind the text of a storage failure, keeping its number and details. */
export function whileExecuting(failure: ArangoFailure): ArangoFailure {
  if (failure.message.startsWith('AQL: ')) return failure;
  return new ArangoFailure(failure.errorNum, `AQL: ${failure.message} (while executing)`, failure.details);
}
