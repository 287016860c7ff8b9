/** Rate limits, as Dropbox applies them: one budget per member for user routes, one per team for team routes. */
import { integer, nullable, struct, tags, type Infer } from './schema';

const budget = struct({ calls: integer(1, 1_000_000), seconds: integer(1, 3600) });

export const limitsType = struct({
  /** Budget of each member, for user-linked tokens, Select-User and Select-Admin. Unlimited when absent or null. */
  member: nullable(budget),
  /** Budget of the whole team on team routes. */
  team: nullable(budget),
  /** Form of the 429 answer. `alternate` uses both in turn, because clients must understand both. */
  form: nullable(tags('json', 'text', 'alternate')),
});

export type LimitSettings = Infer<typeof limitsType>;
type Budget = Infer<typeof budget>;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket per account. Refused calls are charged too, so a client that retries too early waits longer. */
export class Limits {
  private settings: Partial<LimitSettings> = {};
  private readonly buckets = new Map<string, Bucket>();
  private refusals = 0;

  constructor(private readonly now: () => number = Date.now) {}

  set(settings: Partial<LimitSettings>): void {
    this.settings = settings;
    this.buckets.clear();
  }

  /** Form of the next 429 answer. */
  nextForm(): 'json' | 'text' {
    this.refusals += 1;
    const form = this.settings.form?.['.tag'] ?? 'alternate';
    if (form !== 'alternate') return form;
    return this.refusals % 2 === 1 ? 'json' : 'text';
  }

  /** Charges one call. Returns the seconds to wait when the budget is exhausted, otherwise undefined. */
  charge(kind: 'member' | 'team', account: string): number | undefined {
    const limit = this.settings[kind];
    if (!limit) return undefined;
    const bucket = this.refill(`${kind} ${account}`, limit);
    const covered = bucket.tokens >= 1;
    bucket.tokens = Math.max(bucket.tokens - 1, -limit.calls);
    return covered ? undefined : Math.max(1, Math.ceil(((1 - bucket.tokens) * limit.seconds) / limit.calls));
  }

  private refill(key: string, limit: Budget): Bucket {
    const now = this.now();
    const bucket = this.buckets.get(key) ?? { tokens: limit.calls, at: now };
    const earned = ((now - bucket.at) / 1000) * (limit.calls / limit.seconds);
    bucket.tokens = Math.min(limit.calls, bucket.tokens + earned);
    bucket.at = now;
    this.buckets.set(key, bucket);
    return bucket;
  }
}
