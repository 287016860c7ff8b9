import type { async, sharing } from 'dropbox';
import { DropboxProblem, type FileMembers, type FolderMembers, type LinkMetadata } from '../../model';
import { endpointError } from '../errors';
import { firstPage, nextPage, sharingPaging } from '../listPages';
import type { Page } from '../pages';
import type { UserCall } from '../route';

interface Cursor {
  cursor: string;
}

// Folders

export function listFolders(call: UserCall, arg: { limit: number }): sharing.ListFoldersResult {
  const page = firstPage(call, 'sharing/list_folders', call.company.sharing.listFolders(call.actor), arg.limit);
  return { entries: page.items, ...sharingPaging(page) };
}

export function listFoldersContinue(call: UserCall, arg: Cursor): sharing.ListFoldersResult {
  const page = nextPage<sharing.SharedFolderMetadata>(call, 'sharing/list_folders', arg.cursor);
  return { entries: page.items, ...sharingPaging(page) };
}

export function listMountableFolders(call: UserCall, arg: { limit: number }): sharing.ListFoldersResult {
  const folders = call.company.sharing.listMountableFolders(call.actor);
  const page = firstPage(call, 'sharing/list_mountable_folders', folders, arg.limit);
  return { entries: page.items, ...sharingPaging(page) };
}

export function listMountableFoldersContinue(call: UserCall, arg: Cursor): sharing.ListFoldersResult {
  const page = nextPage<sharing.SharedFolderMetadata>(call, 'sharing/list_mountable_folders', arg.cursor);
  return { entries: page.items, ...sharingPaging(page) };
}

export function getFolderMetadata(call: UserCall, arg: sharing.GetMetadataArgs): sharing.SharedFolderMetadata {
  return call.company.sharing.getFolderMetadata(call.actor, arg);
}

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

export function listFolderMembers(
  call: UserCall,
  arg: sharing.ListFolderMembersArgs & { limit: number },
): sharing.SharedFolderMembers {
  const members: FolderMembers = call.company.sharing.listFolderMembers(call.actor, arg);
  return memberPage(firstPage(call, 'sharing/list_folder_members', merged(members), arg.limit));
}

export function listFolderMembersContinue(call: UserCall, arg: Cursor): sharing.SharedFolderMembers {
  return memberPage(nextPage<MemberEntry<sharing.UserMembershipInfo>>(call, 'sharing/list_folder_members', arg.cursor));
}

export function listFileMembers(
  call: UserCall,
  arg: sharing.ListFileMembersArg & { limit: number },
): sharing.SharedFileMembers {
  const members: FileMembers = call.company.sharing.listFileMembers(call.actor, arg);
  return memberPage(firstPage(call, 'sharing/list_file_members', merged(members), arg.limit));
}

export function listFileMembersContinue(call: UserCall, arg: Cursor): sharing.SharedFileMembers {
  return memberPage(
    nextPage<MemberEntry<sharing.UserFileMembershipInfo>>(call, 'sharing/list_file_members', arg.cursor),
  );
}

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

export function getFileMetadata(call: UserCall, arg: sharing.GetFileMetadataArg): sharing.SharedFileMetadata {
  return call.company.sharing.getFileMetadata(call.actor, arg);
}

export function getFileMetadataBatch(
  call: UserCall,
  arg: sharing.GetFileMetadataBatchArg,
): sharing.GetFileMetadataBatchResult[] {
  return arg.files.map((file) => {
    const found = perFile(() => call.company.sharing.getFileMetadata(call.actor, { file }));
    return { file, result: '.tag' in found ? found : { '.tag': 'metadata', ...found } };
  });
}

export function listReceivedFiles(call: UserCall, arg: { limit: number }): sharing.ListFilesResult {
  const page = firstPage(
    call,
    'sharing/list_received_files',
    call.company.sharing.listReceivedFiles(call.actor),
    arg.limit,
  );
  return { entries: page.items, ...sharingPaging(page) };
}

export function listReceivedFilesContinue(call: UserCall, arg: Cursor): sharing.ListFilesResult {
  const page = nextPage<sharing.SharedFileMetadata>(call, 'sharing/list_received_files', arg.cursor);
  return { entries: page.items, ...sharingPaging(page) };
}

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

export function createSharedLink(call: UserCall, arg: sharing.CreateSharedLinkWithSettingsArg): LinkMetadata {
  return call.company.sharing.createSharedLink(call.actor, arg);
}

// Writes on folders

export function shareFolder(call: UserCall, arg: sharing.ShareFolderArg): sharing.ShareFolderLaunch {
  return call.company.sharing.shareFolder(call.actor, arg);
}

export function checkShareJob(call: UserCall, arg: async.PollArg): sharing.ShareFolderJobStatus {
  return call.company.sharing.checkShareJob(arg.async_job_id);
}

export function checkJob(call: UserCall, arg: async.PollArg): sharing.JobStatus {
  return call.company.sharing.checkJob(arg.async_job_id);
}

export function checkRemoveMemberJob(call: UserCall, arg: async.PollArg): sharing.RemoveMemberJobStatus {
  return call.company.sharing.checkRemoveMemberJob(arg.async_job_id);
}

export function addFolderMember(call: UserCall, arg: sharing.AddFolderMemberArg): void {
  call.company.sharing.addFolderMember(call.actor, arg);
}

export function updateFolderMember(
  call: UserCall,
  arg: sharing.UpdateFolderMemberArg,
): sharing.MemberAccessLevelResult {
  return call.company.sharing.updateFolderMember(call.actor, arg);
}

export function removeFolderMember(call: UserCall, arg: sharing.RemoveFolderMemberArg): async.LaunchResultBase {
  return call.company.sharing.removeFolderMember(call.actor, arg);
}

export function transferFolder(call: UserCall, arg: sharing.TransferFolderArg): void {
  call.company.sharing.transferFolder(call.actor, arg);
}

export function setAccessInheritance(call: UserCall, arg: sharing.SetAccessInheritanceArg): sharing.ShareFolderLaunch {
  return call.company.sharing.setAccessInheritance(call.actor, arg);
}

export function updateFolderPolicy(call: UserCall, arg: sharing.UpdateFolderPolicyArg): sharing.SharedFolderMetadata {
  return call.company.sharing.updateFolderPolicy(call.actor, arg);
}

export function mountFolder(call: UserCall, arg: sharing.MountFolderArg): sharing.SharedFolderMetadata {
  return call.company.sharing.mountFolder(call.actor, arg);
}

export function unmountFolder(call: UserCall, arg: sharing.UnmountFolderArg): void {
  call.company.sharing.unmountFolder(call.actor, arg);
}

export function unshareFolder(call: UserCall, arg: sharing.UnshareFolderArg): async.LaunchEmptyResult {
  return call.company.sharing.unshareFolder(call.actor, arg);
}

export function relinquishFolderMembership(
  call: UserCall,
  arg: sharing.RelinquishFolderMembershipArg,
): async.LaunchEmptyResult {
  return call.company.sharing.relinquishFolderMembership(call.actor, arg);
}

// Writes on files

export function addFileMember(call: UserCall, arg: sharing.AddFileMemberArgs): sharing.FileMemberActionResult[] {
  return call.company.sharing.addFileMember(call.actor, arg);
}

export function updateFileMember(call: UserCall, arg: sharing.UpdateFileMemberArgs): sharing.MemberAccessLevelResult {
  return call.company.sharing.updateFileMember(call.actor, arg);
}

export function removeFileMember(
  call: UserCall,
  arg: sharing.RemoveFileMemberArg,
): sharing.FileMemberRemoveActionResult {
  return call.company.sharing.removeFileMember(call.actor, arg);
}

export function unshareFile(call: UserCall, arg: sharing.UnshareFileArg): void {
  call.company.sharing.unshareFile(call.actor, arg);
}

export function relinquishFileMembership(call: UserCall, arg: sharing.RelinquishFileMembershipArg): void {
  call.company.sharing.relinquishFileMembership(call.actor, arg);
}
