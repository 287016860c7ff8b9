import { ArangoFailure, errorText } from '../errors';

/** The phase of query processing in which an error occurred. Part of the error's text. */
export type QueryState = 'parsing' | 'instantiating plan' | 'optimizing plan' | 'executing';

/** A failure of a query with ArangoDB's wording: `AQL: <text> (while <state>)`. */
export const queryFailure = (errorNum: number, text: string, state: QueryState): ArangoFailure =>
  new ArangoFailure(errorNum, `AQL: ${text} (while ${state})`);

/** An offset in the query's text as line and column, both counted from 1. */
function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

/** A syntax error. Its text contains the position and the query's text from there. */
export function syntaxFailure(text: string, offset: number, problem: string, errorNum = 1501): ArangoFailure {
  const rest = text.slice(offset);
  const excerpt = rest.length > 32 ? `${rest.slice(0, 32)}...` : rest;
  const near = excerpt === '' ? '' : ` near '${excerpt}'`;
  return queryFailure(errorNum, `${problem}${near} at position ${positionOf(text, offset)}`, 'parsing');
}

/** The error for a construct of ArangoDB that the emulator does not have. It names the construct. */
export const notSupported = (text: string, offset: number, construct: string): ArangoFailure =>
  syntaxFailure(text, offset, `${errorText(1501)}, ${construct} is not supported by this emulator`);

/** Adds the phase to the text of a storage failure. Number and details stay. */
export function whileExecuting(failure: ArangoFailure): ArangoFailure {
  if (failure.message.startsWith('AQL: ')) return failure;
  return new ArangoFailure(failure.errorNum, `AQL: ${failure.message} (while executing)`, failure.details);
}
