import type { ConnectorDocument } from '../sync/connectorDocument';
import type { RestoreOptions } from './arguments';
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

/**
 * Creates the Schedules that are missing, and sets the others to what their connectors store: after a restore, Temporal
 * and ArangoDB may be from different points in time. One that fails does not stop the others. A repeat changes nothing.
 */
export async function restoreSchedules(services: Services, options: RestoreOptions = {}): Promise<RestoredSchedules> {
  const { connectors } = services;
  const result: RestoredSchedules = { restored: [], present: [], failed: [] };
  for (const connector of await connectors.list()) {
    const { _key: connectorId, orgId, every } = connector;
    if (every === null) continue;
    try {
      const answer = await restoreOne(services, connector, options);
      if (answer === 'restored') result.restored.push({ connectorId, orgId });
      else if (answer === 'present') result.present.push(connectorId);
    } catch (error) {
      result.failed.push({ connectorId, orgId, reason: clientError(error).message });
    }
  }
  return result;
}

async function restoreOne(
  services: Services,
  connector: ConnectorDocument,
  { missingOnly = false }: RestoreOptions,
): Promise<'restored' | 'present' | 'removed'> {
  const { schedules } = services;
  const isNew = await schedules.restore(connector);
  if (!isNew && missingOnly) return 'present';
  if (!isNew) await schedules.reset(connector);
  if (!(await isStillWanted(services, connector))) return 'removed';
  return isNew ? 'restored' : 'present';
}

/**
 * Since the connector was read, its removal may have removed the Schedule, or a pause may have found none. Both store
 * the connector first, so one of the two sees what the other has done.
 */
async function isStillWanted(
  { connectors, schedules }: Services,
  { _key: connectorId, paused, every }: ConnectorDocument,
): Promise<boolean> {
  const now = await storedNow(connectors, connectorId);
  if (now === undefined || now.every === null) {
    await schedules.remove(connectorId);
    return false;
  }
  if (now.paused !== paused || now.every !== every) await schedules.reset(now);
  return true;
}

/** The connector, unless both the list and the answer to its key lack it: one short answer removes no Schedule. */
async function storedNow(
  connectors: Services['connectors'],
  connectorId: string,
): Promise<ConnectorDocument | undefined> {
  const listed = (await connectors.list()).find(({ _key }) => _key === connectorId);
  if (listed) return listed;
  try {
    return await connectors.get(connectorId);
  } catch (error) {
    if (clientError(error).code !== 'ConnectorUnknown') throw error;
    return undefined;
  }
}

/** Connectors that have an interval, and whose Schedule Temporal lacks. */
export async function missingSchedules({ connectors, schedules }: Services): Promise<string[]> {
  const missing: string[] = [];
  for (const { _key: connectorId, every } of await connectors.list()) {
    if (every !== null && (await schedules.status(connectorId)) === null) missing.push(connectorId);
  }
  return missing;
}
