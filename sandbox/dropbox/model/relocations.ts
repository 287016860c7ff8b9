import type { files, team_log } from 'dropbox';
import { isShared, ownerOf } from './access';
import { changeAccess, allAccounts, unmount } from './accessChanges';
import type { Actor, Namespace, Node } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import type { Asset } from './events';
import { assetOf, logEvent } from './events';
import { metadataOf } from './fileWrites';
import { fold } from './fold';
import { copyTree, moveItem, recordItem, renumber } from './items';
import { lookupError, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, resolve } from './resolve';
import type { State } from './state';
import type { Target } from './targets';
import { createMissing, containingNamespace, mayWrite, nameFor, nodeInTree, targetOf } from './targets';
import { insert, mountsWithin, placeInNamespace } from './tree';
import { View } from './view';

type Refusal = files.RelocationError['.tag'];

function deny(tag: Exclude<Refusal, 'from_lookup' | 'from_write' | 'to'>): never {
  return refuse<files.RelocationError>({ '.tag': tag } as files.RelocationError);
}

const refuseTo = (to: files.WriteError): never => refuse<files.RelocationError>({ '.tag': 'to', to });

interface Relocation {
  readonly view: View;
  readonly item: Item;
  readonly target: Target;
}

function resolveRelocation(state: State, actor: Actor, arg: files.RelocationArg): Relocation {
  const view = new View(state, actor);
  const item = resolve(view, arg.from_path);
  if (!isItem(item)) return refuse<files.RelocationError>({ '.tag': 'from_lookup', from_lookup: lookupError(item) });
  return { view, item, target: targetOf(view, arg.to_path, refuseTo) };
}

function relocated(view: View, node: FileNode | FolderNode): files.RelocationResult {
  return { metadata: metadataOf(view, node) };
}

export function move(state: State, actor: Actor, arg: files.RelocationArg): files.RelocationResult {
  const { view, item, target } = resolveRelocation(state, actor, arg);
  const node = nodeInTree(item);
  const source = containingNamespace(item);
  if (source === undefined) return deny('cant_move_shared_folder');
  if (isInside(target.folder, node)) return deny('cant_move_folder_into_itself');
  if (node === target.existing) return deny('duplicated_or_nested_paths');
  if (node instanceof MountNode) return moveMount(view, item, node, source, target, arg);
  if (!mayWrite(view, source)) {
    return refuse<files.RelocationError>({ '.tag': 'from_write', from_write: { '.tag': 'no_write_permission' } });
  }
  if (source !== target.namespace) {
    checkNestedFolders(state, node, target.namespace);
    checkOwnershipTransfer(state, actor, source, target.namespace, arg);
  }
  const name = nameFor(target, arg.autorename ?? false, refuseTo);
  const isRename = node.parent === target.folder && target.missing.length === 0;
  const before = state.live ? assetOf(state, node, actor.account) : undefined;
  const nestings = node instanceof FolderNode ? nestingsOf(node) : [];
  const folder = createMissing(view, target);
  moveItem(state, node, folder, name);
  const changed = source !== target.namespace && state.choices.idAcrossNamespaces === 'new';
  const moved = changed ? renumber(state, node) : node;
  logRelocation(state, actor, isRename ? 'file_rename_details' : 'file_move_details', before, moved);
  if (source !== target.namespace) logNestings(state, actor, nestings);
  return relocated(view, moved);
}

/** Whether a folder is the node or below it, across nested namespaces. */
function isInside(folder: FolderNode, node: Node): boolean {
  const target = node instanceof MountNode ? node.target.root : node;
  let at: FolderNode | undefined = folder;
  while (at !== undefined) {
    if (at === target) return true;
    at = at.namespace === undefined ? at.parent : at.namespace.location?.parent;
  }
  return false;
}

/** Refuses moves to another namespace that are not possible: of mounts, and of nested folders into a home. */
function checkNestedFolders(state: State, node: FileNode | FolderNode, to: Namespace): void {
  const mounts = node instanceof FolderNode ? mountsWithin(node) : [];
  if (mounts.length === 0) return;
  if (mounts.some((mount) => mount.target.location !== mount)) deny('cant_nest_shared_folder');
  if (!isShared(to) || state.choices.idAcrossNamespaces === 'new') deny('cant_move_shared_folder');
}

function checkOwnershipTransfer(
  state: State,
  actor: Actor,
  from: Namespace,
  to: Namespace,
  arg: files.RelocationArg,
): void {
  const isTransfer = ownerOf(from) === actor.account && ownerOf(to) !== actor.account;
  if (state.choices.ownershipTransferNeedsConsent && isTransfer && arg.allow_ownership_transfer !== true) {
    deny('cant_transfer_ownership');
  }
}

interface Nesting {
  readonly namespace: Namespace;
  readonly parent: string | undefined;
  readonly path: string | undefined;
}

function nestingOf(namespace: Namespace): Nesting {
  const place = namespace.location === undefined ? undefined : placeInNamespace(namespace.location);
  return { namespace, parent: place?.namespace.id, path: place?.display };
}

function nestingsOf(folder: FolderNode): Nesting[] {
  return mountsWithin(folder).map((mount) => nestingOf(mount.target));
}

/** Logs the new parent of nested namespaces, which may change the members that they inherit. */
function logNestings(state: State, actor: Actor, before: readonly Nesting[]): void {
  for (const old of before) {
    const now = nestingOf(old.namespace);
    logEvent(
      state,
      {
        '.tag': 'shared_folder_nest_details',
        ...(old.parent === undefined ? {} : { previous_parent_ns_id: old.parent }),
        ...(old.path === undefined ? {} : { previous_ns_path: old.path }),
        ...(now.parent === undefined ? {} : { new_parent_ns_id: now.parent }),
        ...(now.path === undefined ? {} : { new_ns_path: now.path }),
      },
      { actor: actor.account, assets: [assetOf(state, old.namespace, actor.account)] },
    );
  }
}

function moveMount(
  view: View,
  item: Item,
  node: MountNode,
  source: Namespace,
  target: Target,
  arg: files.RelocationArg,
): files.RelocationResult {
  const { state, actor } = view;
  const namespace = node.target;
  const isNested = namespace.location === node;
  if (namespace.kind !== 'shared_folder') return deny('cant_move_shared_folder');
  if (isNested && !mayWrite(view, source)) {
    return refuse<files.RelocationError>({ '.tag': 'from_write', from_write: { '.tag': 'no_write_permission' } });
  }
  const name = nameFor(target, arg.autorename ?? false, refuseTo);
  const before = nestingOf(namespace);
  const asset = state.live ? assetOf(state, namespace, actor.account) : undefined;
  if (target.namespace === source || (isNested && isShared(target.namespace))) {
    moveItem(state, node, createMissing(view, target), name);
  } else if (!isNested && isShared(target.namespace)) {
    nest(view, node, target, name);
  } else {
    return deny('cant_move_shared_folder');
  }
  if (target.namespace !== source) logNestings(state, actor, [before]);
  else logRelocation(state, actor, 'file_move_details', asset, item.node);
  return relocated(view, item.node);
}

/** Nests a shared folder in another one on behalf of its owner. Members who reach it there lose their own mount. */
function nest(view: View, node: MountNode, target: Target, name: string): void {
  const { state, actor } = view;
  const namespace = node.target;
  if (ownerOf(namespace) !== actor.account) deny('cant_nest_shared_folder');
  const folder = createMissing(view, target);
  changeAccess(state, allAccounts(state), [namespace, target.namespace], () => {
    unmount(state, actor.account, namespace);
    const location = new MountNode(name, undefined, 0, namespace);
    namespace.location = location;
    insert(state, folder, location);
    recordItem(state, location, 'put_tree');
  });
}

type RelocationEvent = 'file_move_details' | 'file_rename_details' | 'file_copy_details';

function logRelocation(
  state: State,
  actor: Actor,
  event: RelocationEvent,
  from: Asset | undefined,
  node: FileNode | FolderNode,
): void {
  if (from === undefined) return;
  const assets: Asset[] = [from, assetOf(state, node, actor.account)];
  const relocate_action_details: team_log.RelocateAssetReferencesLogInfo[] = [
    { src_asset_index: 0, dest_asset_index: 1 },
  ];
  logEvent(state, { '.tag': event, relocate_action_details }, { actor: actor.account, assets });
}

export function copy(state: State, actor: Actor, arg: files.RelocationArg): files.RelocationResult {
  const { view, item, target } = resolveRelocation(state, actor, arg);
  const { node } = item;
  const visibility = view.visibilityOf(item.namespace);
  const readable = visibility === 'full' || (node instanceof FileNode && visibility !== 'traverse');
  if (item.mount !== undefined || node.parent === undefined || !readable) return deny('cant_copy_shared_folder');
  if (node instanceof FolderNode) {
    if (mountsWithin(node).length > 0) return deny('cant_copy_shared_folder');
    if (isInside(target.folder, node)) return deny('cant_move_folder_into_itself');
  }
  const name = nameFor(target, arg.autorename ?? false, refuseTo);
  const before = state.live ? assetOf(state, node, actor.account) : undefined;
  const folder = createMissing(view, target);
  const made = copyTree(state, node, actor.account, false);
  made.name = name;
  insert(state, folder, made);
  recordItem(state, made, made instanceof FileNode ? 'put' : 'put_tree');
  logRelocation(state, actor, 'file_copy_details', before, made);
  return relocated(view, made);
}

/** Renames an item in place, as desktop clients do. Cursor streams do not deliver a change of case alone. */
export function rename(state: State, node: FileNode | FolderNode | MountNode, name: string): void {
  const { parent } = node;
  if (parent === undefined) return;
  if (fold(name) === fold(node.name)) {
    node.name = name;
    return;
  }
  if (parent.children.has(fold(name))) throw new Error(`the name ${name} is taken`);
  moveItem(state, node, parent, name);
}
