import type { HeldNamespace, NamespacePreview, SyncOutcome } from './sync';
import type { ListProgress } from '../sync/listProgress';
import type { PartCounts } from './counts';

/**
 * Inputs and results of the activities. Ids, counters and cursors only: nothing secret and nothing large may enter a
 * workflow history.
 */
export interface RunInput {
  connectorId: string;
  /** Made by the workflow; the same for all activities of a run. */
  runId: string;
}

export interface BeginInput extends RunInput {
  mode: 'auto' | 'full' | 'incremental';
  dryRun: boolean;
}
export interface RunSettings {
  mode: 'full' | 'incremental';
  startedAt: number;
  /** There are dead letters to try again. */
  retry: boolean;
  /** The filters are not those that the graph was made with. */
  refilter: boolean;
  /** Look at all namespaces, even if a webhook named members: the last run that did is too long ago. */
  whole: boolean;
  /** There were no sync points: PipesHub has deleted them, and it may still be deleting edges. */
  rebuilds: boolean;
}

export interface PhaseInput extends RunInput {
  full: boolean;
  /** List all namespaces from the start; without it, only those without a cursor. */
  relistAll?: boolean;
  /** When the run started, ms. Whatever has no event cursor yet is followed from there. */
  startedAt: number;
}

export interface SharingEventsInput extends PhaseInput {
  /**
   * Read before the listings of an incremental run: events may name files that are not stored yet, and that the
   * listings bring.
   */
  early?: boolean;
}

/** A list of the team's that was read. */
export interface TeamListResult extends PartCounts {
  /** What the list leaves out or says wrongly. */
  gaps: string[];
}

export interface DiscoverResult extends TeamListResult {
  namespaces: number;
}

export interface StepResult extends PartCounts {
  done: boolean;
}
export interface ReadMembersResult extends StepResult {
  gaps: string[];
  held: HeldNamespace[];
}

export interface ReadMembersInput extends RunInput {
  /** Most lists that are read; `done` says whether there are more. */
  limit: number;
  /** Namespaces whose revocations an operator has approved; only these are read. */
  approved?: string[];
}

export interface ProbeInput extends RunInput {
  /** Only namespaces that these members list or own. */
  members?: string[];
}
export interface ProbeResult extends PartCounts {
  probed: number;
  /** Something is to be read in them. */
  changed: number;
  /** Their delegate can't read them any more. */
  lost: number;
  /** Namespaces to list now, those that changed included. */
  listed: number;
  leaving: number;
}

export interface DelegatesInput extends RunInput {
  after: string;
  limit: number;
  /** These namespaces only, all of them, whatever `after` and `limit` say. */
  only?: string[];
}

export interface DelegateWork {
  delegate: string;
  namespaceIds: string[];
}

export interface NamespaceInput extends RunInput {
  namespaceId: string;
  /** An operator has approved the deletions that the deletion guard stopped. */
  approved: boolean;
  /** When the run started, ms. */
  startedAt: number;
  /** Acting members who could not list it in this run. */
  refused?: string[];
  /** What earlier attempts know of the pages of this listing. */
  pages?: ListProgress;
}
export interface NamespaceResult extends PartCounts {
  done: boolean;
  held?: HeldNamespace;
  /** The acting member who can't list it: another one is the delegate now. */
  refused?: string;
  /** Dropbox has reset the cursor: the listing starts from the beginning. */
  restarted?: boolean;
  /** Why it could not be read to its end; the next run tries again. */
  gap?: string;
  /** For the next attempt: more pages follow. */
  pages?: ListProgress;
}

export interface GiveUpInput extends RunInput {
  namespaceIds: string[];
  problem: string;
}

export interface RemovalsInput extends RunInput {
  /** The last id of the answer before; '' at first. */
  after: string;
}

export interface PurgeInput extends RunInput {
  /** Only orphans of a day or older: this run could not look everywhere. */
  onlyOld: boolean;
}

export interface Problems {
  gaps: string[];
  deadLetters: number;
  /** There are records that no stored entry points to any more. */
  orphans: boolean;
}

export interface FinishInput extends RunInput {
  outcome: SyncOutcome;
  startedAt: number;
  /** It looked at every namespace. */
  whole: boolean;
}

export interface DryRunResult extends PartCounts {
  /** Namespaces in which something would change, the largest changes first. */
  previews: NamespacePreview[];
}
