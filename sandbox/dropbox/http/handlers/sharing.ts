import type { async, sharing } from 'dropbox';
import { DropboxProblem, type LinkMetadata } from '../../model';
import { endpointError } from '../errors';
import { listOf, sharingPaging } from '../listPages';
import type { Page } from '../pages';
import type { UserCall } from '../route';

// Folders

export const folders = listOf(
  'sharing/list_folders',
  (call: UserCall) => call.company.sharing.listFolders(call.actor),
  (page): sharing.ListFoldersResult => ({ entries: page.items, ...sharingPaging(page) }),
);

export const mountableFolders = listOf(
  'sharing/list_mountable_folders',
  (call: UserCall) => call.company.sharing.listMountableFolders(call.actor),
  (page): sharing.ListFoldersResult => ({ entries: page.items, ...sharingPaging(page) }),
);

// The members of a folder or file are three lists with one cursor. They are paged as one list in this order.

type MemberEntry<U> =
  | { kind: 'users'; entry: U }
  | { kind: 'groups'; entry: sharing.GroupMembershipInfo }
  | { kind: 'invitees'; entry: sharing.InviteeMembershipInfo };

interface MemberLists<U> {
  users: U[];
  groups: sharing.GroupMembershipInfo[];
  invitees: sharing.InviteeMembershipInfo[];
}

function merged<U>(members: MemberLists<U>): MemberEntry<U>[] {
  return [
    ...members.users.map((entry) => ({ kind: 'users' as const, entry })),
    ...members.groups.map((entry) => ({ kind: 'groups' as const, entry })),
    ...members.invitees.map((entry) => ({ kind: 'invitees' as const, entry })),
  ];
}

function split<U>(entries: readonly MemberEntry<U>[]): MemberLists<U> {
  const lists: MemberLists<U> = { users: [], groups: [], invitees: [] };
  for (const each of entries) {
    if (each.kind === 'users') lists.users.push(each.entry);
    else if (each.kind === 'groups') lists.groups.push(each.entry);
    else lists.invitees.push(each.entry);
  }
  return lists;
}

const memberPage = <U>(page: Page<MemberEntry<U>>) => ({ ...split(page.items), ...sharingPaging(page) });

export const folderMembers = listOf(
  'sharing/list_folder_members',
  (call: UserCall, arg: sharing.ListFolderMembersArgs & { limit: number }) =>
    merged(call.company.sharing.listFolderMembers(call.actor, arg)),
  (page): sharing.SharedFolderMembers => memberPage(page),
);

export const fileMembers = listOf(
  'sharing/list_file_members',
  (call: UserCall, arg: sharing.ListFileMembersArg & { limit: number }) =>
    merged(call.company.sharing.listFileMembers(call.actor, arg)),
  (page): sharing.SharedFileMembers => memberPage(page),
);

/** Lists only direct members and has no cursor. Members beyond the limit must be read with list_file_members. */
export function listFileMembersBatch(
  call: UserCall,
  arg: { files: string[]; limit: number },
): sharing.ListFileMembersBatchResult[] {
  return arg.files.map((file) => {
    const members = perFile(() => call.company.sharing.listFileMembers(call.actor, { file, include_inherited: false }));
    if ('.tag' in members) return { file, result: members };
    const entries = merged(members);
    const shown: sharing.SharedFileMembers = split(entries.slice(0, arg.limit));
    return { file, result: { '.tag': 'result', members: shown, member_count: entries.length } };
  });
}

/** In a batch, an inaccessible file affects only its own result and not the whole call. */
function perFile<R>(read: () => R): R | { '.tag': 'access_error'; access_error: sharing.SharingFileAccessError } {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DropboxProblem) || error.error['.tag'] !== 'access_error') throw error;
    return error.error as { '.tag': 'access_error'; access_error: sharing.SharingFileAccessError };
  }
}

// Files

export function getFileMetadataBatch(
  call: UserCall,
  arg: sharing.GetFileMetadataBatchArg,
): sharing.GetFileMetadataBatchResult[] {
  return arg.files.map((file) => {
    const found = perFile(() => call.company.sharing.getFileMetadata(call.actor, { file }));
    return { file, result: '.tag' in found ? found : { '.tag': 'metadata', ...found } };
  });
}

export const receivedFiles = listOf(
  'sharing/list_received_files',
  (call: UserCall) => call.company.sharing.listReceivedFiles(call.actor),
  (page): sharing.ListFilesResult => ({ entries: page.items, ...sharingPaging(page) }),
);

/** Number of links on one page. Dropbox does not document it. */
const LINKS_PER_PAGE = 200;

/** Unlike the other sharing lists, it has one route for all pages, has_more, and `reset` for an invalid cursor. */
export function listSharedLinks(call: UserCall, arg: sharing.ListSharedLinksArg): sharing.ListSharedLinksResult {
  const binding = { list: 'sharing/list_shared_links', reader: call.reader };
  const page =
    arg.cursor === undefined
      ? call.simulator.pages.first(call.company.sharing.listSharedLinks(call.actor, arg), LINKS_PER_PAGE, binding)
      : call.simulator.pages.next<LinkMetadata>(arg.cursor, binding);
  if (!page) throw endpointError({ '.tag': 'reset' });
  return { links: page.items, has_more: page.next !== undefined, ...sharingPaging(page) };
}

// Jobs

export function checkShareJob(call: UserCall, arg: async.PollArg): sharing.ShareFolderJobStatus {
  return call.company.sharing.checkShareJob(arg.async_job_id);
}

export function checkJob(call: UserCall, arg: async.PollArg): sharing.JobStatus {
  return call.company.sharing.checkJob(arg.async_job_id);
}

export function checkRemoveMemberJob(call: UserCall, arg: async.PollArg): sharing.RemoveMemberJobStatus {
  return call.company.sharing.checkRemoveMemberJob(arg.async_job_id);
}
