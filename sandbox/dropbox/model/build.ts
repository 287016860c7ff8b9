import type { NewFileFacts } from './api';
import { joinGroup, newExternal, newGroup, newMember } from './accounts';
import type { Content } from './content';
import { unmount as takeOut } from './changes';
import type { Account, FileNode, FolderNode, FolderPolicy, Group, Namespace } from './entities';
import { opaque } from './ids';
import { addFile, addFolder } from './items';
import { setFileMember, setFolderMember } from './memberships';
import { nestNew, newAppFolder, newTeamFolder, relocateMount, shareNew } from './nesting';
import { rename } from './relocations';
import type { State } from './state';

/** Direct building: the rules of permission are for the API's writes. */
export const buildOperations = {
  member: newMember,
  externalAccount: newExternal,
  group: newGroup,
  groupMember: (state: State, group: Group, account: Account, access: 'member' | 'owner' = 'member') =>
    joinGroup(state, group, account, access),
  teamFolder: newTeamFolder,
  sharedFolder: (state: State, owner: Account, parent: FolderNode, name: string) =>
    shareNew(state, owner, parent, name),
  nestedFolder: (state: State, parent: FolderNode, name: string, inherits: boolean) =>
    nestNew(state, parent, name, inherits),
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
    takeOut(state, account, namespace);
  },
  placeMount: relocateMount,
  rename,
  sharedLink: (
    state: State,
    item: FileNode | Namespace,
    by: Account,
    audience: 'public' | 'team' | 'members' = 'public',
  ) => {
    const node = 'root' in item ? item.root : item;
    const url = `https://www.dropbox.com/scl/${opaque(22, 'link', state.seed, node.number, state.links.length)}?dl=0`;
    state.links.push({ url, item: node, by, audience });
  },
};
