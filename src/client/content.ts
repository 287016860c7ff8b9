import { pipeline, Readable } from 'node:stream';
import type { Actor, DropboxActor, DropboxSession, FileContent } from '../dropbox';
import { DropboxTeamsError, type DropboxTeamsErrorCode } from '../DropboxTeamsError';
import type { StandaloneGraph } from '../graph/driver/graph';
import { canUserRead } from '../graph/readers/accessPaths';
import {
  locateRequested,
  organizationOfRecord,
  type RecordLocation,
  type RequestedRecord,
} from '../graph/readers/recordLocation';
import { extensionOf } from '../sync/filters';
import { mimeTypeOf } from '../sync/mimeTypes';
import type { NamespaceKind } from '../sync/syncDocuments';
import * as args from './arguments';
import type { Connectors } from './connectors';
import { VerifiedContent } from './contentHash';
import { clientError } from './errors';

export interface ContentRequest {
  /** One range of bytes, as in HTTP. */
  range?: string;
  /**
   * The PipesHub user who reads. If they are an active member of the team, Dropbox is called as that member only, so that
   * it decides: they may have lost access since the last sync. Otherwise the graph decides. Absent: no user is asked for.
   */
  userId?: string;
  signal?: AbortSignal;
}

export interface RecordContent {
  /** 206 for a range. */
  status: 200 | 206;
  /** Breaks off with ContentMismatch when the bytes are not those that Dropbox has. */
  stream: Readable;
  contentType: string;
  /** Number of bytes in this response; null if Dropbox does not say it. */
  contentLength: number | null;
  contentRange: string | null;
  etag: string | null;
  /** The name in Dropbox, or that of the exported file. */
  fileName: string;
  record: RecordLocation;
}

/** Errors of a download after which another call is tried: as another member, or from another root. */
const triesNext = new Set<DropboxTeamsErrorCode>([
  'NamespaceUnreachable',
  'RecordUnknown',
  'AccessDenied',
  'PathRootChanged',
]);

/** The connector's own kinds of namespaces, which Dropbox does not know and which therefore can't be a Path-Root. */
const withoutPathRoot = new Set<NamespaceKind>(['received']);

/** One way to ask Dropbox for a record: as whom, and below which root. */
interface View {
  actor: Actor;
  /** Path-Root, without which an `id:` of a team space is not found. */
  namespaceId?: string;
}

/** Answers who may read a record, and fetches its content from Dropbox as a member who can read it. */
export class Contents {
  constructor(
    private readonly graph: StandaloneGraph,
    private readonly connectors: Connectors,
  ) {}

  async organizationOf(recordKey: string): Promise<string | null> {
    return organizationOfRecord(this.graph, recordKeyOf(recordKey));
  }

  async canRead(userId: string, recordKey: string): Promise<boolean> {
    return canUserRead(this.graph, args.checked(args.userIdSchema, userId, 'userId'), recordKeyOf(recordKey));
  }

  async stream(recordKey: string, input: ContentRequest): Promise<RecordContent> {
    const { userId, ...options } = args.checkedOptions(args.contentSchema, input, 'options');
    const requested = await this.locate(recordKey, userId);
    const { record } = requested;
    const session = this.connectors.session(requested.connector, options.signal);
    return readAsMember(session, requested, { orAdmin: true }, async (actor, within) => {
      try {
        return contentOf(record, await actor.download(record.itemId, { ...within, ...options }));
      } catch (error) {
        if (!needsExport(error)) throw error;
        // The record's MIME type is HTML (src/sync/mimeTypes.ts), and PipesHub chooses the parser by it.
        const format = extensionOf(record.name) === 'paper' ? { format: 'html' as const } : {};
        return contentOf(record, await actor.export(record.itemId, { ...within, ...options, ...format }));
      }
    }).catch((error: unknown) => {
      if (options.signal?.aborted)
        throw new DropboxTeamsError('RequestAborted', 'the request was aborted', { cause: error });
      throw reasonOf(error) === RANGE_REFUSED ? beyondTheEnd(error) : error;
    });
  }

  /** null for a file that can only be exported. */
  async temporaryLink(recordKey: string, input: Pick<ContentRequest, 'userId'>): Promise<string | null> {
    const requested = await this.locate(recordKey, args.checked(args.linkSchema, input, 'options').userId);
    const session = this.connectors.session(requested.connector);
    // Dropbox makes no such link for an admin.
    return readAsMember(session, requested, { orAdmin: false }, async (actor, within) => {
      try {
        return await actor.temporaryLink(requested.record.itemId, within);
      } catch (error) {
        if (needsExport(error)) return null;
        throw error;
      }
    });
  }

  private async locate(recordKey: string, userId: string | undefined): Promise<RequestedRecord> {
    const requested = await locateRequested(this.graph, recordKeyOf(recordKey), userId);
    if (!requested) throw new DropboxTeamsError('RecordUnknown', `there is no record ${recordKey}`);
    if (!requested.record.isFile) throw new DropboxTeamsError('InvalidArgument', 'a folder has no content');
    // Dropbox would be called as any member who can read the record, so it does not decide about this user.
    if (userId !== undefined && requested.memberId === null && !(await canUserRead(this.graph, userId, recordKey))) {
      throw new DropboxTeamsError('AccessDenied', 'this user may not read this record');
    }
    return requested;
  }
}

const recordKeyOf = (recordKey: string): string => args.checked(args.recordKeySchema, recordKey, 'recordKey');

/**
 * Calls `read` with one view after the other until one succeeds. With `orAdmin`, an admin comes last, if the request is
 * not for a member of the team and an admin lists the folder. @throws the error of the last call
 */
async function readAsMember<T>(
  session: DropboxSession,
  { record, memberId }: RequestedRecord,
  { orAdmin }: { orAdmin: boolean },
  read: (actor: DropboxActor, within: { namespaceId?: string }) => Promise<T>,
): Promise<T> {
  let refusal = new DropboxTeamsError('AccessDenied', 'no active member of the team can read this record');
  for (const { actor, ...within } of memberId === null ? viewsOf(record) : ownViews(record, memberId)) {
    try {
      return await read(session.as(actor), within);
    } catch (error) {
      refusal = clientError(error);
      if (!triesNext.has(refusal.code)) throw refusal;
    }
  }
  // No member is named on some team folders. The admin reads them with Select-Admin.
  const place = memberId === null && record.places.find(({ delegate }) => delegate === 'admin');
  if (orAdmin && place) {
    const { teamMemberId } = await session.team.admin();
    return read(session.as({ kind: 'admin', teamMemberId }), { namespaceId: place.namespaceId });
  }
  throw refusal;
}

const withinOf = ({ kind, namespaceId }: RecordLocation['places'][number]): Pick<View, 'namespaceId'> =>
  kind !== null && withoutPathRoot.has(kind) ? {} : { namespaceId };

/** The members to act as for the indexing service, or for a user whom Dropbox does not know: delegates come first. */
function* viewsOf({ places, readers }: RecordLocation): Generator<View> {
  const [place] = places;
  const within = place === undefined ? {} : withinOf(place);
  const delegates = places.flatMap(({ delegate }) => (delegate === null || delegate === 'admin' ? [] : [delegate]));
  for (const teamMemberId of new Set([...delegates, ...readers]))
    yield { actor: { kind: 'member', teamMemberId }, ...within };
}

/**
 * As the user's own member, wherever the record is. A file that was shared with them alone lies in a folder that they
 * can't see, and is found without a Path-Root.
 */
function* ownViews({ places }: RecordLocation, teamMemberId: string): Generator<View> {
  const roots = new Set(places.flatMap((place) => withinOf(place).namespaceId ?? []));
  for (const namespaceId of roots) yield { actor: { kind: 'member', teamMemberId }, namespaceId };
  yield { actor: { kind: 'member', teamMemberId } };
}

/** The tags of Dropbox's error, from the outside in. */
function reasonOf(error: unknown): string {
  const { reason } = clientError(error).details;
  return typeof reason === 'string' ? reason : '';
}

/** "unsupported_file": a cloud document, which can be exported and not downloaded. */
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

/** Ends both streams when either ends, so that a reader who gives up leaves no stream open. */
function verified(bytes: Readable, expected: string, record: RecordLocation): Readable {
  const checked = new VerifiedContent(expected, () => mismatch(record));
  // The second stream reports errors to its reader.
  return pipeline(bytes, checked, () => undefined);
}

/**
 * The hash that the bytes must have. Dropbox sends it with them. If it does not, the graph has the hash of the revision
 * that it holds. An export has neither a hash nor a revision.
 */
function expectedHash({ revision, contentHash }: RecordLocation, content: FileContent): string | null {
  if (content.contentHash !== null) return content.contentHash;
  return content.rev !== null && content.rev === revision ? contentHash : null;
}

const mismatch = (record: RecordLocation): DropboxTeamsError =>
  new DropboxTeamsError('ContentMismatch', `the bytes of record ${record.key} are not those that Dropbox announced`);

/** Dropbox sends every download as octet-stream: then the type follows from the name of the record or of the export. */
function typeOf(record: RecordLocation, { contentType, name }: FileContent): string {
  if (contentType !== null && contentType !== '' && contentType !== 'application/octet-stream') return contentType;
  return name === '' || name === record.name ? record.mimeType : mimeTypeOf(name);
}
