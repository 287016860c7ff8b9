import type { files } from 'dropbox';
import { isShared } from './access';
import type { Entry } from './api';
import type { FileVersion, Namespace } from './entities';
import { FileNode, type FolderNode } from './entities';
import { exportInfo } from './exportFormats';
import { revOf } from './ids';
import type { Item } from './resolve';
import { namespaceOf } from './tree';
import type { Visibility, View } from './view';

const TWO_DIGITS = Array.from({ length: 60 }, (_, at) => String(at).padStart(2, '0'));

let lastDay = -1;
let lastDate = '';

/** Seconds since the epoch as `YYYY-MM-DDTHH:MM:SSZ`. The date is cached, because every entry has two timestamps. */
export function timestamp(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  if (day !== lastDay) {
    lastDay = day;
    lastDate = new Date(day * 86_400_000).toISOString().slice(0, 11);
  }
  const rest = seconds - day * 86_400;
  const minutes = Math.floor(rest / 60);
  return `${lastDate}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(rest % 60)}Z`;
}

function twoDigits(value: number): string {
  return TWO_DIGITS[value] ?? '00';
}

/** The optional parts of an entry that the caller asked for. */
export interface EntryOptions {
  readonly explicitMembers: boolean;
  readonly restorable: boolean;
}

const plainEntries: EntryOptions = { explicitMembers: false, restorable: false };

/** What all entries of one namespace share for one actor. */
export interface NamespaceFacts {
  readonly visibility: Visibility;
  readonly readOnly: boolean;
  /** Id of the namespace; undefined unless it is shared. */
  readonly sharedId: string | undefined;
}

function factsOf(view: View, namespace: Namespace): NamespaceFacts {
  return {
    visibility: view.visibilityOf(namespace),
    readOnly: view.readOnly(namespace),
    sharedId: isShared(namespace) ? namespace.id : undefined,
  };
}

/** Makes the entries of one listing. Paths are undefined for namespaces that are not mounted under the path root. */
export class EntryMaker {
  private readonly facts = new Map<Namespace, NamespaceFacts>();

  constructor(
    readonly view: View,
    private readonly options: EntryOptions = plainEntries,
  ) {}

  factsOf(namespace: Namespace): NamespaceFacts {
    let facts = this.facts.get(namespace);
    if (facts === undefined) {
      facts = factsOf(this.view, namespace);
      this.facts.set(namespace, facts);
    }
    return facts;
  }

  file(
    file: FileNode,
    facts: NamespaceFacts,
    lower: string | undefined,
    display: string | undefined,
    version: FileVersion = file,
  ): files.FileMetadataReference {
    const { state } = this.view;
    const entry: files.FileMetadataReference = {
      '.tag': 'file',
      name: file.name,
      id: state.itemIds.encode(file.number),
      client_modified: timestamp(version.clientModified),
      server_modified: timestamp(version.serverModified),
      rev: revOf(file.number, version.version),
      size: version.content.size,
      is_downloadable: file.downloadable,
      content_hash: version.content.hash(),
    };
    if (lower !== undefined && display !== undefined) {
      entry.path_lower = lower;
      entry.path_display = display;
    }
    if (facts.sharedId !== undefined) {
      entry.parent_shared_folder_id = facts.sharedId;
      entry.sharing_info = { read_only: facts.readOnly, parent_shared_folder_id: facts.sharedId };
      if (version.modifiedBy !== undefined && version.modifiedBy.status !== 'removed') {
        entry.sharing_info.modified_by = version.modifiedBy.accountId;
      }
    }
    if (!file.downloadable) entry.export_info = exportInfo(file.name);
    if (this.options.explicitMembers) entry.has_explicit_shared_members = state.fileAcls.has(file);
    return entry;
  }

  folder(
    folder: FolderNode,
    name: string,
    facts: NamespaceFacts,
    lower: string | undefined,
    display: string | undefined,
  ): files.FolderMetadataReference {
    const entry: files.FolderMetadataReference = {
      '.tag': 'folder',
      name,
      id: this.view.state.itemIds.encode(folder.number),
    };
    if (lower !== undefined && display !== undefined) {
      entry.path_lower = lower;
      entry.path_display = display;
    }
    if (facts.sharedId !== undefined) {
      entry.parent_shared_folder_id = facts.sharedId;
      entry.sharing_info = {
        read_only: facts.readOnly,
        parent_shared_folder_id: facts.sharedId,
        traverse_only: facts.visibility === 'traverse',
        no_access: false,
      };
    }
    return entry;
  }

  /** The entry of a mounted namespace; `outer` has the facts of the namespace that contains the mount. */
  mountPoint(
    target: Namespace,
    name: string,
    outer: NamespaceFacts | undefined,
    lower: string | undefined,
    display: string | undefined,
  ): files.FolderMetadataReference {
    const facts = this.factsOf(target);
    const entry = this.folder(target.root, name, { ...facts, sharedId: undefined }, lower, display);
    // An app folder looks like a plain folder.
    if (target.kind === 'app_folder') return entry;
    entry.shared_folder_id = target.id;
    entry.sharing_info = {
      read_only: facts.readOnly,
      shared_folder_id: target.id,
      traverse_only: facts.visibility === 'traverse',
      no_access: facts.visibility === 'no_access',
    };
    if (outer?.sharedId !== undefined) {
      entry.parent_shared_folder_id = outer.sharedId;
      entry.sharing_info.parent_shared_folder_id = outer.sharedId;
    }
    return entry;
  }

  deleted(name: string, lower: string | undefined, display: string | undefined): files.DeletedMetadataReference {
    const entry: files.DeletedMetadataReference = { '.tag': 'deleted', name };
    if (lower !== undefined && display !== undefined) {
      entry.path_lower = lower;
      entry.path_display = display;
    }
    if (this.options.restorable) entry.is_restorable = true;
    return entry;
  }

  item(item: Item): Exclude<Entry, files.DeletedMetadataReference> {
    const { node, mount, namespace, path, version } = item;
    const lower = path?.lower;
    const display = path === undefined ? undefined : this.display(path.display, path.lower);
    if (node instanceof FileNode) return this.file(node, this.factsOf(namespace), lower, display, version ?? node);
    if (node.namespace !== undefined) {
      const container = mount?.parent === undefined ? undefined : namespaceOf(mount.parent);
      const outer = container === undefined ? undefined : this.factsOf(container);
      return this.mountPoint(namespace, mount?.name ?? namespace.name, outer, lower, display);
    }
    return this.folder(node, node.name, this.factsOf(namespace), lower, display);
  }

  /** path_display; the choice `displayAncestors` may lower the case of all components but the last one. */
  display(display: string, lower: string): string {
    if (this.view.state.choices.displayAncestors === 'exact') return display;
    return lower.slice(0, lower.lastIndexOf('/') + 1) + display.slice(display.lastIndexOf('/') + 1);
  }
}
