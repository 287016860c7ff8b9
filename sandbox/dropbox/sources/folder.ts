import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import path from 'node:path';
import { DiskContent, type Company, fold, type FolderNode } from '../model';
import { everyoneGroup } from './everyoneGroup';

/**
 * Serves a folder of this machine as a team folder that every member may read, with its real names, sizes and
 * modification times. Contents are read on demand. Symbolic links are not followed, and special or unreadable files are
 * omitted. Of names that differ only in case, all but one get the suffix `(Case Conflict)`, as on Dropbox.
 */
export function folderTeam(company: Company, dir: string): void {
  const root = path.resolve(dir);
  const { build } = company;
  const admin = build.member({ email: 'admin@example.com', givenName: 'Ada', surname: 'Admin', role: 'team_admin' });
  build.member({ email: 'ben@example.com', givenName: 'Ben', surname: 'Reader' });
  build.member({ email: 'cleo@example.com', givenName: 'Cleo', surname: 'Reader' });
  const served = build.teamFolder(path.basename(root) || 'Files');
  build.folderMember(served, admin, 'editor');
  build.folderMember(served, everyoneGroup(admin), 'viewer');

  const queue: [FolderNode, string][] = [[served.root, root]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [folder, place] = next;
    for (const entry of entriesOf(place)) {
      const full = path.join(place, entry.name);
      if (entry.isDirectory()) {
        queue.push([build.folder(folder, freeName(folder, entry.name)), full]);
      } else if (entry.isFile()) {
        addFile(company, folder, entry.name, full);
      }
    }
  }
}

/** Throws when the folder can't be read, so that this is reported before a server is started. */
export function checkFolder(dir: string): void {
  if (statsOf(dir)?.isDirectory() !== true) throw new Error(`--team: ${dir} cannot be read as a folder`);
}

function addFile({ build }: Company, folder: FolderNode, name: string, full: string): void {
  const stats = statsOf(full);
  if (stats === undefined) return;
  const modified = Math.max(0, Math.floor(stats.mtimeMs / 1000));
  build.file(folder, freeName(folder, name), new DiskContent(full, stats.size), {
    serverModified: modified,
    clientModified: modified,
  });
}

/** Sorted by name, so that the ids are the same at each start. */
function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    // The folder is not readable or was just removed. It is omitted like any other unreadable entry.
    return [];
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    // The file was removed after it was listed, or is not accessible. It is omitted.
    return undefined;
  }
}

/** A name that is free in the folder. Dropbox compares names without regard to case. */
function freeName(folder: FolderNode, name: string): string {
  const { name: stem, ext } = path.parse(name);
  for (let count = 0; ; count += 1) {
    const suffix = count === 0 ? '' : count === 1 ? ' (Case Conflict)' : ` (Case Conflict ${count - 1})`;
    const candidate = `${stem}${suffix}${ext}`;
    if (!folder.children.has(fold(candidate))) return candidate;
  }
}
