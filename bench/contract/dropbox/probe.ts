import type { Scratch } from './scratch';
import type { Team } from './team';

/** What the assumptions are tried on. */
export interface Subject {
  team: Team;
  /** Only used by what writes. */
  scratch: Scratch;
}

/** In how many cases something happened. */
export class Share {
  constructor(
    readonly count: number,
    readonly of: number,
  ) {}
}

/** An answer for which the switch has no value. */
export class Other {
  constructor(readonly found: string) {}
}

/** How the value of one switch of the simulator is seen on a team. */
export interface Probe<T> {
  claim: string;
  see: (subject: Subject) => Promise<T | Other | (T extends number ? Share : never)>;
}
