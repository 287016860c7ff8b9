import type { Database } from 'arangojs';
import type { ReceivedFile, SharedFolder } from '../../src/dropbox';
import { failure } from '../../src/failures';
import type { ListedGroup, ListedMembers, ListedUser } from '../../src/sync/access';
import type { HintEvent } from '../../src/sync/events';
import { CONNECTOR } from '../support/database';
import { RUN } from './fixture';

export const inRun = { connectorId: CONNECTOR, runId: RUN };
/** When the run of `ofPhase` started, ms: at the fixture's first moment. */
const RUN_STARTED = 1_000_000_000_000;
export const ofPhase = (full = false) => ({ ...inRun, full, startedAt: RUN_STARTED });

/** What a listing method of a session returns. */
export async function* pages<T>(...found: T[]): AsyncGenerator<T> {
  yield* found;
}

/** A method of a session or an actor that fails. */
export const refusing = (error: Error) => () => Promise.reject(error);
/** The same for one that returns pages. */
export const refusingPages = (error: Error) => () => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

/** An error that may concern a single item, and that a repeat does not solve. */
export const unexpected = (): Error => failure('DropboxUnexpected', 'no such answer is known');

export const listedUser = (id: string, level: string, more: Partial<ListedUser> = {}): ListedUser => ({
  teamMemberId: `dbmid:${id}`,
  accountId: `dbid:${id}`,
  email: `${id}@acme.example`,
  sameTeam: true,
  level,
  inherited: false,
  ...more,
});

export const listedGroup = (id: string, level: string, more: Partial<ListedGroup> = {}): ListedGroup => ({
  groupId: `g:${id}`,
  name: id,
  sameTeam: true,
  level,
  inherited: false,
  ...more,
});

export const memberList = (users: ListedUser[], more: Partial<ListedMembers> = {}): ListedMembers => ({
  users,
  groups: [],
  invitees: [],
  ...more,
});

export const sharedFolder = (id: string, more: Partial<SharedFolder> = {}): SharedFolder => ({
  sharedFolderId: id,
  name: `Folder ${id}`,
  accessLevel: 'editor',
  parentSharedFolderId: null,
  inheritsAccess: true,
  isOfTeam: true,
  ...more,
});

export const receivedFile = (id: string, accessLevel = 'viewer'): ReceivedFile => ({
  fileId: `id:${id}`,
  name: `${id}.txt`,
  parentSharedFolderId: null,
  pathLower: null,
  accessLevel,
  ownerTeamId: null,
  timeInvited: '2026-01-03T00:00:00Z',
});

/** An audit event about the root of a shared folder. */
export const eventAbout = (tag: string, namespaceId: string): HintEvent =>
  ({
    event_type: { '.tag': tag },
    assets: [{ '.tag': 'folder', path: { namespace_relative: { ns_id: namespaceId } } }],
  }) as unknown as HintEvent;

/** An audit event about a file that is named by its id. */
export const eventAboutFile = (tag: string, fileId: string): HintEvent =>
  ({
    event_type: { '.tag': tag },
    assets: [{ '.tag': 'file', file_id: fileId, path: {} }],
  }) as unknown as HintEvent;

/** An audit event about a file that is named by its namespace and path. */
export const eventAboutPath = (tag: string, ns_id: string, relative_path: string): HintEvent =>
  ({
    event_type: { '.tag': tag },
    assets: [{ '.tag': 'file', path: { namespace_relative: { ns_id, relative_path } } }],
  }) as unknown as HintEvent;

/** `member role target` of every permission, sorted: users by the name in their address, targets by their name. */
export async function whoCanRead(db: Database): Promise<string[]> {
  const cursor = await db.query<string>(
    `FOR edge IN permission
       LET from = DOCUMENT(edge._from)
       LET to = DOCUMENT(edge._to)
       LET who = from.email == null ? from.name : SUBSTITUTE(from.email, "@acme.example", "")
       RETURN CONCAT(who, " ", edge.role, " ", to.groupName, to.recordName, to.name)`,
  );
  return (await cursor.all()).sort();
}
