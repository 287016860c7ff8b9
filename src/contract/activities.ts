import type { HeldNamespace, NamespacePreview, SyncOutcome } from './sync';
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
  orgId: string;
  mode: 'full' | 'incremental';
  startedAt: number;
  /** Items wait on the dead letters for another try. */
  retry: boolean;
  /** The filters are not those that the graph was made with. */
  refilter: boolean;
  /** All namespaces are looked at, whatever a webhook named: the last run that did is too long ago. */
  whole: boolean;
}

export interface PhaseInput extends RunInput {
  full: boolean;
}

export interface SharingEventsInput extends PhaseInput {
  /** Before the listings of an incremental run: files that nobody has listed yet may be among what they bring. */
  early?: boolean;
}

export interface DiscoverResult extends PartCounts {
  namespaces: number;
  /** How many member lists are to be read. */
  due: number;
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
  /** Namespaces whose revocations an operator has agreed to; only these are read. */
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
  /** Namespaces that are to be listed now, those that changed included. */
  listed: number;
  /** Namespaces that are to be removed. */
  leaving: number;
}

export interface DelegatesInput extends RunInput {
  after: string;
  limit: number;
  /** These namespaces alone, all of them, whatever `after` and `limit` say. */
  only?: string[];
}

export interface DelegateWork {
  delegate: string;
  namespaceIds: string[];
}

export interface NamespaceInput extends RunInput {
  namespaceId: string;
  /** An operator has agreed to what the brake held back. */
  approved: boolean;
  /** Acting members who could not list it in this run. */
  refused?: string[];
}
export interface NamespaceResult extends PartCounts {
  done: boolean;
  held?: HeldNamespace;
  /** The acting member who can't list it: somebody else does now. */
  refused?: string;
  /** Dropbox has taken the cursor back: the listing begins anew. */
  restarted?: boolean;
  /** Why it could not be read to its end; it is tried again in the next run. */
  gap?: string;
}

export interface PurgeInput extends RunInput {
  /** Only what has been waiting for long: this run could not look everywhere. */
  onlyOld: boolean;
}

export interface Problems {
  gaps: string[];
  deadLetters: number;
  /** Records wait that nothing points to any more. */
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
