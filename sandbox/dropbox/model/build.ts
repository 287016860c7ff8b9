import { unmount as unmountFromHome } from './accessChanges';
import { joinGroup, newExternal, newGroup, newMember } from './accounts';
import type { NewFileFacts } from './api';
import type { Content } from './content';
import type { Account, FileNode, FolderNode, FolderPolicy, Group, Namespace } from './entities';
import { addFile, addFolder } from './items';
import { setFileMember, setFolderMember } from './memberships';
import { createNestedFolder, newAppFolder, newTeamFolder, relocateMount, createSharedFolder } from './nesting';
import { rename } from './relocations';
import { addLink } from './sharedLinks';
import type { State } from './state';

/**
 * Operations that build a company directly, for team sources: permissions and names are not checked. Nothing is
 * journalled or logged before `Company.goLive`. After it, changes are attributed to the account that the call names.
 */
export const buildOperations = {
  member: newMember,
  externalAccount: newExternal,
  group: newGroup,
  groupMember: (state: State, group: Group, account: Account, access: 'member' | 'owner' = 'member') =>
    joinGroup(state, group, account, access),
  teamFolder: newTeamFolder,
  sharedFolder: (state: State, owner: Account, parent: FolderNode, name: string) =>
    createSharedFolder(state, owner, parent, name),
  nestedFolder: (state: State, parent: FolderNode, name: string, inherits: boolean) =>
    createNestedFolder(state, parent, name, inherits),
  appFolder: newAppFolder,
  folderMember: setFolderMember,
  fileMember: setFileMember,
  policy: (_state: State, namespace: Namespace, policy: Partial<FolderPolicy>) => {
    namespace.policy = { ...namespace.policy, ...policy };
  },
  folder: addFolder,
  file: (state: State, parent: FolderNode, name: string, content: Content, facts: NewFileFacts = {}) => {
    const file = addFile(state, parent, name, content, facts);
    file.downloadable = facts.downloadable ?? true;
    file.restricted = facts.restricted ?? false;
    return file;
  },
  unmount: (state: State, account: Account, namespace: Namespace) => {
    account.unmounted.add(namespace);
    unmountFromHome(state, account, namespace);
  },
  placeMount: relocateMount,
  rename,
  sharedLink: (
    state: State,
    item: FileNode | Namespace,
    by: Account,
    audience: 'public' | 'team' | 'members' = 'public',
  ) => void addLink(state, 'root' in item ? item.root : item, by, { audience }),
};
