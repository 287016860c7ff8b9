import type { Decide, ProxiedRequest } from '../faultProxy';
import type { Cell } from './cells';

/** stale: what the same call was answered before, as by a cache. other-call: what another call of the route was answered. */
export const REPLAY_KINDS = ['stale', 'other-call'];

/** Answers calls of a route with former answers. An answer that would be the same is left for a later call. */
export class Replays {
  /** Answers that were replaced since `answer`. */
  count = 0;
  /** The last honest answer to each call, by route. */
  private readonly answers = new Map<string, Map<string, string>>();
  private lie: Cell | undefined;

  readonly decide: Decide = (request) => ({ rewrite: (text) => this.answerTo(request, text) });

  answer(lie: Cell | undefined): void {
    this.count = 0;
    this.lie = lie;
  }

  private answerTo(request: ProxiedRequest, honest: string): string {
    const route = request.path.replace(/^\/2\//, '');
    // The status of an answer stays as it is.
    if (honest.includes('"error_summary"')) return honest;
    const known = this.answers.get(route) ?? new Map<string, string>();
    this.answers.set(route, known);
    const call = callOf(request);
    const former = this.lie?.route === route ? this.formerAnswer(this.lie, known, call, honest) : undefined;
    if (former === undefined) known.set(call, honest);
    else this.count += 1;
    return former ?? honest;
  }

  private formerAnswer(
    { kind, scope }: Cell,
    known: ReadonlyMap<string, string>,
    call: string,
    honest: string,
  ): string | undefined {
    if (scope === 'once' && this.count > 0) return undefined;
    const candidates =
      kind === 'stale' ? [known.get(call)] : [...known].map(([of, text]) => (of === call ? honest : text));
    return candidates.find((text) => text !== undefined && text !== honest);
  }
}

/** Who asks for what. */
const callOf = ({ headers, body }: ProxiedRequest): string =>
  ['dropbox-api-select-user', 'dropbox-api-select-admin', 'dropbox-api-path-root']
    .map((name) => String(headers[name] ?? ''))
    .concat(body)
    .join(' ');
