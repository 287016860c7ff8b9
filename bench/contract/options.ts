import type { Result } from './assumption';

export interface ContractOptions {
  /** Whether to try what changes something too, in scratch folders or in a scratch database. */
  write: boolean;
  /** How long the effect of a change is waited for. */
  waitSeconds: number;
  /** Called with each result. */
  report: (result: Result) => void;
  /** Called with what a person has to do afterwards. */
  warn: (message: string) => void;
}
