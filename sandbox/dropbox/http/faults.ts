/** Fault injection by rule: failures of the network and of Dropbox, and untrue answers. */
import { integer, list, nullable, real, refine, string, struct, tags, type Infer } from './schema';

const route = refine(string({ min: 1 }), (text) => {
  try {
    new RegExp(text);
    return undefined;
  } catch {
    return `'${text}' is not a regular expression`;
  }
});

/** Kinds that change the content of an answer: `lies.ts` says how. */
export const LIE_KINDS = [
  'empty-list',
  'short-list',
  'unknown-tag',
  'missing-field',
  'null-field',
  'text-field',
  'number-field',
  'list-field',
  'object-field',
  'odd-field',
  'extreme-field',
  'more-fields',
  'reverse',
  'contradict',
  'error-body',
  'endless',
  'repeat',
  'foreign',
  'half-body',
] as const;

export const faultRulesType = struct({
  rules: list(
    struct({
      /** Regular expression that the route's name must match, for example `files/list_folder` or `oauth2/token`. */
      route,
      kind: tags('429', '429-bare', '503', '500', 'error', 'reset', 'timeout', 'truncate', ...LIE_KINDS),
      /**
       * What a lie is about: names of fields joined by dots, through the items of lists, for example
       * `entries.path_lower`; commas join several. For `error`: the tags of the error, for example `path.not_found`.
       */
      field: nullable(string({ min: 1 })),
      /** Share of the matching calls that fail, 0 to 1. Without `rate` and `times`, all of them fail. */
      rate: nullable(real(0, 1)),
      /** Number of matching calls that fail before the rule expires. Answers that a lie would not change are not counted. */
      times: nullable(integer(1, 1_000_000_000)),
      /** Seconds in the Retry-After header of 429, where 1 is the default, and of 503. */
      retry_after: nullable(integer(0, 3600)),
    }),
  ),
});

export type FaultRule = Infer<typeof faultRulesType>['rules'][number];
export type FaultKind = FaultRule['kind']['.tag'];

export const isLie = ({ kind }: FaultRule): boolean => (LIE_KINDS as readonly string[]).includes(kind['.tag']);

interface ActiveRule {
  matches: RegExp;
  rule: FaultRule;
  left: number;
}

/** Decides which calls fail and how. The same seed and the same calls give the same faults. */
export class Faults {
  private active: ActiveRule[] = [];
  private state: number;
  private applied = 0;

  constructor(seed = 1) {
    this.state = seed;
  }

  /** Number of calls that have failed or were lied to since the rules were set. */
  get count(): number {
    return this.applied;
  }

  /** Replaces all rules. */
  set(rules: readonly FaultRule[]): void {
    this.applied = 0;
    this.active = rules.map((rule) => ({ matches: new RegExp(rule.route), rule, left: rule.times ?? Infinity }));
  }

  /** The first rule that makes this call fail. */
  nextFault(routeName: string): FaultRule | undefined {
    for (const entry of this.active) {
      if (entry.left <= 0 || !entry.matches.test(routeName)) continue;
      if (entry.rule.rate !== undefined && this.random() >= entry.rule.rate) continue;
      entry.left -= 1;
      this.applied += 1;
      return entry.rule;
    }
    return undefined;
  }

  /** A lie that would not have changed the answer is for a later call. */
  takeBack(rule: FaultRule): void {
    for (const entry of this.active) {
      if (entry.rule !== rule) continue;
      entry.left += 1;
      this.applied -= 1;
    }
  }

  /** Mulberry32: uniform enough for shares of calls, and reproducible. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
}
