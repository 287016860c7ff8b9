import type { SyncResult } from '../sync/connectorDocument';
import type { GapKind } from '../sync/gaps';
import type { PartCounts } from './counts';

/** One transaction that stored items of a listing, or removed some. */
export interface CommittedBatch {
  items: number;
  seconds: number;
}

/** The end of a run that was no dry run. */
export interface EndedRun extends Pick<SyncResult, 'mode' | 'seconds'> {
  /**
   * An operator or a removal has cancelled it, or the connector is paused or disabled, and its Schedule starts
   * runs nevertheless: no failure, although its result is one.
   */
  status: SyncResult['status'] | 'cancelled';
  gaps: Record<GapKind, number>;
}

/** Receives what the activities of a worker do, for its metrics. */
export interface WorkObserver {
  /** What an activity adds to the result of its run. Activities that repeat work count it once. */
  counted(connectorId: string, counts: PartCounts): void;
  committed(connectorId: string, batch: CommittedBatch): void;
  ended(connectorId: string, run: EndedRun): void;
}
