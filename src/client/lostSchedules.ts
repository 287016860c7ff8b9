import { clientError } from './errors';
import type { ClientServices } from './services';

/** What became of the Schedules of all connectors that have an interval. */
export interface RestoredSchedules {
  /** Connectors whose Schedule was missing in Temporal, as after a loss of its data, and was created. */
  restored: { connectorId: string; orgId: string }[];
  /** Connectors whose Schedule is there. */
  present: string[];
  failed: { connectorId: string; orgId: string; reason: string }[];
}

type Services = Pick<ClientServices, 'connectors' | 'schedules'>;

/** Creates the Schedules that are missing. One that fails does not stop the others. A repeat finds nothing to do. */
export async function restoreSchedules({ connectors, schedules }: Services): Promise<RestoredSchedules> {
  const result: RestoredSchedules = { restored: [], present: [], failed: [] };
  for (const connector of await connectors.list()) {
    const { _key: connectorId, orgId, every } = connector;
    if (every === null) continue;
    try {
      if (await schedules.restore(connector)) result.restored.push({ connectorId, orgId });
      else result.present.push(connectorId);
    } catch (error) {
      result.failed.push({ connectorId, orgId, reason: clientError(error).message });
    }
  }
  return result;
}

/** Connectors that have an interval, and whose Schedule Temporal lacks. */
export async function missingSchedules({ connectors, schedules }: Services): Promise<string[]> {
  const missing: string[] = [];
  for (const { _key: connectorId, every } of await connectors.list()) {
    if (every !== null && (await schedules.status(connectorId)) === null) missing.push(connectorId);
  }
  return missing;
}
