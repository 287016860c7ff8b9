export {
  requestAuthorization,
  type AuthorizationRequest,
  type AuthorizationSettings,
  type Authorized,
} from './authorization';
export { DropboxConnections, type DropboxOptions } from './connections';
export type { CallObservation } from './caller';
export type { HttpsProxy } from './transport';
export type { DropboxActor } from './actor';
export type { DropboxSession } from './session';
export type { DropboxTeam } from './team';
export { GroupNotFound } from './errors';
export { folderPages } from './folderPages';
export type * from './types';
