import { chunks } from '../../chunks';
import { countAccessChanges, writeRecordGroups } from '../../graph/access/recordGroups';
import { isDocumentRefused } from '../../graph/driver/errors';
import { samePrincipals } from '../../sync/access';
import { gapLine } from '../../sync/gaps';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { PrincipalVertices } from '../../sync/team';
import { isSmallShare } from '../runtime/failureIsolation';
import { checkpoint, type OpenConnector } from '../runtime/services';

/** Record groups that one transaction writes: few, since each of them brings its whole member list. */
const GROUPS_PER_BATCH = 50;

/**
 * Writes the record groups of changed namespaces, and of those whose access in the graph differs. A few namespaces that
 * the graph refuses are gaps. If it refuses many, the cause lies in what the connector writes, and the run fails.
 */
export class NamespaceWriter {
  readonly counts = { granted: 0, revoked: 0 };
  readonly refused: string[] = [];
  /** Whether a namespace was written whose member list has to be read. */
  listsDue = false;
  private changed: NamespaceDocument[] = [];
  private untouched: NamespaceDocument[] = [];
  /** The documents as they were read. */
  private readonly known = new Map<string, NamespaceDocument>();

  constructor(
    private readonly open: OpenConnector,
    private readonly team: PrincipalVertices,
    /** Number of all namespaces of the team. */
    private readonly total: number,
  ) {}

  /** Number of namespaces that wait to be written. */
  get waiting(): number {
    return this.changed.length;
  }

  /** `known`: as it is stored, unless it is new. */
  add(next: NamespaceDocument, known?: NamespaceDocument): void {
    this.changed.push(next);
    if (known) this.known.set(known.namespaceId, known);
  }

  /** Adds `next` if it differs from what is stored. */
  compare(known: NamespaceDocument, next: NamespaceDocument): void {
    this.known.set(known.namespaceId, known);
    if (sameNamespace(known, next)) this.untouched.push(known);
    else this.changed.push(next);
  }

  /** Writes what was added or compared since the last call. */
  async write(): Promise<void> {
    const { open, team, changed, untouched } = this;
    [this.changed, this.untouched] = [[], []];
    for (const batch of chunks(changed, GROUPS_PER_BATCH)) await this.writeBatch(batch);
    // A namespace with an unchanged member list may still need other edges: when a member joins or leaves the team, the
    // vertex that stands for them in the graph changes.
    for (const batch of chunks(untouched, GROUPS_PER_BATCH)) {
      const { granted, revoked, changed: other } = await countAccessChanges(open.graph, batch, team);
      if (granted + revoked + other > 0) await this.writeBatch(batch);
    }
    this.known.clear();
  }

  private async writeBatch(namespaces: NamespaceDocument[]): Promise<void> {
    const { open, team, counts, refused, known } = this;
    this.listsDue ||= namespaces.some(({ due }) => due);
    try {
      const written = await writeRecordGroups(open.graph, open.context(), namespaces, team, known);
      counts.granted += written.granted;
      counts.revoked += written.revoked;
    } catch (error) {
      if (!isDocumentRefused(error)) throw error;
      const [only] = namespaces;
      if (only && namespaces.length === 1) {
        refused.push(gapLine(only.namespaceId, `can't be stored (${error.message})`));
        if (!isSmallShare(refused.length, this.total)) throw error;
        return;
      }
      // The error does not say which namespace it is about, so the batch is halved until only that namespace is left.
      for (const half of chunks(namespaces, Math.ceil(namespaces.length / 2))) await this.writeBatch(half);
    }
    checkpoint();
  }
}

/** The fields that a discovery may change. If they and the principals are the same, nothing has to be written. */
const COMPARED = ['kind', 'name', 'due', 'work', 'problem', 'held', 'notSeen', 'externalGroupId'] as const;

const sameNamespace = (a: NamespaceDocument, b: NamespaceDocument): boolean =>
  COMPARED.every((field) => a[field] === b[field]) && samePrincipals(a.principals, b.principals);
