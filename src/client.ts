/** What PipesHub, operators' tools and the CLI call. Every method throws DropboxTeamsError, whose `code` is stable. */
export { DropboxTeamsClient, type ClientDependencies } from './client/DropboxTeamsClient';
export {
  isWebAddress,
  rangeSchema,
  type ConnectorSettings,
  type NewConnector,
  type NewCredentials,
  type RestoreOptions,
  type SyncOptions,
} from './client/arguments';
export type { Removal } from './client/cleanup';
export type { ConnectionReport } from './client/connectionTest';
export type { Consent, ConnectorView } from './client/connectors';
export { RANGE_REFUSED, type ContentRequest, type RecordContent } from './client/content';
export { clientError } from './client/errors';
export { parseEvery, type Every } from './client/intervals';
export type { RestoredSchedules } from './client/lostSchedules';
export type { ScheduleStatus } from './client/schedules';
export type { ConnectorStatus } from './client/status';
export type { SyncRun } from './client/syncRuns';
export type { Answered, Decision } from './client/syncs';
export { ConfigError, loadConfig, type Config } from './config';
export type { HeldNamespace } from './contract/held';
export type { CommittedBatch, EndedRun, WorkObserver } from './contract/observer';
export * from './contract/sync';
export type { CallObservation } from './dropbox';
export { DropboxTeamsError, type DropboxTeamsErrorCode } from './DropboxTeamsError';
export type { Installation } from './graph/readers/installation';
export type { GraphState } from './graph/state/connectorState';
export type { ConnectorDocument, SyncCounts, SyncFilters, SyncResult } from './sync/connectorDocument';
export type { DeadLetterDocument } from './sync/syncDocuments';
export type { Explanation, ExplainRequest } from './verify/explanation';
export type { VerifyOptions, VerifyReport } from './verify/verify';
