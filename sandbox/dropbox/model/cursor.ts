import { createHash } from 'node:crypto';
import { badCursor } from './problems';

/** Arguments of list_folder to which a cursor is bound. */
export interface ListingArguments {
  readonly path: string;
  readonly recursive: boolean;
  readonly mounted: boolean;
  readonly deleted: boolean;
  readonly explicitMembers: boolean;
  readonly nonDownloadable: boolean;
  readonly restorable: boolean;
  readonly mediaInfo: boolean;
  readonly limit: number;
}

/** A subtree that is being delivered page by page. */
export interface Expansion {
  /** Path of its folder in the listing's scope, in lower case. */
  readonly path: string;
  readonly position: readonly number[];
  /** True for the initial listing, false for a folder that was added later. */
  readonly initial: boolean;
}

/** The complete state of a stream. The server stores nothing per stream, so thousands of them cost nothing. */
export interface Cursor {
  /** The company instance that made the cursor: `State.instanceId`. */
  readonly instanceId: string;
  /** The account that listed; the next two fields are its admin mode and path root. */
  readonly uid: string;
  readonly admin: '' | 'whole_team' | 'team_admin';
  readonly rootId: string;
  readonly listing: ListingArguments;
  /** Sequence number of the journals when the listing started. */
  readonly startedAt: number;
  /** Changes up to this one have been delivered, or only at its first `placesDelivered` places when that is not 0. */
  readonly sequence: number;
  readonly placesDelivered: number;
  /** Path of the listed folder, to detect that a folder listed by its id has moved. */
  readonly rootPath: string;
  readonly expansion: Expansion | undefined;
  /** Whether the previous page was an injected empty page. */
  readonly empty: boolean;
}

const ADMIN = ['', 'whole_team', 'team_admin'] as const;

export function encodeCursor(cursor: Cursor): string {
  const { listing, expansion } = cursor;
  const flags = [
    listing.recursive,
    listing.mounted,
    listing.deleted,
    listing.explicitMembers,
    listing.nonDownloadable,
    listing.restorable,
    listing.mediaInfo,
    cursor.empty,
  ].reduce((bits, flag, at) => (flag ? bits | (1 << at) : bits), 0);
  const body = JSON.stringify([
    cursor.instanceId,
    cursor.uid,
    ADMIN.indexOf(cursor.admin),
    cursor.rootId,
    listing.path,
    flags,
    listing.limit,
    cursor.startedAt,
    cursor.sequence,
    cursor.placesDelivered,
    cursor.rootPath,
    expansion === undefined ? 0 : [expansion.path, expansion.position, expansion.initial ? 1 : 0],
  ]);
  return `AA${checksum(body)}${Buffer.from(body).toString('base64url')}`;
}

function checksum(body: string): string {
  return createHash('sha256').update(`cursor|${body}`).digest('base64url').slice(0, 12);
}

type Encoded = [
  instanceId: string,
  uid: string,
  admin: number,
  rootId: string,
  path: string,
  flags: number,
  limit: number,
  startedAt: number,
  sequence: number,
  placesDelivered: number,
  rootPath: string,
  expansion: 0 | [path: string, position: number[], initial: number],
];

/** Throws BadArgument for a string that is not a folder cursor. */
export function decodeCursor(text: string): Cursor {
  const body = Buffer.from(text.slice(14), 'base64url').toString();
  if (!text.startsWith('AA') || text.slice(2, 14) !== checksum(body)) {
    throw badCursor(`'${text}'`);
  }
  const encoded = JSON.parse(body) as Encoded;
  const [
    instanceId,
    uid,
    admin,
    rootId,
    path,
    flags,
    limit,
    startedAt,
    sequence,
    placesDelivered,
    rootPath,
    expansion,
  ] = encoded;
  const flag = (at: number) => (flags & (1 << at)) !== 0;
  return {
    instanceId,
    uid,
    admin: ADMIN[admin] ?? '',
    rootId,
    listing: {
      path,
      recursive: flag(0),
      mounted: flag(1),
      deleted: flag(2),
      explicitMembers: flag(3),
      nonDownloadable: flag(4),
      restorable: flag(5),
      mediaInfo: flag(6),
      limit,
    },
    startedAt,
    sequence,
    placesDelivered,
    rootPath,
    expansion:
      expansion === 0 ? undefined : { path: expansion[0], position: expansion[1], initial: expansion[2] === 1 },
    empty: flag(7),
  };
}
