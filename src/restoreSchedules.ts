import { clientError, type DropboxTeamsClient } from './client';
import type { Logger } from './log';

/**
 * Temporal may have lost its data since the Schedules were made. Nothing else would say that syncs no longer start. A
 * Schedule that is there may be paused by hand, and stays.
 */
export async function restoreLostSchedules(client: DropboxTeamsClient, log: Logger): Promise<void> {
  try {
    const { restored, failed } = await client.restoreSchedules({ missingOnly: true });
    for (const { connectorId: connector, orgId: organization } of restored) {
      log.warn({ connector, organization }, 'a Schedule was missing in Temporal, and is restored');
    }
    for (const { connectorId: connector, orgId: organization, reason } of failed) {
      log.error({ connector, organization, reason }, 'a Schedule could not be restored');
    }
  } catch (error) {
    const { code, message } = clientError(error);
    log.error({ code, reason: message }, 'whether Schedules are missing could not be found out');
  }
}
