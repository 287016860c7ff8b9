import type { team_log } from 'dropbox';
import type { TeamCall } from '../route';

export function getEventsContinue(call: TeamCall, arg: { cursor: string }): team_log.GetTeamEventsResult {
  return call.company.log.getEventsContinue(arg.cursor);
}
