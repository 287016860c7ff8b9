/** The connector that a write belongs to, and its time. */
export interface GraphContext {
  connectorId: string;
  orgId: string;
  /** Milliseconds since the Unix epoch: the timestamp of documents and edges of this write. */
  now: number;
}
