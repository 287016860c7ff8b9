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
   * A record, record group or member has too few or too many of the documents and edges that PipesHub's readers need.
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
  /** team_member_id of the member whose access differs. */
  member: string | null;
}

/** Distinct findings that are remembered, for each one that is kept. */
const SEEN_PER_KEPT = 100;

/** Counts every finding and keeps the first ones, so that memory stays bounded when everything differs. */
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
  /** Keys of records that no entry points to: the sync does not know them, so a new listing would not find them. */
  readonly orphanRecords = new Set<string>();
  /** Keys of record groups that stand for no folder of the team: no member list would ever revoke their edges. */
  readonly orphanRecordGroups = new Set<string>();
  /** Keys of duplicate edges, and of edges that no one may have, by collection. */
  readonly surplusEdges = new Map<string, Set<string>>();
  /** Members or groups differ: the next sync has to read their lists again. */
  teamDiffers = false;
  /** Record groups differ: the next sync has to write all of them again. */
  recordGroupsDiffer = false;
  private readonly seen = new Set<string>();

  constructor(private readonly limit: number) {}

  add(finding: Omit<Finding, 'member' | 'namespaceId' | 'recordKey' | 'itemId'> & Partial<Finding>): void {
    const { kind, text, namespaceId = null, recordKey = null, itemId = null, member = null } = finding;
    if (namespaceId !== null) this.namespaces.add(namespaceId);
    // The same record comes up for every member who can see it.
    const identity = `${kind} ${member ?? ''} ${recordKey ?? itemId ?? text}`;
    if (this.seen.has(identity)) return;
    if (this.seen.size < this.limit * SEEN_PER_KEPT) this.seen.add(identity);
    this.counts[kind] += 1;
    if (this.kept.length < this.limit) this.kept.push({ kind, text, namespaceId, recordKey, itemId, member });
  }

  /** Counts findings that are not described one by one. */
  countMore(kind: FindingKind, number: number): void {
    this.counts[kind] += number;
  }

  /** Adds what is wrong with a record itself. All folders that it is stored in are to be listed again. */
  addFault(
    { recordKey, itemId, name, namespaces }: Pick<StoredItem, 'recordKey' | 'itemId' | 'name' | 'namespaces'>,
    fault: string,
  ): void {
    for (const namespaceId of namespaces) this.namespaces.add(namespaceId);
    this.add({ kind: 'structure', text: `${name}: ${fault}`, recordKey, itemId, namespaceId: namespaces[0] ?? null });
  }

  addSurplusEdge(collection: string, key: string): void {
    const keys = this.surplusEdges.get(collection) ?? new Set<string>();
    this.surplusEdges.set(collection, keys.add(key));
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, number) => sum + number, 0);
  }
}
