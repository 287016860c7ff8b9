import { createHash } from 'node:crypto';
import { BadArgument } from './problems';

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

/** A part of the tree that is being delivered, page by page. */
export interface Expansion {
  /** Path of the folder, in the coordinates of the listing, in lower case. */
  readonly path: string;
  readonly position: readonly number[];
  /** Whether it is the initial listing, rather than a folder that came in later. */
  readonly initial: boolean;
}

/** All that the server knows of a stream is in its cursor: thousands of streams cost nothing between two calls. */
export interface Cursor {
  /** Which company made it: `State.life`. */
  readonly life: string;
  /** Who listed: account (uid), admin mode, path root. */
  readonly uid: string;
  readonly admin: '' | 'whole_team' | 'team_admin';
  readonly rootId: string;
  readonly listing: ListingArguments;
  /** Position of the journals when the listing began. */
  readonly born: number;
  /** Changes up to this one are delivered; of the next one the first `part` places are. */
  readonly sequence: number;
  readonly part: number;
  /** Where the listed folder stood, to notice that one listed by its id has moved. */
  readonly rootPath: string;
  readonly expansion: Expansion | undefined;
  /** The page before was an empty one. */
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
    cursor.life,
    cursor.uid,
    ADMIN.indexOf(cursor.admin),
    cursor.rootId,
    listing.path,
    flags,
    listing.limit,
    cursor.born,
    cursor.sequence,
    cursor.part,
    cursor.rootPath,
    expansion === undefined ? 0 : [expansion.path, expansion.position, expansion.initial ? 1 : 0],
  ]);
  return `AA${checksum(body)}${Buffer.from(body).toString('base64url')}`;
}

function checksum(body: string): string {
  return createHash('sha256').update(`cursor|${body}`).digest('base64url').slice(0, 12);
}

type Encoded = [
  life: string,
  uid: string,
  admin: number,
  rootId: string,
  path: string,
  flags: number,
  limit: number,
  born: number,
  sequence: number,
  part: number,
  rootPath: string,
  expansion: 0 | [path: string, position: number[], initial: number],
];

/** Throws BadArgument for a string that is no folder cursor. */
export function decodeCursor(text: string): Cursor {
  const body = Buffer.from(text.slice(14), 'base64url').toString();
  if (!text.startsWith('AA') || text.slice(2, 14) !== checksum(body)) {
    throw new BadArgument('Invalid "cursor" parameter: "cursor: malformed"');
  }
  const encoded = JSON.parse(body) as Encoded;
  const [life, uid, admin, rootId, path, flags, limit, born, sequence, part, rootPath, expansion] = encoded;
  const flag = (at: number) => (flags & (1 << at)) !== 0;
  return {
    life,
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
    born,
    sequence,
    part,
    rootPath,
    expansion:
      expansion === 0 ? undefined : { path: expansion[0], position: expansion[1], initial: expansion[2] === 1 },
    empty: flag(7),
  };
}
