import type { NamespacePreview } from '../../contract/sync';
import { folderPages, type DropboxActor, type FolderEntry } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { permissionCount } from '../../graph/access/permissions';
import { countAccessChanges } from '../../graph/access/recordGroups';
import { readKnown } from '../../graph/entries/commit';
import { countSubtree, readEntries, walkSubtree } from '../../graph/entries/entries';
import { listedNamespace } from '../../graph/state/namespaces';
import type { SyncPoint } from '../../graph/state/syncPoints';
import { principalsOf } from '../../sync/access';
import { passes } from '../../sync/filters';
import { entriesOf, filesWithMembers } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';
import { planEntries } from '../../sync/plan';
import { LIVE_GENERATION, type PlanContext } from '../../sync/planTypes';
import { segmentsOf } from '../../sync/segments';
import type { NamespaceDocument, Principal } from '../../sync/syncDocuments';
import { recordGroupVertex } from '../../sync/vertices';
import { each } from '../runtime/each';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { readerOf, type ListedTeam } from './listedTeam';

const ENTRIES_PER_LOOKUP = 500;

/** Where a listing begins, and as whom it reads. Without a cursor it begins at the start. */
interface From {
  delegate: string;
  cursor: string | null;
}

/** Counts what a sync would change in a namespace. It plans as a sync does, and writes nothing. */
export class Previewer {
  constructor(
    private readonly open: OpenConnector,
    private readonly team: ListedTeam,
  ) {}

  /** What listing a namespace would change: from `cursor` on, or from the start without a usable cursor. */
  async listing(namespace: NamespaceDocument, cursor: SyncPoint | undefined): Promise<NamespacePreview> {
    const { granted, revoked } = await countAccessChanges(this.open.graph, [namespace], this.team.index);
    const withoutPages = (): NamespacePreview => ({ ...emptyPreview(namespace), granted, revoked });
    const start: From = { delegate: readerOf(this.team, namespace), cursor: null };
    let preview = withoutPages();
    try {
      const delegate = await this.usableDelegate(cursor);
      await this.addPages(preview, namespace, cursor && delegate ? { delegate, cursor: cursor.cursor } : start);
    } catch (error) {
      switch (failureTypeOf(error)) {
        case 'CursorReset':
          // The listing from the start shows again what the pages before the reset have shown.
          preview = withoutPages();
          await this.addPages(preview, namespace, start);
          break;
        case 'NamespaceUnreachable':
        case 'PathRootChanged':
        case 'ListEndless':
          // A sync would report why the namespace can't be listed, and would delete nothing in it.
          break;
        default:
          throw error;
      }
    }
    return preview;
  }

  /** What is stored of a namespace that a sync would remove. */
  async removal(known: NamespaceDocument): Promise<NamespacePreview> {
    return {
      ...emptyPreview(known),
      deleted: await countSubtree(this.open.graph, known),
      revoked: await permissionCount(this.open.graph, recordGroupVertex(known.recordGroupKey)),
    };
  }

  /** The stored files of a namespace that the filters now refuse, and those that they now let through. */
  async filters(known: NamespaceDocument): Promise<{ refused: number; nowPassing: number }> {
    const { graph, connector } = this.open;
    const count = { refused: 0, nowPassing: 0 };
    for await (const { kind, recordKey, facts } of each(walkSubtree(graph, known))) {
      if (kind !== 'file') continue;
      const isKept = passes(connector.filters, facts);
      if (isKept && recordKey === null) count.nowPassing += 1;
      if (!isKept && recordKey !== null) count.refused += 1;
    }
    return count;
  }

  /**
   * The delegate who can continue at a cursor, or undefined. Dropbox accepts a cursor only from the person that it was
   * given to, so a cursor of a former admin can't be used.
   */
  private async usableDelegate(cursor: SyncPoint | undefined): Promise<string | undefined> {
    const { boundTo } = cursor ?? {};
    if (!boundTo?.startsWith('admin')) return boundTo;
    return boundTo === (await this.open.cursorOwner('admin')) ? 'admin' : undefined;
  }

  /** Lists a namespace, plans each page without writing it, and adds the counts of the plans to `preview`. */
  private async addPages(
    preview: NamespacePreview,
    namespace: NamespaceDocument,
    { delegate, cursor }: From,
  ): Promise<void> {
    const { graph } = this.open;
    const { namespaceId } = namespace;
    const base = this.planContext(namespace);
    const actor = await this.open.as(delegate);
    // `stored`: stored entries that the pages name. `deleted`: stored entries that the pages delete.
    const seen = { stored: 0, moved: 0, deleted: 0 };
    // The entries of the page before: Dropbox may list an item twice, also on two pages in a row. A sync finds the item
    // stored the second time, but a dry run stores nothing, and would count it twice.
    let before = new Set<string>();
    for await (const page of folderPages(actor, namespaceId, { cursor: cursor ?? undefined })) {
      const entries = entriesOf(page.entries, namespaceId, { atCursor: cursor !== null && namespace.mark === null });
      const explicit = await this.fileMembers(actor, entries);
      const { first, all } = withoutDuplicates(entries, before);
      before = all;
      for (const segment of segmentsOf(first, ENTRIES_PER_LOOKUP)) {
        if (segment.kind === 'deleted') {
          seen.deleted += await this.countBelow(namespace, segment.paths);
          continue;
        }
        const known = await readKnown(base, graph, segment.entries);
        seen.stored += known.entries.size;
        const { counts } = planEntries(segment.entries, known, { ...base, explicit });
        preview.added += counts.added;
        preview.updated += counts.updated + counts.moved;
        preview.granted += counts.granted;
        preview.revoked += counts.revoked;
        seen.moved += counts.moved;
      }
      checkpoint();
    }
    // A listing from the start would delete what is stored and was not seen. A moved item was seen at its new path.
    const missing = cursor === null ? (await countSubtree(graph, namespace)) - seen.stored : seen.deleted;
    preview.deleted = Math.max(0, missing - seen.moved);
  }

  private planContext(namespace: NamespaceDocument): PlanContext {
    const { connector, services } = this.open;
    return {
      namespace: listedNamespace(connector.orgId, namespace),
      filters: connector.filters,
      now: services.now(),
      generation: namespace.mark ?? LIVE_GENERATION,
      runId: '',
      explicit: new Map(),
      vertexOf: (principal) => this.team.index.vertexOf(principal),
    };
  }

  /** The member lists of the files of a page that have one, by item id. One that can't be read is left out. */
  private async fileMembers(actor: DropboxActor, entries: readonly FolderEntry[]): Promise<Map<string, Principal[]>> {
    const principals = new Map<string, Principal[]>();
    for (const [id, answer] of await actor.fileMembersBatch(filesWithMembers(entries))) {
      if ('members' in answer) principals.set(id, principalsOf(answer.members, this.team.index).principals);
    }
    return principals;
  }

  /** How many stored entries there are at these paths and below them. */
  private async countBelow({ connectorId, namespaceId }: NamespaceDocument, paths: readonly string[]): Promise<number> {
    const { graph } = this.open;
    const keys = paths.map((path) => entryKey(connectorId, namespaceId, path));
    let count = 0;
    for (const { kind, path } of await readEntries(graph, keys)) {
      count += 1 + (kind === 'file' ? 0 : await countSubtree(graph, { connectorId, namespaceId, path }));
    }
    return count;
  }
}

const emptyPreview = ({ namespaceId }: Pick<NamespaceDocument, 'namespaceId'>): NamespacePreview => ({
  namespaceId,
  added: 0,
  updated: 0,
  deleted: 0,
  granted: 0,
  revoked: 0,
});

/**
 * Leaves out repeated entries. `first`: the entries that are neither on the page before nor earlier on this one. `all`:
 * every entry of this page, which the next call gets as `before`.
 */
function withoutDuplicates(
  entries: readonly FolderEntry[],
  before: ReadonlySet<string>,
): { first: FolderEntry[]; all: Set<string> } {
  const all = new Set<string>();
  const first = entries.filter((entry) => {
    const content = JSON.stringify(entry);
    const isNew = !all.has(content) && !before.has(content);
    all.add(content);
    return isNew;
  });
  return { first, all };
}
