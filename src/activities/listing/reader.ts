import type { DropboxActor, FolderEntry, FolderPage } from '../../dropbox';
import { failure } from '../../failures';
import type { BatchOwner } from '../../graph/entries/commitContext';
import { beginListing, type ListingStart } from '../../graph/entries/listingStart';
import { roleOf } from '../../sync/access';
import { entriesOf } from '../../sync/folderEntries';
import { relistingStarted } from '../../sync/listingState';
import { entriesPerPage, isEndless, noPages, pageRead, type ListProgress } from '../../sync/listProgress';
import { continuesAtCursor, hasMemberList } from '../../sync/namespaceState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { OpenConnector } from '../runtime/services';

/** Where a listing continues. Without a cursor, everything is listed from the start under a new generation. */
export type StartPoint = {
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
export type OwnPage = FolderPage & { listed?: readonly FolderEntry[] };

/** @throws ListEndless */
function progressAfter(before: ListProgress, { cursor, entries, listed }: OwnPage): ListProgress {
  const progress = pageRead(before, { cursor, items: listed ?? entries });
  if (isEndless(progress)) throw failure('ListEndless', 'its listing does not end: the pages bring nothing new');
  return progress;
}

/** The namespace whose pages are read, and as whom. */
interface Reading {
  open: OpenConnector;
  namespace: NamespaceDocument;
  delegate: string;
  /** What its cursors are bound to. */
  cursorOwner: string;
  actor: DropboxActor;
  /** When the run started, ms. */
  runStartedAt: number;
}

/** The pages of one namespace, as its delegate sees them. */
export class PageReader {
  private delegateSeesAll = false;
  private isFromStart = false;
  /** The page after the current one, when the deletion guard has read it already. */
  private nextPage: OwnPage | undefined;

  /** `progress`: of the pages that were read since the listing started, also by earlier attempts. */
  constructor(
    private readonly reading: Reading,
    private progress: ListProgress,
  ) {}

  get cursorOwner(): string {
    return this.reading.cursorOwner;
  }

  get pagesRead(): ListProgress {
    return this.progress;
  }

  /**
   * The stored cursor, when it can be used: it is bound to its delegate. A listing from the start that was interrupted
   * has a cursor and a generation, and continues under both. Otherwise stores `generation` and forgets the cursor.
   * `begun`: what was found where the listing has begun already.
   */
  async startPoint(
    owner: BatchOwner & { attempt: string },
    generation: string,
    begun: ListingStart | null,
  ): Promise<StartPoint> {
    const { open, namespace, cursorOwner } = this.reading;
    const begin = (): Promise<ListingStart> =>
      beginListing(open.graph, open.context(), owner, {
        cursorOwner: continuesAtCursor(namespace) ? cursorOwner : null,
        relisting: relistingStarted(namespace, generation),
      });
    const { cursor, isEmpty, hasDeadLetters } = begun ?? (await begin());
    return cursor === null ? { generation, isFirst: isEmpty, hasDeadLetters } : { cursor, hasDeadLetters };
  }

  first(start: StartPoint): Promise<OwnPage> {
    this.isFromStart = 'generation' in start || this.reading.namespace.mark !== null;
    if ('cursor' in start) return this.read(start.cursor);
    const { actor, namespace } = this.reading;
    return this.own(actor.listFolder(namespace.namespaceId, { limit: entriesPerPage(namespace) }));
  }

  async next(page: FolderPage): Promise<OwnPage> {
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

  /** Before a listing from the start. A member list of this run is enough: a sweep asks for the level in any case. */
  async requireListedAccess(): Promise<void> {
    const { namespace, runStartedAt } = this.reading;
    if ((namespace.membersReadAt ?? 0) < runStartedAt) await this.requireFullAccess();
  }

  /**
   * A member with `traverse` access still gets a listing, but only of the paths that they can pass through. Sweeping by
   * it would delete the rest, and access they lost shows up as deletions. So before acting on deletions, asks for the
   * delegate's access level: once in an attempt, and `again` after the last page that a sweep is based on, since the
   * listing may have taken hours. @throws NamespaceUnreachable, also for a level that is unknown to this version
   */
  async requireFullAccess({ again = false }: { again?: boolean } = {}): Promise<void> {
    const { namespace, delegate, actor } = this.reading;
    if (!hasMemberList(namespace) || delegate === 'admin' || (this.delegateSeesAll && !again)) return;
    const { accessLevel } = await actor.folderMetadata(namespace.namespaceId);
    if (roleOf(accessLevel) === null) {
      const details = { reason: accessLevel };
      throw failure('NamespaceUnreachable', `${delegate} may see only a part of it`, { details });
    }
    this.delegateSeesAll = true;
  }

  private read(cursor: string): Promise<OwnPage> {
    const { actor, namespace } = this.reading;
    return this.own(actor.continueFolder(namespace.namespaceId, cursor));
  }

  private async own(reading: Promise<FolderPage>): Promise<OwnPage> {
    const page = await reading;
    const { entries: listed } = page;
    const entries = entriesOf(listed, this.reading.namespace.namespaceId, { atCursor: !this.isFromStart });
    return entries === listed ? page : { ...page, entries, listed };
  }
}
