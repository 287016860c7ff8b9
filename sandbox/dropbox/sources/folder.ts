import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import path from 'node:path';
import { DiskContent, type CompanyApi, type FolderNode } from '../model';
import { everyone } from './everyone';

/**
 * Serves a folder of this machine as a team folder that every member may read: its real names, sizes and modification
 * times, contents read on demand. Symbolic links are not followed; what is neither file nor folder, or can't be read, is
 * left out. Names that differ in case only stand beside each other as Dropbox has them, with `(Case Conflict)`.
 */
export function folderTeam(company: CompanyApi, dir: string): void {
  const root = path.resolve(dir);
  const { build } = company;
  const admin = build.member({ email: 'admin@example.com', givenName: 'Ada', surname: 'Admin', role: 'team_admin' });
  build.member({ email: 'ben@example.com', givenName: 'Ben', surname: 'Reader' });
  build.member({ email: 'cleo@example.com', givenName: 'Cleo', surname: 'Reader' });
  const served = build.teamFolder(path.basename(root) || 'Files');
  build.folderMember(served, admin, 'editor');
  build.folderMember(served, everyone(admin), 'viewer');

  const waiting: [FolderNode, string][] = [[served.root, root]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [folder, place] = next;
    for (const entry of entriesOf(place)) {
      const full = path.join(place, entry.name);
      if (entry.isDirectory()) {
        waiting.push([build.folder(folder, freeOf(folder, entry.name)), full]);
      } else if (entry.isFile()) {
        addFile(company, folder, entry.name, full);
      }
    }
  }
}

/** Throws when the folder itself is missing: found out before a server is started. */
export function checkFolder(dir: string): void {
  if (statsOf(dir)?.isDirectory() !== true) throw new Error(`--team: ${dir} is no folder that can be read`);
}

function addFile({ build }: CompanyApi, folder: FolderNode, name: string, full: string): void {
  const stats = statsOf(full);
  if (stats === undefined) return;
  const modified = Math.max(0, Math.floor(stats.mtimeMs / 1000));
  build.file(folder, freeOf(folder, name), new DiskContent(full, stats.size), {
    serverModified: modified,
    clientModified: modified,
  });
}

/** Sorted by name, so that two starts give the same ids. */
function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    // No right to read it, or just removed: left out like any other thing that can't be served.
    return [];
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    // Removed since it was listed, or not ours to look at: left out.
    return undefined;
  }
}

/** Dropbox tells names apart without case. */
function freeOf(folder: FolderNode, name: string): string {
  const { name: stem, ext } = path.parse(name);
  for (let count = 0; ; count += 1) {
    const mark = count === 0 ? '' : count === 1 ? ' (Case Conflict)' : ` (Case Conflict ${count - 1})`;
    const candidate = `${stem}${mark}${ext}`;
    if (!folder.children.has(candidate.toLowerCase())) return candidate;
  }
}
