/** Irregularities of pages, which Dropbox may have: how often they occur in what can be read. */
import type { files } from 'dropbox';
import type { Probe, Subject } from './probe';
import { Share } from './probe';
import type { Entry, Team } from './team';

interface Irregularities {
  pages: number;
  /** Pages without entries, although there are more. */
  empty: number;
  /** Pages that start with the last entry of the page before. */
  overlaps: number;
  entries: number;
  /** Entries that follow themselves. */
  repeated: number;
  /** Folders in which something was listed. */
  folders: number;
  /** Those of them that came after something in them. */
  late: number;
}

const LOOKED_AT = 250;
/** Smaller pages can't overlap and have something new as well. */
const PAGE = 3;
const read = new WeakMap<Team, Promise<Irregularities>>();

/** Lists the team's folders in small pages, once for all probes. */
function irregularities({ team }: Subject): Promise<Irregularities> {
  const reading = read.get(team) ?? list(team);
  read.set(team, reading);
  return reading;
}

async function list(team: Team): Promise<Irregularities> {
  const found: Irregularities = { pages: 0, empty: 0, overlaps: 0, entries: 0, repeated: 0, folders: 0, late: 0 };
  const isSame = (one: Entry | undefined, two: Entry | undefined): boolean =>
    one !== undefined && two !== undefined && 'id' in one && 'id' in two && one.id === two.id;
  for (const { namespace_id } of await team.namespaces()) {
    let last: Entry | undefined;
    const order = new FolderOrder();
    const as = { ...(await team.asAdmin()), root: namespace_id };
    const argument = { path: '', recursive: true, limit: PAGE, include_mounted_folders: false };
    const answer = await team.api.call('files/list_folder', argument, as);
    if (answer.status !== 200) continue;
    let page = answer.body as files.ListFolderResult;
    for (; found.pages < LOOKED_AT;) {
      const { entries } = page;
      if (entries.length === 0 && page.has_more) found.empty++;
      if (entries.length > 0) {
        found.pages++;
        found.entries += entries.length;
        if (isSame(last, entries[0])) found.overlaps++;
        found.repeated += entries.filter((entry, at) => isSame(entries[at - 1], entry)).length;
        last = entries.at(-1);
        for (const entry of entries) order.add(entry);
      }
      if (!page.has_more) break;
      page = await team.api.ok('files/list_folder/continue', { cursor: page.cursor }, as);
    }
    found.folders += order.filled;
    found.late += order.late;
    if (found.pages >= LOOKED_AT) break;
  }
  return found;
}

/** Which folders of one listing come before what is in them, by their paths. */
class FolderOrder {
  private readonly folders = new Map<string, 'first' | 'late'>();
  private readonly containers = new Set<string>();

  add(entry: Entry): void {
    const { path_lower: path } = entry;
    if (path === undefined || entry['.tag'] === 'deleted') return;
    if (entry['.tag'] === 'folder' && !this.folders.has(path))
      this.folders.set(path, this.containers.has(path) ? 'late' : 'first');
    this.containers.add(path.slice(0, path.lastIndexOf('/')));
  }

  get filled(): number {
    return [...this.folders.keys()].filter((path) => this.containers.has(path)).length;
  }

  get late(): number {
    return [...this.folders.values()].filter((place) => place === 'late').length;
  }
}

const probe = (claim: string, count: (found: Irregularities) => Share): Probe<number> => ({
  claim,
  see: async (subject) => count(await irregularities(subject)),
});

export const streamProbes = {
  emptyPages: probe(
    'the share of pages before which there is an empty one',
    ({ empty, pages }) => new Share(empty, pages),
  ),
  duplicateEntries: probe(
    'the share of entries that are delivered twice in a row',
    ({ repeated, entries }) => new Share(repeated, entries),
  ),
  pageOverlap: probe(
    'the share of pages whose last entry is repeated on the next one',
    ({ overlaps, pages }) => new Share(overlaps, pages),
  ),
  lateFolders: probe(
    'the share of folders that are delivered after their content',
    ({ late, folders }) => new Share(late, folders),
  ),
};
