import type { DropboxActor, FolderEntry, FolderPage } from '../../dropbox';
import { failure } from '../../failures';
import { advanceListing } from '../../graph/entries/advanceListing';
import { readListingStart } from '../../graph/entries/listingStart';
import type { BatchOwner } from '../../graph/entries/commitContext';
import { entriesOf } from '../../sync/folderEntries';
import { folderCursorName } from '../../sync/keys';
import { continuesAtCursor, hasMemberList, relistingStarted } from '../../sync/namespaceState';
import { entriesPerPage, isEndless, noPages, pageRead, type ListProgress } from '../../sync/listProgress';
import type { NamespaceDocument } from '../../sync/documents';
import type { OpenConnector } from '../runtime/services';

/** Access levels with which a member sees a part of a folder, or only its name. */
const PARTIAL_ACCESS: ReadonlySet<string> = new Set(['traverse', 'no_access']);

/** Where a listing continues. Without a cursor, everything is listed from the start under a new generation. */
export type Start = {
  /** Whether the connector has dead letters. */
  hasDeadLetters: boolean;
} & (
  | { cursor: string }
  | {
      generation: string;
      /** Whether nothing is stored of the namespace, so that the listing can leave nothing out. */
      isFirst: boolean;
    }
);

/** `listed`: all that Dropbox has listed, where another namespace contains a part of it. */
type OwnPage = FolderPage & { listed?: readonly FolderEntry[] };

/** @throws ListEndless */
function progressAfter(before: ListProgress, { cursor, entries, listed }: OwnPage): ListProgress {
  const progress = pageRead(before, { cursor, items: listed ?? entries });
  if (isEndless(progress)) throw failure('ListEndless', 'its listing does not end: the pages bring nothing new');
  return progress;
}

/** The pages of one namespace, as its delegate sees them. */
export class PageReader {
  private delegateSeesAll = false;
  private isFromStart = false;
  /** The page after the current one, when the deletion guard has read it already. */
  private nextPage: FolderPage | undefined;

  /** `progress`: of the pages that were read since the listing started, also by earlier attempts. */
  constructor(
    private readonly open: OpenConnector,
    private readonly namespace: NamespaceDocument,
    private readonly delegate: string,
    /** What its cursors are bound to. */
    readonly cursorOwner: string,
    private readonly actor: DropboxActor,
    private readonly runStartedAt: number,
    private progress: ListProgress,
  ) {}

  get pagesRead(): ListProgress {
    return this.progress;
  }

  /**
   * The stored cursor, when it can be used: it is bound to its delegate. A listing from the start that was interrupted
   * has a cursor and a generation, and continues under both. Otherwise stores `generation` and forgets the cursor.
   */
  async start(owner: BatchOwner, generation: string): Promise<Start> {
    const { open, namespace } = this;
    const { namespaceId } = namespace;
    const { point, isEmpty, hasDeadLetters } = await readListingStart(open.graph, open.context(), namespaceId);
    if (point?.boundTo === this.cursorOwner && continuesAtCursor(namespace)) {
      return { cursor: point.cursor, hasDeadLetters };
    }
    const forget = [folderCursorName(namespaceId)];
    await advanceListing(open.graph, open.context(), owner, relistingStarted(namespace, generation), forget);
    return { generation, isFirst: isEmpty, hasDeadLetters };
  }

  first(start: Start): Promise<FolderPage> {
    this.isFromStart = 'generation' in start || this.namespace.mark !== null;
    if ('cursor' in start) return this.read(start.cursor);
    return this.own(this.actor.listFolder(this.namespace.namespaceId, { limit: entriesPerPage(this.namespace) }));
  }

  async next(page: FolderPage): Promise<FolderPage> {
    const { nextPage } = this;
    this.nextPage = undefined;
    return nextPage ?? this.read(page.cursor);
  }

  /** Counts a page that more pages follow. @throws ListEndless when they lead to no end */
  count(page: OwnPage): void {
    this.progress = progressAfter(this.progress, page);
  }

  /** The pages after this one, to the end of what is known now. The first one is kept for `next`. */
  async *pagesAfter(page: FolderPage): AsyncGenerator<FolderPage> {
    let progress = noPages();
    for (let at = page; at.hasMore;) {
      progress = progressAfter(progress, at);
      at = await this.read(at.cursor);
      this.nextPage ??= at;
      yield at;
    }
  }

  /**
   * A member with `traverse` access still gets a listing, but only of the paths that they can pass through. Sweeping by
   * it would delete the rest, and access they lost shows up as deletions. So before acting on deletions, checks the
   * delegate's access level, unless the member list was read in this run. @throws NamespaceUnreachable
   */
  async requireFullAccess(): Promise<void> {
    const { namespaceId, membersReadAt } = this.namespace;
    if (this.delegateSeesAll || !hasMemberList(this.namespace) || this.delegate === 'admin') return;
    if ((membersReadAt ?? 0) < this.runStartedAt) {
      const { accessLevel } = await this.actor.folderMetadata(namespaceId);
      if (PARTIAL_ACCESS.has(accessLevel)) {
        const details = { reason: accessLevel };
        throw failure('NamespaceUnreachable', `${this.delegate} sees only a part of it`, { details });
      }
    }
    this.delegateSeesAll = true;
  }

  private read(cursor: string): Promise<FolderPage> {
    return this.own(this.actor.continueFolder(this.namespace.namespaceId, cursor));
  }

  private async own(reading: Promise<FolderPage>): Promise<OwnPage> {
    const page = await reading;
    const { entries: listed } = page;
    const entries = entriesOf(listed, this.namespace.namespaceId, { atCursor: !this.isFromStart });
    return entries === listed ? page : { ...page, entries, listed };
  }
}
