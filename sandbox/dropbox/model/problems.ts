import type { common, files } from 'dropbox';

/** A member of any error union of the API. */
export interface TaggedError {
  '.tag': string;
}

/** An error of the route's error union. The HTTP layer sends it as status 409 in the error envelope. */
export class DropboxProblem extends Error {
  override readonly name = 'DropboxProblem';

  constructor(readonly error: TaggedError) {
    super(error['.tag']);
  }
}

/**
 * A malformed argument. The HTTP layer sends it as status 400 in plain text, after the place of the argument in the
 * request unless `placed` is false.
 */
export class BadArgument extends Error {
  override readonly name = 'BadArgument';

  constructor(
    message: string,
    readonly placed = true,
  ) {
    super(message);
  }
}

/** A cursor that can't be used. Dropbox's message does not name its place in the request. */
export const badCursor = (complaint: string): BadArgument =>
  new BadArgument(`Invalid "cursor" parameter: ${complaint}`, false);

/** A path root that the acting account can't use. The HTTP layer sends it as status 422. */
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

/** A LookupError by its tag. The text of `malformed_path` is optional, although the SDK's types require it. */
export function lookupError(tag: LookupTag): files.LookupError {
  return { '.tag': tag } as files.LookupError;
}

/** The WriteError for a malformed path, without the text that the SDK's types require. */
export const malformedTarget = { '.tag': 'malformed_path' } as files.WriteError;
