import type { View } from '../../storage/view';

/** What a function may use besides its arguments. */
export interface FunctionContext {
  /** What the query reads. */
  readonly view: View;
  warn(code: number, text: string): void;
}

/** Optional arguments that are absent are undefined. */
export type Implementation = (context: FunctionContext, ...args: unknown[]) => unknown;

export interface AqlFunction {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly implementation: Implementation;
  /** The same arguments always have the same result, so a call may be evaluated earlier or less often. Default true. */
  readonly deterministic: boolean;
  /** The function reads documents, so it must not follow a write in a query. Default false. */
  readonly reads: boolean;
}

type Traits = Partial<Pick<AqlFunction, 'deterministic' | 'reads'>>;

/** Functions by name: minimum and maximum number of arguments, implementation, and traits other than the default. */
export type FunctionGroup = Readonly<Record<string, readonly [number, number, Implementation, Traits?]>>;

export const ANY_NUMBER = 64;

/** The result of a call with an invalid argument: null and a warning, as in ArangoDB. */
export function invalidArgument(context: FunctionContext, name: string): null {
  context.warn(1542, `invalid argument type in call to function '${name}()'`);
  return null;
}

/** The same for a function that needs an array: most of them warn with another number. */
export function arrayExpected(context: FunctionContext, name: string): null {
  context.warn(1563, `in function '${name}()': array expected`);
  return null;
}
