/**
 * Inputs and results of the activities. They hold ids, counts and cursors only, since a workflow history stores each of
 * them: nothing secret and nothing large may enter it.
 */
import type { SyncFilters } from '../sync/connectorDocument';
import type { ListProgress } from '../sync/listProgress';
import type { PartCounts } from './counts';
import type { HeldNamespace } from './held';
import type { NamespacePreview, SyncOutcome } from './sync';

/** The run that an activity works for. */
export interface RunInput {
  connectorId: string;
  /** The workflow makes it. It is the same for all activities of a run. */
  runId: string;
}

/** Input of `beginCleanup`. */
export interface CleanupInput extends RunInput {
  /** See `CleanupRequest`. */
  keepSettings: boolean;
}

/** Input of `beginRun`. */
export interface BeginInput extends RunInput {
  mode: 'auto' | 'full' | 'incremental';
  dryRun: boolean;
  /** New filters, which replace the stored ones. Without them, the stored ones stay. */
  filters?: SyncFilters;
}
/** The connector that a run found when it began, and the settings of the run. */
export interface BegunRun extends RunSettings {
  orgId: string;
}
/** What the phases of a run follow. */
export interface RunSettings {
  mode: 'full' | 'incremental';
  /** When the run started, ms. */
  startedAt: number;
  /** Delegates that are listed at the same time. Runs that began without it use the profiles' own number. */
  window?: number;
  /** Whether there are dead letters, which the run tries again. */
  retry: boolean;
  /** Whether the filters differ from those that the last run applied, so that stored entries are filtered again. */
  refilter: boolean;
  /**
   * Whether the run looks at all namespaces although a webhook named only some members. It does when the last run that
   * looked at all of them is too long ago, so that none waits longer than that for its members to name it.
   */
  whole: boolean;
  /**
   * Whether the connector had no sync points when the run began: it is new, or PipesHub ordered a full sync. PipesHub
   * does so by deleting the sync points first and then nearly all edges, so it may still be deleting edges.
   */
  rebuilds: boolean;
  /**
   * Whether this run completes a full one: it is full, or the last full one could not read everything. Then it releases
   * what was found nowhere.
   */
  releases: boolean;
}

/** Input of a phase, and of the activities that need no more: `syncMembers`, `syncGroups`, `discoverNamespaces`, … */
export interface PhaseInput extends RunInput {
  /** Whether everything is read, also what no event has named. */
  full: boolean;
  /** Whether all namespaces are listed from the start. Otherwise only those without a cursor are. */
  relistAll?: boolean;
  /** When the run started, ms. A category of events without a cursor is read from an hour before that. */
  startedAt: number;
}

/** Input of `readSharingEvents`. */
export interface SharingEventsInput extends PhaseInput {
  /**
   * Whether the events are read before the listings of an incremental run. Such events may name files that only the
   * listings will store, so the names of unknown files are kept until after the listings.
   */
  early?: boolean;
}

/** The result of reading one of the team's lists: its members, groups or namespaces. */
export interface TeamListResult extends PartCounts {
  /** One line for each thing that the list leaves out, or states in a form that can't be used. */
  gaps: string[];
}

/** Result of `syncMembers`. */
export interface MembersResult extends TeamListResult {
  /** Whether the access of some members has to be applied again. */
  accessDue: boolean;
  /** No namespace of the connector is stored yet. */
  isFirst: boolean;
}

/** Result of `discoverNamespaces`. */
export interface DiscoverResult extends TeamListResult {
  /** How many namespaces the team's lists name. */
  namespaces: number;
  /** Whether the member lists of some namespaces have to be read. */
  listsDue: boolean;
}

/** Result of `readSharingEvents`. */
export interface SharingEventsResult extends PartCounts {
  /** What has to be read after the listings. Absent for events that are read before them. */
  due?: SharingDue;
}

/** What the sharing phase has to read. */
export interface SharingDue {
  /** Member lists of namespaces. */
  lists: boolean;
  /** Member lists of files. */
  files: boolean;
  /** Files that members received. */
  received: boolean;
}

/** The result of an activity that does a part of its work. The workflow calls it until it is done. */
export interface StepResult extends PartCounts {
  done: boolean;
}

/** Result of `removeNamespace`. */
export interface RemovalResult extends StepResult {
  /** Present if the removal of a namespace awaits approval. Its content stays until then. */
  held?: HeldNamespace;
}

/** Result of `applyFilters`. */
export interface FiltersResult extends PartCounts {
  /** Namespaces in which changed filters would delete too much without approval. */
  held: HeldNamespace[];
}

/** Result of `readNamespaceMembers`. */
export interface ReadMembersResult extends StepResult {
  /** One line for each member list that could not be read. */
  gaps: string[];
  /** Namespaces in which the lists would revoke too much without approval. */
  held: HeldNamespace[];
}

/** Input of `readNamespaceMembers`. */
export interface ReadMembersInput extends RunInput {
  /** At most this many lists are read. `done` of the result says whether none remain. */
  limit: number;
}

/** Input of `probeNamespaces`. */
export interface ProbeInput extends RunInput {
  /** Only namespaces that these members list, own or may be able to read are probed. Without it, all are. */
  members?: string[];
  /** All namespaces are listed from the start in this run, and some of them are already: none is probed. */
  listsAll?: boolean;
}

/** Result of `probeNamespaces`. */
export interface ProbeResult extends PartCounts {
  /** Namespaces whose delegate was asked whether something has changed in them. */
  probed: number;
  /** Probed namespaces that have to be listed, since something has changed or the cursor can't be used. */
  changed: number;
  /** Probed namespaces that their delegate can't read any more. */
  lost: number;
  /** Namespaces to list in this run: those that changed, and those that had to be listed before the probe. */
  listed: number;
  /** Namespaces to remove before the run ends, since they are gone or no member can see them any more. */
  leaving: number;
}

/** Input of `assignDelegates`. */
export interface AssignInput extends RunInput {
  /** Only namespaces without a member list: who can read them is known without asking. */
  withoutList?: boolean;
}

/** Input of `nextDelegates`. */
export interface DelegatesInput extends RunInput {
  /** The last delegate of the result before, in the order of their ids. The first call passes `''`. */
  after: string;
  /** At most this many delegates are returned. */
  limit: number;
  /** Present: only work in these namespaces is returned, all of it, and `after` and `limit` are ignored. */
  only?: string[];
  /** Present: only work in namespaces without a member list (true), or in the others (false). */
  withoutList?: boolean;
  /** Present: only work of this delegate after this namespace is returned. */
  rest?: { delegate: string; after: string };
}

/** The namespaces that one delegate has to list in a run. */
export interface DelegateWork {
  /** The id of a member, or `admin`. */
  delegate: string;
  /** In the order of their ids. */
  namespaceIds: string[];
  /** True: the delegate has more of them, beyond what one answer holds. */
  more?: boolean;
}

/** Input of `syncNamespace`. */
export interface NamespaceInput extends RunInput {
  namespaceId: string;
  /** When the run started, ms. */
  startedAt: number;
  /** Delegates who could not list the namespace in this run. None of them is chosen again. */
  refused?: string[];
  /** What earlier calls found out about the pages of this listing, so that an endless list is recognized. */
  pages?: ListProgress;
}

/** Result of `syncNamespace`, of one call of several. */
export interface NamespaceResult extends PartCounts {
  /** False: the next call continues the listing, unless there is a `gap` or held deletions end it for this run. */
  done: boolean;
  /** Present if deletions or revocations in the namespace await approval. */
  held?: HeldNamespace;
  /** The delegate who can't list the namespace. Another one has taken their place. */
  refused?: string;
  /** True: the cursor can't be used any more, so the next call lists the namespace from the start. */
  restarted?: boolean;
  /** Why the namespace could not be listed to its end. The next run tries again. */
  gap?: string;
  /** Present if more pages follow: what the next call has to get as its `pages`. */
  pages?: ListProgress;
}

/** Input of `giveUpListings`. */
export interface GiveUpInput extends RunInput {
  namespaceIds: string[];
  /** Why they can't be listed in this run. It is stored with each of them, and is a gap of the run. */
  problem: string;
}

/** Input of `nextRemovals`. */
export interface RemovalsInput extends RunInput {
  /** The last namespace id of the result before. The first call passes `''`. */
  after: string;
}

/** Input of `purgeOrphans`. */
export interface PurgeInput extends RunInput {
  /** Whether only orphans of a day or older are removed, since this run could not look for their items everywhere. */
  onlyOld: boolean;
}

/** Result of `releaseOrphans`. */
export interface ReleaseResult extends PartCounts {
  /** Whether there are records that no stored entry points to any more. */
  orphans: boolean;
}

/** The problems that are stored when a run ends. They are from this run or an earlier one. */
export interface Problems {
  /** One line for each thing that could not be read or stored. */
  gaps: string[];
  /** The first hundred of the changes that await approval or were rejected. */
  held: HeldNamespace[];
  /** How many items are dead letters. */
  deadLetters: number;
  /** Whether there are records that no stored entry points to any more. */
  orphans: boolean;
  /** Whether there are record events to publish. Without a broker they stay in the outbox. */
  events: boolean;
}

/** The code of the error in the outcome of a run that was cancelled, as `codeOf` of the workflows makes it. */
export const CANCELLED = 'Cancelled';

/** Whether someone has ended the run, or does not want it: that is no failure that anyone has to hear of. */
export const isWantedEnd = (code: string | undefined): boolean => code === CANCELLED || code === 'ConnectorPaused';

/** Input of `finishRun`. */
export interface FinishInput extends RunInput {
  outcome: SyncOutcome;
  /** When the run started, ms. */
  startedAt: number;
  /** Whether the run looked at every namespace. */
  whole: boolean;
  /** Whether a complete run completes a full one. */
  releases: boolean;
  /** Whether it is known to have begun. Otherwise it may have been refused. */
  begun: boolean;
}

/** Result of `previewSync`. */
export interface DryRunResult extends PartCounts {
  /** Namespaces in which something would change, the largest changes first. */
  previews: NamespacePreview[];
}
