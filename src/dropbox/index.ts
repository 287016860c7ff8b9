export {
  requestAuthorization,
  type AuthorizationRequest,
  type AuthorizationSettings,
  type Authorized,
} from './authorization';
export { DropboxConnections, type DropboxOptions } from './connections';
export type { CallObservation } from './caller';
export type { DropboxActor, Within } from './actor';
export type { DropboxSession } from './session';
export type { DropboxTeam, EventCategory, EventPage } from './team';
export type { ContentOptions } from './content';
export { GroupNotFound } from './errors';
export type * from './types';
