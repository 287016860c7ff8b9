import type { HeldNamespace } from '../contract/held';
import type { SyncProgress } from '../contract/sync';
import { readGraphState, type GraphState } from '../graph/state/connectorState';
import { viewOf, type ConnectorView } from './connectors';
import { clientError } from './errors';
import { allHeld, namedProgress } from './names';
import type { ScheduleStatus } from './schedules';
import type { ClientServices } from './services';

export interface ConnectorStatus extends ConnectorView {
  /** The run under way. */
  current: SyncProgress | null;
  /** The task queue of a run that is under way, and for which no worker answers: `current` is null. */
  unansweredOn?: string;
  /** What the deletion guard holds, with an operator's answer if there is one. */
  held: HeldNamespace[];
  schedule: ScheduleStatus | null;
  /** The connector has an interval, and Temporal lacks its Schedule: no sync starts automatically. */
  scheduleMissing: boolean;
  graph: GraphState;
  /** Why `current` and `schedule` are not known: Temporal does not answer. */
  temporalProblem?: string;
}

/** @throws ConnectorUnknown, GraphUnavailable. An outage of Temporal is a part of the answer. */
export async function connectorStatus(
  { graph, connectors, runs, schedules }: ClientServices,
  connectorId: string,
): Promise<ConnectorStatus> {
  const view = { ...viewOf(await connectors.get(connectorId)), held: await allHeld(graph, connectorId) };
  const state = await readGraphState(graph, connectorId);
  try {
    const [{ progress, ...run }, schedule] = await Promise.all([
      runs.current(connectorId),
      schedules.status(connectorId),
    ]);
    const current = progress && (await namedProgress(graph, progress));
    const scheduleMissing = view.every !== null && schedule === null;
    return { ...view, current, ...run, schedule, scheduleMissing, graph: state };
  } catch (error) {
    const unknown = { current: null, schedule: null, scheduleMissing: false };
    return { ...view, ...unknown, graph: state, temporalProblem: clientError(error).message };
  }
}
