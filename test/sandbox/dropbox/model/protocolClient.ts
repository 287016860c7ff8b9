import type { files } from 'dropbox';
import type { Actor, Company } from '../../../../sandbox/dropbox/model';
import { DropboxProblem } from '../../../../sandbox/dropbox/model';

type Entry = files.ListFolderResult['entries'][number];

/**
 * A client that applies the entries of list_folder in their order, as Dropbox documents it: a file replaces its path
 * and everything below, a folder keeps what is below it, and a deletion removes everything below.
 */
export class ProtocolClient {
  readonly entries = new Map<string, Entry>();
  cursor: string | undefined;
  relistings = 0;

  constructor(
    private readonly company: Company,
    private readonly actor: () => Actor,
    private readonly arg: files.ListFolderArg,
  ) {}

  /** Brings the local copy up to date. After a reset, or when the root is gone, it lists from scratch. */
  sync(): void {
    try {
      this.follow();
    } catch (problem) {
      if (!(problem instanceof DropboxProblem) || this.cursor === undefined) throw problem;
      this.cursor = undefined;
      this.entries.clear();
      this.relistings++;
      this.follow();
    }
  }

  private follow(): void {
    for (let pages = 0; pages < 10_000; pages++) {
      const { files: api } = this.company;
      const page =
        this.cursor === undefined
          ? api.listFolder(this.actor(), this.arg)
          : api.listFolderContinue(this.actor(), this.cursor);
      for (const entry of page.entries) this.apply(entry);
      this.cursor = page.cursor;
      if (!page.has_more) return;
    }
    throw new Error('the stream does not end');
  }

  private apply(entry: Entry): void {
    const path = entry.path_lower;
    if (path === undefined) throw new Error(`an entry without path: ${entry.name}`);
    if (entry['.tag'] !== 'folder') this.drop(path);
    if (entry['.tag'] === 'deleted') return;
    this.entries.set(path, entry);
    if (entry['.tag'] === 'folder') this.spreadReadOnly(path, entry);
  }

  private drop(path: string): void {
    for (const known of [...this.entries.keys()]) {
      if (known === path || known.startsWith(`${path}/`)) this.entries.delete(known);
    }
  }

  /** "Then propagate its sharing_info.read_only to all children", which means those of the same namespace. */
  private spreadReadOnly(path: string, folder: files.FolderMetadataReference): void {
    const namespace = folder.sharing_info?.shared_folder_id;
    const readOnly = folder.sharing_info?.read_only;
    if (namespace === undefined || readOnly === undefined) return;
    for (const [known, entry] of this.entries) {
      if (!known.startsWith(`${path}/`) || entry['.tag'] === 'deleted') continue;
      const info = entry.sharing_info;
      if (info?.parent_shared_folder_id !== namespace || ('shared_folder_id' in info && info.shared_folder_id))
        continue;
      info.read_only = readOnly;
    }
  }

  /** The local copy as sorted lines, one for each item, for comparison with the oracle. */
  lines(): string[] {
    return [...this.entries].map(([path, entry]) => describeEntry(path, entry)).sort();
  }
}

export function describeEntry(path: string, entry: Entry): string {
  if (entry['.tag'] === 'file') {
    return `${path} file ${entry.id} ${entry.rev} ${entry.content_hash ?? ''} ${entry.sharing_info?.parent_shared_folder_id ?? ''} ${String(entry.sharing_info?.read_only ?? '')}`;
  }
  if (entry['.tag'] === 'deleted') return `${path} deleted`;
  const info = entry.sharing_info;
  return `${path} folder ${entry.id} in=${info?.parent_shared_folder_id ?? ''} is=${info?.shared_folder_id ?? ''} ro=${String(info?.read_only ?? '')} traverse=${String(info?.traverse_only ?? '')} no_access=${String(info?.no_access ?? '')}`;
}
