import { pipeline, Readable } from 'node:stream';
import type {
  Actor,
  DropboxActor,
  DropboxConnections,
  DropboxCredentials,
  DropboxSession,
  FileContent,
} from '../dropbox';
import type { NamespaceKind } from '../sync/documents';
import { mimeTypeOf } from '../sync/mimeTypes';
import { DropboxTeamsError, type DropboxTeamsErrorCode } from '../DropboxTeamsError';
import { clientError } from './errors';
import { VerifiedContent } from './contentHash';
import { locateRecord, memberOfPipesHubUser, type RecordLocation } from '../graph/readers/recordLocation';
import type { StandaloneGraph } from '../graph/driver/graph';

export interface ContentRequest {
  recordKey: string;
  /** One range of bytes, as in HTTP. */
  range?: string;
  /** A PipesHub user whose right has been checked: if he is a member of the team, he is acted as. */
  userId?: string;
  signal?: AbortSignal;
}

export interface RecordContent {
  /** 206 for a range. */
  status: 200 | 206;
  /** Breaks off with ContentMismatch when the bytes are not those that Dropbox has. */
  stream: Readable;
  contentType: string;
  /** Bytes of this answer, when Dropbox said it. */
  contentLength: number | null;
  contentRange: string | null;
  etag: string | null;
  /** As in Dropbox, or as the exported form is named. */
  fileName: string;
  record: RecordLocation;
}

export interface ContentDependencies {
  graph: StandaloneGraph;
  dropbox: DropboxConnections;
  credentials(connectorId: string): Promise<DropboxCredentials>;
}

/** Another member may succeed where one of these is the answer. */
const triesNext = new Set<DropboxTeamsErrorCode>([
  'NamespaceUnreachable',
  'RecordUnknown',
  'AccessDenied',
  'PathRootChanged',
]);

/** These are no namespaces of Dropbox: nothing can be looked up within them. */
const withoutPathRoot = new Set<NamespaceKind>(['received']);

interface View {
  actor: Actor;
  /** Path-Root, without which an `id:` of a team space is not found. */
  namespaceId?: string;
}

/** Fetches bytes from Dropbox as a member who can read them. */
export class Contents {
  constructor(private readonly dependencies: ContentDependencies) {}

  /** @throws RecordUnknown, AccessDenied, InvalidArgument for a folder, and what Dropbox refuses */
  async stream(request: ContentRequest): Promise<RecordContent> {
    const record = await this.#locate(request.recordKey);
    const session = await this.#session(record.connectorId, request.signal);
    const options = {
      ...(request.range === undefined ? {} : { range: request.range }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    return this.#asReader(session, record, request.userId, true, async (actor, within) => {
      try {
        return contentOf(record, await actor.download(record.itemId, { ...within, ...options }));
      } catch (error) {
        if (reasonOf(error) === RANGE_REFUSED) throw beyondTheEnd(error);
        if (!needsExport(error)) throw error;
        return contentOf(record, await actor.export(record.itemId, { ...within, ...options }));
      }
    });
  }

  /** A link that works for four hours without authorization; null for what only an export can give. */
  async temporaryLink(recordKey: string, userId?: string): Promise<string | null> {
    const record = await this.#locate(recordKey);
    const session = await this.#session(record.connectorId);
    return this.#asReader(session, record, userId, false, async (actor, within) => {
      try {
        return await actor.temporaryLink(record.itemId, within);
      } catch (error) {
        if (needsExport(error)) return null;
        throw error;
      }
    });
  }

  async #locate(recordKey: string): Promise<RecordLocation> {
    const record = await locateRecord(this.dependencies.graph, recordKey);
    if (!record) throw new DropboxTeamsError('RecordUnknown', `There is no record ${recordKey}`);
    if (!record.isFile) throw new DropboxTeamsError('InvalidArgument', 'A folder has no content');
    return record;
  }

  async #session(connectorId: string, signal?: AbortSignal): Promise<DropboxSession> {
    const credentials = await this.dependencies.credentials(connectorId);
    return this.dependencies.dropbox.session(connectorId, credentials, signal ? { signal } : {});
  }

  /** Tries those who can read the record, one after the other; the last refusal is the answer. */
  async #asReader<T>(
    session: DropboxSession,
    record: RecordLocation,
    userId: string | undefined,
    adminMayRead: boolean,
    read: (actor: DropboxActor, within: { namespaceId?: string }) => Promise<T>,
  ): Promise<T> {
    const own =
      userId === undefined ? null : await memberOfPipesHubUser(this.dependencies.graph, record.connectorId, userId);
    let refusal = new DropboxTeamsError('AccessDenied', 'Nobody of the team can read this record at the moment');
    for (const { actor, ...within } of viewsOf(record, own)) {
      try {
        return await read(session.as(actor), within);
      } catch (error) {
        refusal = clientError(error);
        if (!triesNext.has(refusal.code)) throw refusal;
      }
    }
    // Team folders that no member is named on: the admin reads them with Select-Admin.
    if (adminMayRead && record.places.some((place) => place.delegate === 'admin')) {
      const { teamMemberId } = await session.team.admin();
      const place = record.places.find(({ delegate }) => delegate === 'admin');
      return read(session.as({ kind: 'admin', teamMemberId }), place ? { namespaceId: place.namespaceId } : {});
    }
    throw refusal;
  }
}

/** Who is acted as, and where he looks: the asking member first, then whoever lists the place, then other readers. */
function* viewsOf(record: RecordLocation, own: string | null): Generator<View> {
  const [place] = record.places;
  const within =
    place === undefined || (place.kind !== null && withoutPathRoot.has(place.kind))
      ? {}
      : { namespaceId: place.namespaceId };
  const delegates = record.places.map(({ delegate }) => delegate).filter((id) => id !== null && id !== 'admin');
  const ids = new Set([...(own === null ? [] : [own]), ...delegates, ...record.readers]);
  for (const teamMemberId of ids)
    if (teamMemberId !== null) yield { actor: { kind: 'member', teamMemberId }, ...within };
}

/** How Dropbox refused, tags from the outside in. */
function reasonOf(error: unknown): string {
  const { reason } = clientError(error).details;
  return typeof reason === 'string' ? reason : '';
}

/** "unsupported_file": a document of the cloud, which has no bytes of its own. */
const needsExport = (error: unknown): boolean => reasonOf(error).split('/').includes('unsupported_file');

export const RANGE_REFUSED = 'http_416';

const beyondTheEnd = (cause: unknown): DropboxTeamsError =>
  new DropboxTeamsError('InvalidArgument', 'range: it begins beyond the end of the file', {
    cause,
    details: { reason: RANGE_REFUSED },
  });

function contentOf(record: RecordLocation, content: FileContent): RecordContent {
  const bytes = Readable.fromWeb(content.body as Parameters<typeof Readable.fromWeb>[0]);
  const expected = content.status === 200 ? expectedHash(record, content) : null;
  const stream = expected === null ? bytes : verified(bytes, expected, record);
  return {
    status: content.status,
    stream,
    contentType: typeOf(record, content),
    contentLength: content.contentLength,
    contentRange: content.contentRange,
    etag: content.etag,
    fileName: content.name || record.name,
    record,
  };
}

/** Ends both when either ends: a reader who gives up leaves nothing behind that could fail unseen. */
function verified(bytes: Readable, expected: string, record: RecordLocation): Readable {
  const checked = new VerifiedContent(expected, () => mismatch(record));
  // What goes wrong is told to the reader of the second.
  return pipeline(bytes, checked, () => undefined);
}

/**
 * What the bytes have to hash to, as Dropbox announced it with them. Where it did not, the graph knows it for the
 * revision that it holds. An export has bytes that nobody knows beforehand, and comes without hash and revision.
 */
function expectedHash({ revision, contentHash }: RecordLocation, content: FileContent): string | null {
  if (content.contentHash !== null) return content.contentHash;
  return content.rev !== null && content.rev === revision ? contentHash : null;
}

const mismatch = (record: RecordLocation): DropboxTeamsError =>
  new DropboxTeamsError('ContentMismatch', `The bytes of record ${record.key} are not those that Dropbox announced`);

/** Dropbox sends every download as octet-stream: the name knows better, of the record or of what it was exported as. */
function typeOf(record: RecordLocation, { contentType, name }: FileContent): string {
  if (contentType !== null && contentType !== '' && contentType !== 'application/octet-stream') return contentType;
  return name === '' || name === record.name ? record.mimeType : mimeTypeOf(name);
}
