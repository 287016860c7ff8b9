/** What a client of the listeners may use up. All times are in milliseconds. */
export interface Limits {
  /** A notification names members of a team; even of a large one it stays far below this. */
  bodyBytes: number;
  /** From the first byte of a connection or request to the end of its headers. */
  headersMs: number;
  /** For receiving a request, not for sending the answer: contents may take hours. */
  requestMs: number;
  /** How often both are checked. */
  checkEveryMs: number;
  /** How long a connection without a request stays open. */
  keepAliveMs: number;
  /** How long the reader of a content may take for one chunk, of at most 64 KB or so. */
  readerMs: number;
  /** Connections at a time. A further one is closed at once. */
  connections: number;
  /** Notifications a minute for one connector from one address. Dropbox sends a refused one again for ten minutes. */
  notificationsPerMinute: number;
  /** Requests a minute from one address, without those for contents. */
  requestsPerMinute: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  checkEveryMs: 5_000,
  keepAliveMs: 10_000,
  readerMs: 60_000,
  connections: 1_000,
  notificationsPerMinute: 600,
  requestsPerMinute: 3_000,
};
