import type { files } from 'dropbox';
import type { Content } from './content';
import type { Actor, FileVersion, FolderNode } from './entities';
import { FileNode, MountNode } from './entities';
import { EntryMaker } from './entries';
import { assetOf, logEvent } from './events';
import { decodeRev, opaque, revOf } from './ids';
import { addFile, addFolder, recordItem, removeItem, removeMount, writeVersion } from './items';
import { lookupError, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, itemOf, resolve, versionOf } from './resolve';
import { Sight } from './sight';
import type { State } from './state';
import type { Target } from './targets';
import { conflictWith, createMissing, holderOf, mayWrite, nameFor, nodeInTree, targetOf } from './targets';
import { fold, insert } from './tree';

/** Metadata of a node as the actor sees it after a write. */
export function metadataOf(sight: Sight, node: FileNode | FolderNode): ReturnType<EntryMaker['item']> {
  // What is visible may have changed with the write.
  const fresh = new Sight(sight.state, sight.actor);
  const item = itemOf(fresh, node);
  if (isItem(item)) return new EntryMaker(fresh).item(item);
  const namespace = sight.actor.root;
  return new EntryMaker(fresh).item({ node, namespace, mount: undefined, path: undefined });
}

/** Results of routes that return one kind of item carry no tag. */
export function untagged<T extends { '.tag': string }>(entry: T): Omit<T, '.tag'> {
  const { '.tag': _tag, ...rest } = entry;
  return rest;
}

function fileMetadata(sight: Sight, file: FileNode): files.FileMetadata {
  const entry = metadataOf(sight, file);
  if (entry['.tag'] !== 'file') throw new Error('a file has the metadata of a file');
  return untagged(entry);
}

export function upload(state: State, actor: Actor, arg: files.UploadArg, content: Content): files.FileMetadata {
  const sight = new Sight(state, actor);
  const refuseWrite = (reason: files.WriteError): never =>
    refuse<files.UploadError>({
      '.tag': 'path',
      reason,
      upload_session_id: opaque(22, 'upload', state.seed, state.sequence),
    });
  if (arg.content_hash !== undefined && arg.content_hash !== content.hash()) {
    return refuse<files.UploadError>({ '.tag': 'content_hash_mismatch' });
  }
  const target = targetOf(sight, arg.path, refuseWrite);
  const written = arg.client_modified === undefined ? {} : { clientModified: seconds(arg.client_modified) };
  const facts = { by: actor.account, ...written };
  const standing = target.standing instanceof FileNode ? target.standing : undefined;
  if (standing !== undefined) {
    const same = standing.content.hash() === content.hash() && arg.strict_conflict !== true;
    if (same && arg.mode?.['.tag'] !== 'update') return fileMetadata(sight, standing);
    if (mayReplace(standing, arg.mode)) {
      writeVersion(state, standing, content, facts);
      logFile(state, actor, 'file_edit_details', standing);
      return fileMetadata(sight, standing);
    }
  } else if (arg.mode?.['.tag'] === 'update' && arg.autorename !== true) {
    return refuseWrite({ '.tag': 'conflict', conflict: { '.tag': 'file' } });
  }
  const name = nameFor(target, arg.autorename ?? false, refuseWrite);
  const file = addFile(state, createMissing(sight, target), name, content, facts);
  logFile(state, actor, 'file_add_details', file);
  return fileMetadata(sight, file);
}

function mayReplace(file: FileNode, mode: files.WriteMode | undefined): boolean {
  if (mode?.['.tag'] === 'overwrite') return true;
  return mode?.['.tag'] === 'update' && mode.update === revOf(file.number, file.version);
}

/** Seconds since the epoch of an API timestamp. */
function seconds(stamp: string): number {
  return Math.floor(Date.parse(stamp) / 1000);
}

type PlainFileEvent =
  | 'file_add_details'
  | 'file_edit_details'
  | 'file_delete_details'
  | 'file_restore_details'
  | 'file_permanently_delete_details';

export function logFile(state: State, actor: Actor, event: PlainFileEvent, node: FileNode | FolderNode): void {
  if (!state.live) return;
  logEvent(state, { '.tag': event }, { actor: actor.account, assets: [assetOf(state, node, actor.account)] });
}

export function createFolder(state: State, actor: Actor, arg: files.CreateFolderArg): files.CreateFolderResult {
  const sight = new Sight(state, actor);
  const refuseWrite = (path: files.WriteError): never => refuse<files.CreateFolderError>({ '.tag': 'path', path });
  const target = targetOf(sight, arg.path, refuseWrite);
  const name = nameFor(target, arg.autorename ?? false, refuseWrite);
  const folder = addFolder(state, createMissing(sight, target), name);
  logFile(state, actor, 'file_add_details', folder);
  const entry = metadataOf(sight, folder);
  if (entry['.tag'] !== 'folder') throw new Error('a folder has the metadata of a folder');
  return { metadata: untagged(entry) };
}

function deleteItem(state: State, actor: Actor, arg: files.DeleteArg): { sight: Sight; item: Item } {
  const sight = new Sight(state, actor);
  const item = resolve(sight, arg.path);
  if (!isItem(item)) return refuse<files.DeleteError>({ '.tag': 'path_lookup', path_lookup: lookupError(item) });
  const refuseWrite = (path_write: files.WriteError): never =>
    refuse<files.DeleteError>({ '.tag': 'path_write', path_write });
  const holder = holderOf(item);
  const node = nodeInTree(item);
  if (node instanceof MountNode && node.target.kind === 'team_folder') return refuseWrite({ '.tag': 'team_folder' });
  const isOwnMount = node instanceof MountNode && node.target.location !== node && node.target.kind === 'shared_folder';
  if (holder === undefined || !(mayWrite(sight, holder) || (isOwnMount && holder.owner === actor.account))) {
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
  return { sight, item };
}

export function deleteV2(state: State, actor: Actor, arg: files.DeleteArg): files.DeleteResult {
  const { sight, item } = deleteItem(state, actor, arg);
  const metadata = new EntryMaker(sight).item(item);
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
  const sight = new Sight(state, actor);
  const decoded = decodeRev(arg.rev);
  const file = decoded === undefined ? undefined : state.items[decoded.number];
  if (decoded === undefined || !(file instanceof FileNode)) {
    return refuse<files.RestoreError>({ '.tag': 'invalid_revision' });
  }
  const version = versionOf(file, decoded.version);
  if (version === undefined) return refuse<files.RestoreError>({ '.tag': 'invalid_revision' });
  const target = targetOf(sight, arg.path, (path_write) =>
    refuse<files.RestoreError>({ '.tag': 'path_write', path_write }),
  );
  const restored = restoreAt(sight, target, file, version);
  logFile(state, actor, 'file_restore_details', restored);
  return fileMetadata(sight, restored);
}

/** Brings a version back at a place: as a new version of the file there, or by putting a deleted file back. */
function restoreAt(sight: Sight, target: Target, file: FileNode, version: FileVersion): FileNode {
  const { state, actor } = sight;
  const facts = { by: actor.account, clientModified: version.clientModified };
  const { standing } = target;
  if (standing instanceof FileNode) {
    writeVersion(state, standing, version.content, facts);
    return standing;
  }
  if (standing !== undefined) {
    const path_write: files.WriteError = { '.tag': 'conflict', conflict: conflictWith(standing) };
    return refuse<files.RestoreError>({ '.tag': 'path_write', path_write });
  }
  const folder = createMissing(sight, target);
  if (folder.deleted?.get(fold(target.name)) !== file) {
    return addFile(state, folder, target.name, version.content, facts);
  }
  insert(state, folder, file);
  if (version === file) recordItem(state, file, 'put');
  else writeVersion(state, file, version.content, facts);
  return file;
}
