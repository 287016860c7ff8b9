import type { files } from 'dropbox';
import type { Content } from './content';
import type { Actor, FileVersion, FolderNode } from './entities';
import { FileNode, MountNode } from './entities';
import { EntryMaker } from './entries';
import { assetOf, logEvent } from './events';
import { fold } from './fold';
import { decodeRev, revOf } from './ids';
import { addFile, addFolder, recordItem, removeItem, removeMount, writeVersion } from './items';
import { lookupError, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, itemOf, resolve, versionOf } from './resolve';
import type { State } from './state';
import type { Target } from './targets';
import { conflictWith, createMissing, containingNamespace, mayWrite, nameFor, nodeInTree, targetOf } from './targets';
import { insert } from './tree';
import { View } from './view';

/** Metadata of a node, as the actor sees it after a write. */
export function metadataOf(view: View, node: FileNode | FolderNode): ReturnType<EntryMaker['item']> {
  // The write may have changed what the actor sees.
  const fresh = new View(view.state, view.actor);
  const item = itemOf(fresh, node);
  if (isItem(item)) return new EntryMaker(fresh).item(item);
  const namespace = view.actor.root;
  return new EntryMaker(fresh).item({ node, namespace, mount: undefined, path: undefined });
}

/** Removes the tag, which results of routes that return one kind of item do not have. */
export function untagged<T extends { '.tag': string }>(entry: T): Omit<T, '.tag'> {
  const { '.tag': _tag, ...rest } = entry;
  return rest;
}

function fileMetadata(view: View, file: FileNode): files.FileMetadata {
  const entry = metadataOf(view, file);
  if (entry['.tag'] !== 'file') throw new Error('the entry of a file must be a file entry');
  return untagged(entry);
}

/** For all uploads. The errors are those of a finished upload session. */
export function upload(state: State, actor: Actor, arg: files.CommitInfo, content: Content): files.FileMetadata {
  const view = new View(state, actor);
  const refuseWrite = (path: files.WriteError): never =>
    refuse<files.UploadSessionFinishError>({ '.tag': 'path', path });
  const target = targetOf(view, arg.path, refuseWrite);
  const written = arg.client_modified === undefined ? {} : { clientModified: seconds(arg.client_modified) };
  const facts = { by: actor.account, ...written };
  const existing = target.existing instanceof FileNode ? target.existing : undefined;
  if (existing !== undefined) {
    const same = existing.content.hash() === content.hash() && arg.strict_conflict !== true;
    if (same && arg.mode?.['.tag'] !== 'update') return fileMetadata(view, existing);
    if (mayReplace(existing, arg.mode)) {
      writeVersion(state, existing, content, facts);
      logFile(state, actor, 'file_edit_details', existing);
      return fileMetadata(view, existing);
    }
  } else if (arg.mode?.['.tag'] === 'update' && arg.autorename !== true) {
    return refuseWrite({ '.tag': 'conflict', conflict: { '.tag': 'file' } });
  }
  const name = nameFor(target, arg.autorename ?? false, refuseWrite);
  const file = addFile(state, createMissing(view, target), name, content, facts);
  logFile(state, actor, 'file_add_details', file);
  return fileMetadata(view, file);
}

function mayReplace(file: FileNode, mode: files.WriteMode | undefined): boolean {
  if (mode?.['.tag'] === 'overwrite') return true;
  return mode?.['.tag'] === 'update' && mode.update === revOf(file.number, file.version);
}

/** An API timestamp as seconds since the epoch. */
function seconds(stamp: string): number {
  return Math.floor(Date.parse(stamp) / 1000);
}

type PlainFileEvent =
  | 'file_add_details'
  | 'file_edit_details'
  | 'file_delete_details'
  | 'file_restore_details'
  | 'file_permanently_delete_details';

function logFile(state: State, actor: Actor, event: PlainFileEvent, node: FileNode | FolderNode): void {
  if (!state.live) return;
  logEvent(state, { '.tag': event }, { actor: actor.account, assets: [assetOf(state, node, actor.account)] });
}

export function createFolder(state: State, actor: Actor, arg: files.CreateFolderArg): files.CreateFolderResult {
  const view = new View(state, actor);
  const refuseWrite = (path: files.WriteError): never => refuse<files.CreateFolderError>({ '.tag': 'path', path });
  const target = targetOf(view, arg.path, refuseWrite);
  const name = nameFor(target, arg.autorename ?? false, refuseWrite);
  const folder = addFolder(state, createMissing(view, target), name);
  logFile(state, actor, 'file_add_details', folder);
  const entry = metadataOf(view, folder);
  if (entry['.tag'] !== 'folder') throw new Error('the entry of a folder must be a folder entry');
  return { metadata: untagged(entry) };
}

function deleteItem(state: State, actor: Actor, arg: files.DeleteArg): { view: View; item: Item } {
  const view = new View(state, actor);
  const item = resolve(view, arg.path);
  if (!isItem(item)) return refuse<files.DeleteError>({ '.tag': 'path_lookup', path_lookup: lookupError(item) });
  const refuseWrite = (path_write: files.WriteError): never =>
    refuse<files.DeleteError>({ '.tag': 'path_write', path_write });
  const container = containingNamespace(item);
  const node = nodeInTree(item);
  if (node instanceof MountNode && node.target.kind === 'team_folder') return refuseWrite({ '.tag': 'team_folder' });
  const isOwnMount = node instanceof MountNode && node.target.location !== node && node.target.kind === 'shared_folder';
  if (container === undefined || !(mayWrite(view, container) || (isOwnMount && container.owner === actor.account))) {
    return refuseWrite({ '.tag': 'no_write_permission' });
  }
  if (node instanceof MountNode && node.target.kind !== 'shared_folder') {
    return refuseWrite({ '.tag': 'no_write_permission' });
  }
  if (arg.parent_rev !== undefined) {
    if (!(node instanceof FileNode)) return refuseWrite({ '.tag': 'conflict', conflict: { '.tag': 'folder' } });
    if (revOf(node.number, node.version) !== arg.parent_rev) {
      return refuseWrite({ '.tag': 'conflict', conflict: { '.tag': 'file' } });
    }
  }
  return { view, item };
}

export function deleteV2(state: State, actor: Actor, arg: files.DeleteArg): files.DeleteResult {
  const { view, item } = deleteItem(state, actor, arg);
  const metadata = new EntryMaker(view).item(item);
  const node = nodeInTree(item);
  logFile(state, actor, 'file_delete_details', item.node);
  if (node instanceof MountNode) removeMount(state, node);
  else removeItem(state, node);
  return { metadata };
}

export function permanentlyDelete(state: State, actor: Actor, arg: files.DeleteArg): void {
  const { item } = deleteItem(state, actor, arg);
  const node = nodeInTree(item);
  logFile(state, actor, 'file_permanently_delete_details', item.node);
  if (node instanceof MountNode) {
    removeMount(state, node);
    return;
  }
  const { parent } = node;
  removeItem(state, node);
  parent?.deleted?.delete(fold(node.name));
  state.items[node.number] = undefined;
}

export function restore(state: State, actor: Actor, arg: files.RestoreArg): files.FileMetadata {
  const view = new View(state, actor);
  const decoded = decodeRev(arg.rev);
  const file = decoded === undefined ? undefined : state.items[decoded.number];
  if (decoded === undefined || !(file instanceof FileNode)) {
    return refuse<files.RestoreError>({ '.tag': 'invalid_revision' });
  }
  const version = versionOf(file, decoded.version);
  if (version === undefined) return refuse<files.RestoreError>({ '.tag': 'invalid_revision' });
  const target = targetOf(view, arg.path, (path_write) =>
    refuse<files.RestoreError>({ '.tag': 'path_write', path_write }),
  );
  const restored = restoreAt(view, target, file, version);
  logFile(state, actor, 'file_restore_details', restored);
  return fileMetadata(view, restored);
}

/** Restores a version: as a new version of the file at the target, or by reinserting the deleted file. */
function restoreAt(view: View, target: Target, file: FileNode, version: FileVersion): FileNode {
  const { state, actor } = view;
  const facts = { by: actor.account, clientModified: version.clientModified };
  const { existing } = target;
  if (existing instanceof FileNode) {
    writeVersion(state, existing, version.content, facts);
    return existing;
  }
  if (existing !== undefined) {
    const path_write: files.WriteError = { '.tag': 'conflict', conflict: conflictWith(existing) };
    return refuse<files.RestoreError>({ '.tag': 'path_write', path_write });
  }
  const folder = createMissing(view, target);
  if (folder.deleted?.get(fold(target.name)) !== file) {
    return addFile(state, folder, target.name, version.content, facts);
  }
  insert(state, folder, file);
  if (version === file) recordItem(state, file, 'put');
  else writeVersion(state, file, version.content, facts);
  return file;
}
