/** Former names of team.ts, for callers that do not use the new ones yet. */
import type { TeamIndex } from '../../sync/team';
import { readTeam } from './team';

export { groupKeys, readTeam } from './team';
export type { PrincipalVertices as PrincipalIndex } from '../../sync/team';
export type MemberIndex = TeamIndex;
export const memberIndex = readTeam;
export const principalIndex = readTeam;
