import type { files } from 'dropbox';
import type { Entry } from './api';
import type { Content } from './content';
import type { Actor, FileVersion } from './entities';
import { FileNode, FolderNode } from './entities';
import { EntryMaker } from './entries';
import { untagged } from './fileWrites';
import { fold } from './fold';
import { decodeRev } from './ids';
import { BadArgument, lookupError, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, mayEnter, parsePath, resolve } from './resolve';
import type { State } from './state';
import { View } from './view';

export function getMetadata(state: State, actor: Actor, arg: files.GetMetadataArg): Entry {
  const view = new View(state, actor);
  const maker = new EntryMaker(view, {
    explicitMembers: arg.include_has_explicit_shared_members ?? false,
    restorable: false,
  });
  const item = resolve(view, arg.path);
  if (isItem(item)) {
    if (item.path?.lower === '') throw new BadArgument('path: The root folder is unsupported.');
    return maker.item(item);
  }
  const deleted = arg.include_deleted === true ? findDeleted(view, arg.path) : undefined;
  if (deleted === undefined) return refuse<files.GetMetadataError>({ '.tag': 'path', path: lookupError(item) });
  return maker.deleted(deleted.node.name, deleted.lower, deleted.display);
}

/** The item that was at a path before it or a folder above it was deleted. */
function findDeleted(view: View, path: string) {
  const parsed = parsePath(path);
  if (parsed.form !== 'path') return undefined;
  const { names } = parsed;
  for (let depth = names.length - 1; depth >= 0; depth--) {
    const parent = resolve(view, depth === 0 ? '' : `/${names.slice(0, depth).join('/')}`);
    if (!isItem(parent)) continue;
    if (
      !(parent.node instanceof FolderNode) ||
      !mayEnter(view, parent) ||
      view.visibilityOf(parent.namespace) !== 'full'
    ) {
      return undefined;
    }
    let node: FileNode | FolderNode = parent.node;
    let lower = parent.path?.lower ?? '';
    let display = parent.path?.display ?? '';
    for (const name of names.slice(depth)) {
      if (!(node instanceof FolderNode)) return undefined;
      const next: unknown =
        node.deleted?.get(fold(name)) ?? (node === parent.node ? undefined : node.children.get(fold(name)));
      if (!(next instanceof FileNode || next instanceof FolderNode)) return undefined;
      node = next;
      lower += `/${fold(next.name)}`;
      display += `/${next.name}`;
    }
    return { node, lower, display };
  }
  return undefined;
}

/** For download, export and temporary links: the caller checks `is_downloadable`. */
export function download(state: State, actor: Actor, path: string): { metadata: files.FileMetadata; content: Content } {
  const view = new View(state, actor);
  const deny = (tag: 'not_found' | 'not_file' | 'not_folder' | 'restricted_content' | 'other'): never =>
    refuse<files.DownloadError>({ '.tag': 'path', path: lookupError(tag) });
  const item = resolve(view, path);
  if (!isItem(item)) return refuse<files.DownloadError>({ '.tag': 'path', path: lookupError(item) });
  const { node } = item;
  if (!(node instanceof FileNode)) return deny('not_file');
  if (!mayEnter(view, item)) return deny('not_found');
  if (node.restricted) return deny('restricted_content');
  return { metadata: fileMetadata(view, item, node, item.version ?? node), content: (item.version ?? node).content };
}

function fileMetadata(view: View, item: Item, file: FileNode, version: FileVersion): files.FileMetadata {
  const maker = new EntryMaker(view);
  return untagged(maker.file(file, maker.factsOf(item.namespace), item.path?.lower, item.path?.display, version));
}

export function listRevisions(state: State, actor: Actor, arg: files.ListRevisionsArg): files.ListRevisionsResult {
  const view = new View(state, actor);
  const limit = arg.limit ?? 10;
  const before = arg.before_rev === undefined ? undefined : decodeRev(arg.before_rev);
  if (arg.before_rev !== undefined && arg.mode?.['.tag'] === 'id') {
    return refuse<files.ListRevisionsError>({ '.tag': 'before_rev_not_supported' });
  }
  let item = resolve(view, arg.path);
  const deleted = isItem(item) ? undefined : findDeleted(view, arg.path);
  if (deleted !== undefined) {
    item = { node: deleted.node, mount: undefined, namespace: actor.root, path: deleted };
  }
  if (!isItem(item)) return refuse<files.ListRevisionsError>({ '.tag': 'path', path: lookupError(item) });
  const found = item;
  const { node } = found;
  if (!(node instanceof FileNode)) {
    return refuse<files.ListRevisionsError>({ '.tag': 'path', path: lookupError('not_file') });
  }
  if (arg.before_rev !== undefined && before?.number !== node.number) {
    return refuse<files.ListRevisionsError>({ '.tag': 'invalid_before_rev' });
  }
  const versions = [node, ...[...(node.history ?? [])].reverse()].filter(
    ({ version }) => before === undefined || version < before.version,
  );
  return {
    is_deleted: deleted !== undefined,
    entries: versions.slice(0, limit).map((version) => fileMetadata(view, found, node, version)),
    has_more: versions.length > limit,
  };
}
