import type { StoredItem } from '../graph/readers/recordStructure';

/** How the graph differs from Dropbox. */
export type FindingKind =
  /** A file of Dropbox that the graph does not hold. */
  | 'missing'
  /** A record whose file is not in Dropbox any more, or never was. */
  | 'shouldBeGone'
  /** The graph lets a user read what Dropbox does not let the member read. */
  | 'tooWide'
  /** Dropbox lets the member read what the graph does not let the user read. */
  | 'tooNarrow'
  /** Edges of a record group, group or record differ from the member list that they stand for. */
  | 'accessList'
  /**
   * A record, record group or member without the documents and edges that PipesHub's readers need, or with too many.
   */
  | 'structure';

export interface Finding {
  kind: FindingKind;
  /** One line for a person. */
  text: string;
  namespaceId: string | null;
  recordKey: string | null;
  /** Dropbox `id:…` */
  itemId: string | null;
  /** team_member_id of whoever is concerned. */
  member: string | null;
}

/** Counts every finding and keeps the first ones: a graph that is wholly wrong must not fill the memory. */
export class Findings {
  readonly counts: Record<FindingKind, number> = {
    missing: 0,
    shouldBeGone: 0,
    tooWide: 0,
    tooNarrow: 0,
    accessList: 0,
    structure: 0,
  };
  readonly kept: Finding[] = [];
  /** Namespaces in which something differs. */
  readonly namespaces = new Set<string>();
  /** Records that no entry points to: the sync does not know of them, so a new listing would not find them. */
  readonly strayRecords = new Set<string>();
  /** Record groups that stand for no folder of the team: no member list would ever take their readers away. */
  readonly strayRecordGroups = new Set<string>();
  /** Keys of edges that are there a second time, or that nobody may have, by collection. */
  readonly strayEdges = new Map<string, Set<string>>();
  /** Members or groups differ: their lists are to be read again. */
  teamDiffers = false;
  /** Record groups themselves differ: all of them are to be written again. */
  placesDiffer = false;
  readonly #seen = new Set<string>();

  constructor(private readonly limit: number) {}

  add(finding: Omit<Finding, 'member' | 'namespaceId' | 'recordKey' | 'itemId'> & Partial<Finding>): void {
    const { kind, text, namespaceId = null, recordKey = null, itemId = null, member = null } = finding;
    if (namespaceId !== null) this.namespaces.add(namespaceId);
    // The same record is met with the eyes of every member who can see it.
    const same = `${kind} ${member ?? ''} ${recordKey ?? itemId ?? text}`;
    if (this.#seen.has(same)) return;
    if (this.#seen.size < this.limit * 100) this.#seen.add(same);
    this.counts[kind] += 1;
    if (this.kept.length < this.limit) this.kept.push({ kind, text, namespaceId, recordKey, itemId, member });
  }

  /** What is wrong with a record itself: every folder that it is said to lie in is listed anew. */
  addFault(
    { recordKey, itemId, name, namespaces }: Pick<StoredItem, 'recordKey' | 'itemId' | 'name' | 'namespaces'>,
    fault: string,
  ): void {
    for (const namespaceId of namespaces) this.namespaces.add(namespaceId);
    this.add({ kind: 'structure', text: `${name}: ${fault}`, recordKey, itemId, namespaceId: namespaces[0] ?? null });
  }

  strayEdge(collection: string, key: string): void {
    const keys = this.strayEdges.get(collection) ?? new Set<string>();
    this.strayEdges.set(collection, keys.add(key));
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, number) => sum + number, 0);
  }
}
