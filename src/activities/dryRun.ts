import { activityInfo } from '@temporalio/activity';
import { chunks } from '../chunks';
import type { DryRunResult, PhaseInput } from '../contract/activities';
import type { NamespacePreview } from '../contract/sync';
import { allNamespaces } from '../graph/state/namespaces';
import { readSyncPoints, type SyncPoint } from '../graph/state/syncPoints';
import { mapConcurrently } from '../mapConcurrently';
import { discovered, type FoundNamespace } from '../sync/discoveryState';
import { filtersChanged } from '../sync/filters';
import { folderCursorName } from '../sync/keys';
import { isActive } from '../sync/memberState';
import { isLeaving } from '../sync/namespaceState';
import type { NamespaceDocument } from '../sync/syncDocuments';
import { openWithEvents } from './access/events';
import { hintedNamespaces } from './access/hintedNamespaces';
import { MemberListReader, unreadMembers, type MemberListResult } from './access/memberListReader';
import { namespaceAfter } from './access/memberListWriter';
import { readListedTeam, type ListedTeam } from './dryRun/listedTeam';
import { Previewer } from './dryRun/previewer';
import { nothingPreviewed, withPreviews, type PreviewProgress } from './dryRun/progress';
import { each } from './runtime/each';
import { isIsolatable, shouldIsolate } from './runtime/failureIsolation';
import { checkpoint, type ActivityServices, type OpenConnector } from './runtime/services';
import { decideMissing } from './team/missingNamespaces';
import { findNamespaces, type TeamNamespaces } from './team/teamNamespaces';

const CONCURRENT_PREVIEWS = 4;
const PREVIEWS_PER_CHECKPOINT = 20;

/** The activity that previews a run. */
export function dryRunActivities(services: ActivityServices) {
  return {
    /**
     * Reads everything that a sync would read, and reports what the sync would write. Nothing is stored. A repeat
     * continues after the namespaces that the attempt before it has previewed.
     */
    async previewSync(input: PhaseInput): Promise<DryRunResult> {
      const { connectorId, full } = input;
      const { open, hints } = await openWithEvents(services, input, 'sharing');
      const { team, memberships } = await readListedTeam(open);
      const listedNow = await findNamespaces(open, team.members);
      const everywhere = hints.everything.includes('sharing');
      const hinted = new Set<string>();
      for await (const { namespaceId } of each(hintedNamespaces(open, hints, { everywhere }))) hinted.add(namespaceId);
      const stored = new Map<string, NamespaceDocument>();
      for await (const namespace of each(allNamespaces(open.graph, connectorId)))
        stored.set(namespace.namespaceId, namespace);
      const names = [...listedNow.found.keys()].map(folderCursorName);
      const dryRun = new DryRun({
        open,
        team,
        full,
        hinted,
        stored,
        cursors: await readSyncPoints(open.graph, open.context(), names),
        reader: new MemberListReader(open, team.index),
        previewer: new Previewer(open, team),
      });
      const progress = await dryRun.previewListed(listedNow);
      const { previews, counts } = withPreviews(progress, await dryRun.previewMissing(listedNow));
      counts.granted += memberships.granted;
      counts.revoked += memberships.revoked;
      const users = [...team.members.values()].filter(isActive).length;
      const totals = { users, groups: team.groupIds.size, recordGroups: listedNow.found.size };
      return { previews, ...counts, ...totals, ...open.calls };
    },
  };
}

interface DryRunState {
  open: OpenConnector;
  team: ListedTeam;
  full: boolean;
  /** Ids of the namespaces that sharing events name. */
  hinted: ReadonlySet<string>;
  /** The stored namespaces, by id. */
  stored: ReadonlyMap<string, NamespaceDocument>;
  /** The stored cursors of the listed namespaces, by name. */
  cursors: ReadonlyMap<string, SyncPoint>;
  reader: MemberListReader;
  previewer: Previewer;
}

class DryRun {
  /** Member lists that can't be read. */
  private readonly failed: { error: unknown }[] = [];

  constructor(private readonly state: DryRunState) {}

  /** Previews the namespaces that Dropbox lists, in the order of their ids, from where an earlier attempt stopped. */
  async previewListed({ found }: TeamNamespaces): Promise<PreviewProgress> {
    let progress = (activityInfo().heartbeatDetails as PreviewProgress | undefined) ?? nothingPreviewed;
    const waiting = [...found.values()].filter(({ namespaceId }) => namespaceId > progress.after);
    waiting.sort((a, b) => (a.namespaceId < b.namespaceId ? -1 : 1));
    for (const batch of chunks(waiting, PREVIEWS_PER_CHECKPOINT)) {
      const after = batch.at(-1)?.namespaceId ?? progress.after;
      const previews = await mapConcurrently(batch, CONCURRENT_PREVIEWS, (listed) => this.previewOne(listed));
      progress = { ...withPreviews(progress, previews), after };
      checkpoint(progress);
    }
    return progress;
  }

  /** Previews the removal of the stored namespaces that are gone. */
  async previewMissing(listedNow: TeamNamespaces): Promise<NamespacePreview[]> {
    const { open, stored, reader, previewer } = this.state;
    // Received files are shared from outside, so no list of the team's namespaces ever names them.
    const missing = [...stored.values()].filter(
      (known) => !listedNow.found.has(known.namespaceId) && known.kind !== 'received',
    );
    // As in a sync: an empty list does not show what is missing. For what is leaving, that is decided already.
    const asked = listedNow.isEmpty ? [] : missing.filter((known) => !isLeaving(known));
    const decided = await decideMissing({ open, listedNow, reader }, asked);
    const removed: NamespacePreview[] = [];
    for (const next of [...missing.filter(isLeaving), ...decided])
      if (isLeaving(next)) removed.push(await previewer.removal(next));
    return removed;
  }

  private async previewOne(listed: FoundNamespace): Promise<NamespacePreview> {
    const { open, full, stored, cursors, previewer } = this.state;
    const { connector } = open;
    const known = stored.get(listed.namespaceId);
    const namespace = await this.afterMemberList(listed);
    const refilter = connector.appliedFilters !== null && filtersChanged(connector);
    const filtered = refilter && known ? await previewer.filters(known) : { refused: 0, nowPassing: 0 };
    // As in a sync: files that only the new filters let through lie before the cursor, so a listing from the start has to
    // find them.
    const isFromStart = full || filtered.nowPassing > 0;
    const cursor = isFromStart ? undefined : cursors.get(folderCursorName(listed.namespaceId));
    const preview = await previewer.listing(namespace, cursor);
    preview.deleted += filtered.refused;
    checkpoint();
    return preview;
  }

  /** The document that a sync would store for a listed namespace once it has read its member list. */
  private async afterMemberList(listed: FoundNamespace): Promise<NamespaceDocument> {
    const { open, team, full, stored, reader } = this.state;
    const known = stored.get(listed.namespaceId);
    const namespace = known
      ? { ...known, name: listed.name, principals: listed.principals ?? known.principals }
      : discovered(open.context(), listed);
    const readsMembers = full || !known || this.isDue(known);
    if (listed.principals !== null || !readsMembers) return namespace;
    const result = await this.readOrIsolate(reader, namespace);
    return namespaceAfter({ namespace, result }, team.index, { now: open.services.now() }).next;
  }

  /**
   * Whether a sync may read its member list. One that finds a folder's list changed reads those of the folders in it too;
   * a list that turns out to be as it was adds nothing to the counts.
   */
  private isDue(known: NamespaceDocument): boolean {
    const { hinted, stored } = this.state;
    const passed = new Set<string>();
    for (let at: NamespaceDocument | undefined = known; at && !passed.has(at.namespaceId);) {
      if (at.due || hinted.has(at.namespaceId)) return true;
      passed.add(at.namespaceId);
      at = stored.get(at.parentNamespaceId ?? '');
    }
    return false;
  }

  /** As in a sync, one of a few lists that can't be read grants nothing. */
  private async readOrIsolate(reader: MemberListReader, namespace: NamespaceDocument): Promise<MemberListResult> {
    try {
      return await reader.read(namespace);
    } catch (error) {
      this.failed.push({ error });
      if (!isIsolatable(error) || !shouldIsolate(this.failed, this.state.stored.size)) throw error;
      return unreadMembers(error);
    }
  }
}
