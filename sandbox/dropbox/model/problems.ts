import type { common, files } from 'dropbox';

/** Any member of an error union of the API, as a plain tagged value. */
export interface TaggedError {
  '.tag': string;
}

/** A refusal with the route's own error union; the HTTP layer sends it as 409 in its envelope. */
export class DropboxProblem extends Error {
  override readonly name = 'DropboxProblem';

  constructor(readonly error: TaggedError) {
    super(error['.tag']);
  }
}

/** A malformed argument; the HTTP layer sends it as plain-text 400. */
export class BadArgument extends Error {
  override readonly name = 'BadArgument';
}

/** A path root that does not hold for the acting account; the HTTP layer sends it as 422. */
export class PathRootProblem extends Error {
  override readonly name = 'PathRootProblem';

  constructor(readonly error: common.PathRootError) {
    super(error['.tag']);
  }
}

/** Throws a route's error. The type argument names the union, so that the compiler checks the tag. */
export function refuse<E extends TaggedError>(error: E): never {
  throw new DropboxProblem(error);
}

export type LookupTag = files.LookupError['.tag'];

/** LOOKUP errors by tag. That of a malformed path may carry a text; it is optional, whatever the SDK's types say. */
export function lookupError(tag: LookupTag): files.LookupError {
  return { '.tag': tag } as files.LookupError;
}

/** The same for WRITE. */
export const malformedTarget = { '.tag': 'malformed_path' } as files.WriteError;
