import type { RunInput } from '../../contract/activities';
import { teamParts } from '../../graph/access/team';
import type { Part } from '../../graph/driver/oneRequest';
import type { TeamIndex } from '../../sync/team';
import { OpenConnector, type ActivityServices } from './services';

/** Opens a connector, and reads its team and `more` in the same request. @throws as `OpenConnector.open` */
export async function openWithTeam(
  services: ActivityServices,
  run: RunInput,
  more: readonly Part[] = [],
): Promise<{ open: OpenConnector; team: TeamIndex }> {
  const { team, parts } = teamParts(run.connectorId);
  return { open: await OpenConnector.open(services, run, [...parts, ...more]), team };
}
