import type { DataView } from '../../storage/types';

/** What a function may use beside its arguments. */
export interface FunctionContext {
  /** What the query reads. */
  readonly view: DataView;
  warn(code: number, text: string): void;
  /** Ends a query that has run for too long (1500). */
  checkRuntime(): void;
}

/** Absent optional arguments are undefined. */
export type Implementation = (context: FunctionContext, ...args: unknown[]) => unknown;

export interface AqlFunction {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly implementation: Implementation;
  /** The same arguments give the same result, so a call may be made earlier, or once for many rows. Default true. */
  readonly deterministic: boolean;
  /** Reads documents, so it must not come after a write in a query. Default false. */
  readonly reads: boolean;
}

type Traits = Partial<Pick<AqlFunction, 'deterministic' | 'reads'>>;

/** A group of functions by name: number of arguments (least, most), what they do, and traits that are not the default. */
export type FunctionGroup = Readonly<Record<string, readonly [number, number, Implementation, Traits?]>>;

export const ANY_NUMBER = 64;

/** Wrong types of arguments give null and a warning, never an error. */
export function invalidArgument(context: FunctionContext, name: string): null {
  context.warn(1542, `invalid argument type in call to function '${name}()'`);
  return null;
}
