import { changeAccess, allAccounts, unmount } from './accessChanges';
import { assignRoot, ensureTeamRoot } from './accounts';
import type { Namespace } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import { recordItem } from './items';
import { setFolderMember } from './memberships';
import { BadArgument } from './problems';
import type { State } from './state';
import { detach, freeName, insert, mountsWithin } from './tree';

/**
 * Migrates the team while apps stay linked, as Dropbox does: from team folders in homes (A) to one team root (B) or to
 * a root for each member (C). Members get a new root, so path roots and cursors of the previous one become invalid.
 */
export function migrate(state: State, model: 'B' | 'C'): void {
  const from = state.model;
  if (from === model || from === 'C') {
    throw new BadArgument(`model: a team cannot be migrated from model ${from} to ${model}`);
  }
  const oldRoot = state.teamRoot;
  const teamFolders = [...state.namespaces.values()].filter((one) => one.kind === 'team_folder' && !one.deleted);
  for (const namespace of teamFolders) {
    for (const account of state.accounts.values()) unmount(state, account, namespace);
  }
  state.model = model;
  if (oldRoot !== undefined)
    for (const mount of [...oldRoot.inside]) if (mount.target.kind === 'team_member_folder') detach(mount);
  for (const account of state.byMemberId.values()) assignRoot(state, account);
  if (model === 'B') moveIntoTeamRoot(state, teamFolders);
  else if (oldRoot !== undefined) splitTeamRoot(state, oldRoot);
  const moved = [...state.namespaces.values()].filter(({ kind }) => kind === 'team_folder' || kind === 'shared_folder');
  changeAccess(state, allAccounts(state), moved, () => undefined);
}

/** Turns team folders into folders of the team root, each restricted to its members. */
function moveIntoTeamRoot(state: State, teamFolders: readonly Namespace[]): void {
  const root = ensureTeamRoot(state);
  if (state.everyone !== undefined) setFolderMember(state, root, state.everyone, state.choices.sharedRootLevel);
  for (const namespace of teamFolders) {
    const location = new MountNode(freeName(root.root, namespace.name), undefined, 0, namespace);
    namespace.kind = 'shared_folder';
    namespace.inherits = false;
    namespace.location = location;
    insert(state, root.root, location);
    recordItem(state, location, 'put_tree');
  }
}

/** Turns the content of the team root into team folders. What inherited from the root gets its groups as members. */
function splitTeamRoot(state: State, root: Namespace): void {
  for (const child of [...root.root.children.values()]) {
    if (child instanceof FileNode) continue;
    const nested = child instanceof FolderNode ? mountsWithin(child) : [];
    detach(child);
    if (child instanceof FolderNode) {
      child.parent = undefined;
      const namespace = state.newNamespace('team_folder', child.name, undefined, child);
      for (const mount of nested) {
        root.inside.delete(mount);
        namespace.inside.add(mount);
      }
      addRootGroups(state, root, namespace);
      continue;
    }
    const { target } = child;
    delete target.location;
    target.kind = 'team_folder';
    target.name = child.name;
    if (target.inherits) addRootGroups(state, root, target);
    target.inherits = true;
  }
  const files = [...root.root.children.values()];
  if (files.length > 0) {
    const filesFolder = state.newNamespace('team_folder', state.teamName);
    for (const file of files) {
      detach(file);
      insert(state, filesFolder.root, file);
    }
    addRootGroups(state, root, filesFolder);
  }
  root.deleted = true;
  state.teamRoot = undefined;
}

function addRootGroups(state: State, root: Namespace, namespace: Namespace): void {
  for (const [group, level] of root.acl.groups) setFolderMember(state, namespace, group, level);
}
