import { randomBytes } from 'node:crypto';
import type { files } from 'dropbox';
import { StoredContent, type Content } from '../model';

/** A concurrent session is uploaded in pieces of a multiple of this size; only the last piece may have another one. */
const PIECE_BYTES = 4 * 1024 * 1024;
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

/** An error of an append. All append routes and `lookup_failed` of a finish have these tags. */
export type AppendError = Exclude<
  files.UploadSessionAppendBatchEntryError,
  files.UploadSessionAppendBatchEntryErrorOther | files.UploadSessionAppendBatchEntryErrorTooLarge
>;

interface Session {
  /** The account that started the session. It does not exist for others. */
  readonly owner: string;
  readonly kind: 'sequential' | 'concurrent';
  readonly expiresAt: number;
  /** The uploaded pieces by their offset. */
  readonly pieces: Map<number, Buffer>;
  closed: boolean;
  committed: boolean;
}

/** What a finish commits, or the reason why it can't. */
type Finished = { content: Content } | { error: files.UploadSessionFinishError };

const lengthOf = ({ pieces }: Session): number =>
  Math.max(0, ...[...pieces].map(([offset, bytes]) => offset + bytes.length));

/** The uploads that clients make in several calls. A session can be used for 7 days, until it is committed. */
export class UploadSessions {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Starts a session that contains `bytes`. @returns its id */
  start(owner: string, kind: Session['kind'], bytes: Buffer, closed: boolean): string {
    const id = `pid_upload_session:${randomBytes(36).toString('base64url')}`;
    const pieces = new Map(bytes.length === 0 ? [] : [[0, bytes]]);
    const expiresAt = this.now() + LIFETIME_MS;
    this.sessions.set(id, { owner, kind, expiresAt, pieces, closed, committed: false });
    return id;
  }

  append(owner: string, cursor: files.UploadSessionCursor, bytes: Buffer, close: boolean): AppendError | undefined {
    const session = this.find(owner, cursor.session_id);
    if (!session) return { '.tag': 'not_found' };
    if (session.closed) return { '.tag': 'closed' };
    const { offset } = cursor;
    if (session.kind === 'sequential') {
      const length = lengthOf(session);
      if (offset !== length) return { '.tag': 'incorrect_offset', correct_offset: length };
    } else {
      if (offset % PIECE_BYTES !== 0) return { '.tag': 'concurrent_session_invalid_offset' };
      if (!close && bytes.length % PIECE_BYTES !== 0) return { '.tag': 'concurrent_session_invalid_data_size' };
    }
    if (bytes.length > 0) session.pieces.set(offset, bytes);
    session.closed = close;
    return undefined;
  }

  /** Appends the bytes that a finish may carry and returns the whole content. The data stays until it is committed. */
  finish(owner: string, cursor: files.UploadSessionCursor, bytes: Buffer): Finished {
    const session = this.find(owner, cursor.session_id);
    if (!session) return failed({ '.tag': 'not_found' });
    if (session.committed) return failed({ '.tag': 'closed' });
    if (session.kind === 'concurrent') {
      if (bytes.length > 0) return { error: { '.tag': 'concurrent_session_data_not_allowed' } };
      if (!session.closed) return { error: { '.tag': 'concurrent_session_not_closed' } };
    }
    const length = lengthOf(session);
    if (cursor.offset !== length) return failed({ '.tag': 'incorrect_offset', correct_offset: length });
    if (bytes.length > 0) {
      const error = this.append(owner, cursor, bytes, false);
      if (error) return failed(error);
    }
    const pieces = [...session.pieces].sort(([one], [other]) => one - other).map(([, piece]) => piece);
    const content = Buffer.concat(pieces);
    if (content.length !== lengthOf(session)) return { error: { '.tag': 'concurrent_session_missing_data' } };
    return { content: new StoredContent(content) };
  }

  /** A session that finish_batch commits must be closed before. */
  isClosed(owner: string, id: string): boolean {
    return this.find(owner, id)?.closed ?? true;
  }

  /** Ends a session whose content has been saved. */
  committed(owner: string, id: string): void {
    const session = this.find(owner, id);
    if (!session) return;
    session.closed = true;
    session.committed = true;
    session.pieces.clear();
  }

  private find(owner: string, id: string): Session | undefined {
    const session = this.sessions.get(id);
    return session?.owner === owner && session.expiresAt > this.now() ? session : undefined;
  }
}

const failed = (lookup_failed: files.UploadSessionLookupError): Finished => ({
  error: { '.tag': 'lookup_failed', lookup_failed },
});
