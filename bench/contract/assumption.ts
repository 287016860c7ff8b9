/** What an assumption says after it was tried. Texts hold tags, numbers and words of this project: no name, no content. */
export type Outcome =
  | { readonly outcome: 'holds' }
  | { readonly outcome: 'differs'; readonly found: string; readonly set?: string }
  | { readonly outcome: 'not tried'; readonly why: string };

/** Something that a stand-in, and so the worker, takes for granted of the real server. */
export interface Assumption<Server> {
  readonly name: string;
  /** One sentence, without the subject's name. */
  readonly claim: string;
  /** Whether it changes something: only with `--write`. */
  readonly writes: boolean;
  readonly try: (server: Server) => Promise<Outcome>;
}

export type Result = Outcome & { readonly name: string; readonly claim: string };

/** The server does not have what would be needed to see it. */
export class NotTried extends Error {
  override readonly name = 'NotTried';
}

export const holds: Outcome = { outcome: 'holds' };

/** The message of `fetch` when there is no answer. */
export const NO_ANSWER = 'fetch failed';

/** Compares what was expected with what was found, both as text. */
export const compare = (expected: string, found: string): Outcome =>
  found === expected ? holds : { outcome: 'differs', found };

export const notTried =
  (why: string): (() => Promise<Outcome>) =>
  () =>
    Promise.resolve({ outcome: 'not tried', why });

/** Tries one after the other. An error of one does not end the others. */
export async function tryAll<Server>(
  server: Server,
  assumptions: readonly Assumption<Server>[],
  { write, report }: { write: boolean; report: (result: Result) => void },
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, claim, writes, try: attempt } of assumptions) {
    const outcome: Outcome =
      writes && !write ? { outcome: 'not tried', why: 'it changes something: --write' } : await safely(attempt, server);
    const result = { name, claim, ...outcome };
    results.push(result);
    report(result);
  }
  return results;
}

async function safely<Server>(attempt: (server: Server) => Promise<Outcome>, server: Server): Promise<Outcome> {
  try {
    return await attempt(server);
  } catch (error) {
    if (error instanceof NotTried) return { outcome: 'not tried', why: error.message };
    const { name, message } = error as Error;
    // Without an answer, nothing more can be tried.
    if (message === NO_ANSWER) throw error;
    return { outcome: 'differs', found: `an answer of another form (${name})` };
  }
}

/** Below this probability a share that was seen is not the assumed one. */
const IMPROBABLE = 1e-4;

/** Whether `count` of `of` independent cases can come from this probability, and not from a quite different one. */
export function isProbable(count: number, of: number, probability: number): boolean {
  if (probability <= 0) return count === 0;
  if (probability >= 1) return count === of;
  const exactly = (hits: number): number => {
    let log = 0;
    for (let step = 1; step <= hits; step++) log += Math.log((of - hits + step) / step);
    return Math.exp(log + hits * Math.log(probability) + (of - hits) * Math.log1p(-probability));
  };
  let atLeast = 0;
  for (let hits = count; hits <= of; hits++) atLeast += exactly(hits);
  const atMost = 1 - atLeast + exactly(count);
  return Math.min(atLeast, atMost) > IMPROBABLE;
}
