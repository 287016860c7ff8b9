/**
 * The documents that this connector writes. Times are integers, milliseconds since the Unix epoch, UTC. An absent field
 * and a null field differ in a stored document, so an optional field without a value is absent.
 */
export type * from './connectorDocument';
export type * from './pipesHubDocuments';
export type * from './syncDocuments';
