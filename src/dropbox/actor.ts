import { isDeepStrictEqual } from 'node:util';
import type { files, sharing } from 'dropbox';
import { chunks } from '../chunks';
import { failure, failureTypeOf } from '../failures';
import { isText, textOrNull } from '../guards';
import type { ListedMembers } from '../sync/access';
import { enclosingFolder, isGovernedBy, type LiveEntry } from '../sync/folderEntries';
import { MOST_ENTRIES_PER_PAGE } from '../sync/listProgress';
import type { Caller, CallTarget } from './caller';
import { fetchContent, type ContentOptions } from './content';
import { entryOf, folderPageOf } from './entries';
import { answerBehind } from './errors';
import { allListed, isWhole, listedMembersOf } from './memberLists';
import { usable } from './teamItems';
import type { Actor, FileContent, FileMembersAnswer, FolderPage, OnRefused, ReceivedFile, SharedFolder } from './types';
import { listIn, type Unchecked } from './unchecked';
import { hasTag, tagOf } from './unions';

const MEMBERS_PER_PAGE = 1000;
/** Most files in a call of list_file_members/batch, and most members on a page of list_file_members. */
const FILES_PER_BATCH = 100;
const FILE_MEMBERS_PER_PAGE = 300;
const RECEIVED_PER_PAGE = 300;

/** The namespace in which a file is looked up, as Path-Root. An `id:` in a team space needs it. */
export interface Within {
  namespaceId?: string;
}

type FileResult = sharing.ListFileMembersIndividualResult | null;
type Item = files.FileMetadataReference | files.FolderMetadataReference;

/** Calls that are made for a member, or for an admin. */
export class DropboxActor {
  constructor(
    private readonly caller: Caller,
    readonly actor: Actor,
  ) {}

  /**
   * The first page of all entries of a namespace, recursively, with paths relative to it. Mounted namespaces are left
   * out, so that each item is listed once, in the namespace that governs it. `includeMounted` lists them too, as the
   * actor sees their folders. The cursor keeps that choice.
   * @throws NamespaceUnreachable with details {reason}; PathRootChanged
   */
  async listFolder(
    namespaceId: string,
    { limit = MOST_ENTRIES_PER_PAGE, includeMounted = false }: { limit?: number; includeMounted?: boolean } = {},
  ): Promise<FolderPage> {
    const page = await this.caller.call('files/list_folder', this.target({ namespaceId }), (client, options) =>
      client.filesListFolder(
        {
          // "Specify the root folder as an empty string rather than as '/'."
          path: '',
          recursive: true,
          limit,
          include_mounted_folders: includeMounted,
          include_has_explicit_shared_members: true,
          include_non_downloadable_files: true,
        },
        options,
      ),
    );
    return folderPageOf(page);
  }

  /**
   * The next page. A cursor works only for the actor and the path root that it was created with.
   * @throws CursorReset: list the namespace from scratch; NamespaceUnreachable; PathRootChanged
   */
  async continueFolder(namespaceId: string, cursor: string): Promise<FolderPage> {
    const page = await this.caller.call('files/list_folder/continue', this.target({ namespaceId }), (client, options) =>
      client.filesListFolderContinue({ cursor }, options),
    );
    return folderPageOf(page);
  }

  /**
   * @throws NamespaceUnreachable with details {reason} when the actor is not a member, or the folder is gone;
   * DropboxUnexpected for an answer about another folder
   */
  async folderMetadata(sharedFolderId: string): Promise<SharedFolder> {
    const folder = await this.caller.call('sharing/get_folder_metadata', this.target(), (client, options) =>
      client.sharingGetFolderMetadata({ shared_folder_id: sharedFolderId }, options),
    );
    const described = sharedFolderOf(folder);
    if (described.sharedFolderId === sharedFolderId) return described;
    throw failure('DropboxUnexpected', 'Dropbox described another shared folder');
  }

  /** All members of a shared or team folder. @throws NamespaceUnreachable with details {reason} */
  async folderMembers(sharedFolderId: string): Promise<ListedMembers> {
    const listing = this.caller.list(
      this.target(),
      'sharing/list_folder_members',
      (client, options) =>
        client.sharingListFolderMembers(
          {
            shared_folder_id: sharedFolderId,
            // Without a path Dropbox returns "the direct members of the folder". With one, it adds the members of its
            // parent folders, marked as inherited.
            path: `ns:${sharedFolderId}`,
            limit: MEMBERS_PER_PAGE,
          },
          options,
        ),
      'sharing/list_folder_members/continue',
      (cursor) => (client, options) => client.sharingListFolderMembersContinue({ cursor }, options),
    );
    return allListed(listing);
  }

  /** All shared folders that the member can access, mounted or not. Select-User only. */
  async *sharedFolders(): AsyncGenerator<SharedFolder[]> {
    this.requireMember('sharing/list_folders');
    const listing = this.caller.list(
      this.target(),
      'sharing/list_folders',
      (client, options) => client.sharingListFolders({ limit: MEMBERS_PER_PAGE }, options),
      'sharing/list_folders/continue',
      (cursor) => (client, options) => client.sharingListFoldersContinue({ cursor }, options),
    );
    for await (const page of listing) yield listIn('sharing/list_folders', page.entries).map(sharedFolderOf);
  }

  /** Direct members of files, by file id: one call per hundred files, and more only for very long lists. */
  async fileMembersBatch(fileIds: readonly string[]): Promise<Map<string, FileMembersAnswer>> {
    const found = new Map<string, FileMembersAnswer>();
    for (const part of chunks([...new Set(fileIds)], FILES_PER_BATCH)) {
      const results = await this.caller.call('sharing/list_file_members/batch', this.target(), (client, options) =>
        client.sharingListFileMembersBatch({ files: part, limit: MEMBERS_PER_PAGE }, options),
      );
      const answers = answersByFile(listIn('sharing/list_file_members/batch', results));
      for (const id of part) found.set(id, await this.membersIn(id, answers.get(id) ?? []));
    }
    return found;
  }

  /** A batch can't be continued, so a list that did not fit is read again with the route for one file. */
  private async membersIn(file: string, [result, ...others]: readonly FileResult[]): Promise<FileMembersAnswer> {
    if (result === undefined) return { problem: 'not_answered' };
    // No one can say which of them is true.
    if (others.some((other) => !isDeepStrictEqual(other, result))) return { problem: 'contradiction' };
    if (hasTag('fileMembers', result, 'access_error')) {
      return { problem: `access_error/${tagOf('fileAccessError', result.access_error)}` };
    }
    if (!hasTag('fileMembers', result, 'result')) return { problem: 'other' };
    const { members, member_count: count } = result;
    if (!isWhole(members)) return { problem: 'incomplete' };
    const given = members.users.length + members.groups.length + members.invitees.length;
    if (!members.cursor && typeof count === 'number' && given >= count) return { members: listedMembersOf(members) };
    try {
      return { members: await this.allFileMembers(file) };
    } catch (error) {
      const answer = answerBehind(error);
      if (answer?.status === 409 && answer.isJson) return { problem: answer.tags.join('/') };
      throw error;
    }
  }

  /** All direct members of one file. */
  private async allFileMembers(fileId: string): Promise<ListedMembers> {
    const listing = this.caller.list(
      this.target(),
      'sharing/list_file_members',
      (client, options) =>
        client.sharingListFileMembers(
          { file: fileId, include_inherited: false, limit: FILE_MEMBERS_PER_PAGE },
          options,
        ),
      'sharing/list_file_members/continue',
      (cursor) => (client, options) => client.sharingListFileMembersContinue({ cursor }, options),
    );
    return allListed(listing);
  }

  /**
   * Single files that were shared with the member. Select-User only: Dropbox gives an admin no second page. One without
   * an id or a name is left out, and `onRefused` is called for it.
   */
  async *receivedFiles(onRefused?: OnRefused): AsyncGenerator<ReceivedFile[]> {
    this.requireMember('sharing/list_received_files');
    const listing = this.caller.list(
      this.target(),
      'sharing/list_received_files',
      (client, options) => client.sharingListReceivedFiles({ limit: RECEIVED_PER_PAGE }, options),
      'sharing/list_received_files/continue',
      (cursor) => (client, options) => client.sharingListReceivedFilesContinue({ cursor }, options),
    );
    const idOf = ({ id }: { id?: string }): unknown => id;
    for await (const page of listing)
      yield usable(listIn('sharing/list_received_files', page.entries), { map: receivedFileOf, idOf, onRefused });
  }

  /**
   * Whether a namespace contains an item, which may have moved inside it; null when Dropbox does not say. An item in a
   * namespace that is mounted there is not in it, and neither is one without a path. The items of an app's folder do
   * not name it, so they count as those of the member's folder.
   */
  async contains(namespaceId: string, itemId: string): Promise<boolean | null> {
    const item = await this.anyMetadata(itemId, { namespaceId });
    if (item === null) return false;
    if (tagOf('metadata', item) === 'other' || item.id !== itemId) return null;
    return typeof item.path_lower === 'string' && isGovernedBy(item, namespaceId);
  }

  /** Whether an item is in a namespace, or in one that is mounted there; null when Dropbox does not say. */
  async reaches(namespaceId: string, itemId: string): Promise<boolean | null> {
    const item = await this.anyMetadata(itemId, { namespaceId });
    if (item === null) return false;
    return item.id === itemId ? isText(item.path_lower) : null;
  }

  /**
   * A file or folder by `id:…`, by path, or by `ns:<namespace>/path`. null when Dropbox says that there is none for the
   * actor. @throws DropboxUnexpected with details {reason: `path/…`} when it says something else about the item
   */
  async metadata(idOrPath: string, within: Within = {}): Promise<LiveEntry | null> {
    const item = await this.anyMetadata(idOrPath, within);
    return item && liveEntryOf(item);
  }

  /**
   * An item of a namespace, by `id:…` or by its path there. null when Dropbox says that the namespace has no such item:
   * what has no path there, or lies in a folder that is mounted there, belongs to another one. @throws as `metadata`
   */
  async itemIn(namespaceId: string, idOrPath: string): Promise<LiveEntry | null> {
    const item = await this.anyMetadata(idOrPath, { namespaceId });
    if (item === null || (isText(item.id) && item.path_lower == null && item.path_display == null)) return null;
    if (idOrPath.startsWith('id:') && item.id !== idOrPath) throw unreadable('Dropbox returned another item');
    const live = liveEntryOf(item);
    return (enclosingFolder(live) ?? namespaceId) === namespaceId ? live : null;
  }

  private async anyMetadata(path: string, within: Within): Promise<Item | null> {
    try {
      const item = await this.caller.call('files/get_metadata', this.target(within), (client, options) =>
        client.filesGetMetadata({ path, include_has_explicit_shared_members: true }, options),
      );
      return hasTag('metadata', item, 'deleted') ? null : item;
    } catch (error) {
      if (failureTypeOf(error) === 'RecordUnknown') return null;
      throw error;
    }
  }

  /**
   * A link to the bytes that works for four hours without authorization. Select-User only.
   * @throws RecordUnknown, AccessDenied; DropboxUnexpected with reason `unsupported_file` for a cloud document
   */
  async temporaryLink(idOrPath: string, within: Within = {}): Promise<string> {
    this.requireMember('files/get_temporary_link');
    const answer: Unchecked<files.GetTemporaryLinkResult> = await this.caller.call(
      'files/get_temporary_link',
      this.target(within),
      (client, options) => client.filesGetTemporaryLink({ path: idOrPath }, options),
    );
    const { link, metadata } = answer;
    if (!isText(link)) throw failure('DropboxUnexpected', 'Dropbox gave no link');
    // Anyone who has the link can read what it leads to.
    if (idOrPath.startsWith('id:') && metadata?.id !== idOrPath)
      throw failure('DropboxUnexpected', 'Dropbox gave the link of another file');
    return link;
  }

  /** The bytes of a file, or of a range of it, as a stream. @throws RecordUnknown, AccessDenied */
  async download(idOrPath: string, options: Within & ContentOptions = {}): Promise<FileContent> {
    return fetchContent(this.caller, 'files/download', this.target(options), { path: idOrPath }, options);
  }

  /**
   * A cloud document (Paper, Google) in a format that Dropbox offers for it; by default the one that Dropbox chooses.
   * @throws RecordUnknown, AccessDenied
   */
  async export(
    idOrPath: string,
    { format, ...options }: Within & ContentOptions & { format?: 'html' } = {},
  ): Promise<FileContent> {
    const argument = { path: idOrPath, ...(format === undefined ? {} : { export_format: format }) };
    return fetchContent(this.caller, 'files/export', this.target(options), argument, options);
  }

  private target({ namespaceId }: Within = {}): CallTarget {
    return { actor: this.actor, ...(namespaceId === undefined ? {} : { namespaceId }) };
  }

  private requireMember(route: string): void {
    if (this.actor.kind === 'member') return;
    throw failure('DropboxUnexpected', `${route} can't be called as an admin: Dropbox offers it with Select-User only`);
  }
}

/** The answers of a batch, by file. A file may come twice, and an answer may be about something else. */
function answersByFile(
  answers: readonly (Unchecked<sharing.ListFileMembersBatchResult> | null)[],
): Map<unknown, FileResult[]> {
  const found = new Map<unknown, FileResult[]>();
  for (const answer of answers) {
    const { file, result = null } = answer ?? {};
    const known = found.get(file);
    if (known) known.push(result);
    else found.set(file, [result]);
  }
  return found;
}

function liveEntryOf(item: Item): LiveEntry {
  const entry = entryOf(item);
  if (entry !== null && !hasTag('metadata', entry, 'deleted')) return entry;
  throw unreadable(
    'Dropbox returned an item without all that it needs: a known type, a path, an id, and the revision of a file',
  );
}

const unreadable = (message: string): Error =>
  failure('DropboxUnexpected', message, { details: { route: 'files/get_metadata', reason: 'path/unreadable' } });

/** @throws DropboxUnexpected for a folder without an id: a list that may leave one out is not the whole list */
function sharedFolderOf(folder: sharing.SharedFolderMetadata | null): SharedFolder {
  if (!isText(folder?.shared_folder_id))
    throw failure('DropboxUnexpected', 'Dropbox names a shared folder without its id');
  const parent = textOrNull(folder.parent_shared_folder_id);
  return {
    sharedFolderId: folder.shared_folder_id,
    name: textOrNull(folder.name) ?? '',
    accessLevel: tagOf('accessLevel', folder.access_type),
    // A folder that names itself as its parent would become due whenever its own list has changed, endlessly.
    parentSharedFolderId: parent === folder.shared_folder_id ? null : parent,
    inheritsAccess: !folder.access_inheritance || hasTag('accessInheritance', folder.access_inheritance, 'inherit'),
    // A list without an owner is believed of such a folder, so anything else than true is a no.
    isOfTeam: [folder.is_team_folder, folder.is_inside_team_folder].includes(true),
  };
}

function receivedFileOf({ id, name, ...file }: Unchecked<sharing.SharedFileMetadata>): ReceivedFile | null {
  if (!isText(id) || !isText(name)) return null;
  return {
    fileId: id,
    name,
    parentSharedFolderId: textOrNull(file.parent_shared_folder_id),
    pathLower: textOrNull(file.path_lower),
    accessLevel: file.access_type ? tagOf('accessLevel', file.access_type) : null,
    ownerTeamId: textOrNull(file.owner_team?.id),
    timeInvited: textOrNull(file.time_invited),
  };
}
