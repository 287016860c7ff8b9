import { clientError, type DropboxTeamsClient } from './client';
import type { Logger } from './log';

/**
 * Creates the Schedules that are missing, since Temporal may have lost its data, and nothing else would show that syncs
 * no longer start. Existing Schedules stay as they are, since one may be paused by hand.
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
