import { activityInfo } from '@temporalio/activity';
import { chunks } from '../chunks';
import { failureTypeOf } from '../failures';
import { folderPages, type DropboxActor, type FolderEntry, type TeamMember } from '../dropbox';
import { readKnown } from '../graph/entries/commit';
import { recordGroupVertex } from '../sync/vertices';
import { countSubtree, readEntries, walkEntries } from '../graph/entries/entries';
import { groupKeys, readTeam } from '../graph/access/team';
import { storedGroups } from '../graph/access/groups';
import { allNamespaces, listedNamespace } from '../graph/state/namespaces';
import { permissionCount } from '../graph/access/permissions';
import { countAccessChanges } from '../graph/access/recordGroups';
import { readSyncPoints, type SyncPoint } from '../graph/state/syncPoints';
import { principalsOf } from '../sync/access';
import type { NamespaceDocument, Principal } from '../sync/documents';
import { filtersChanged, passes } from '../sync/filters';
import { isActive } from '../sync/memberState';
import { discovered, isLeaving, type FoundNamespace } from '../sync/namespaceState';
import { entryKey, folderCursorName, groupKey, userKey } from '../sync/keys';
import { planEntries } from '../sync/plan';
import { segmentsOf } from '../sync/segments';
import { TeamIndex } from '../sync/team';
import type { NamespacePreview } from '../contract/sync';
import type { PhaseInput, DryRunResult } from '../contract/activities';
import { findNamespaces } from './team/teamNamespaces';
import { decideMissing } from './team/missingNamespaces';
import { openWithEvents } from './access/events';
import { hintedNamespaces } from './access/hintedNamespaces';
import { MemberListReader } from './access/memberListReader';
import { namespaceAfter } from './access/memberListWriter';
import { each } from './runtime/each';
import { checkpoint, type ActivityServices, type OpenConnector } from './runtime/services';
import { mapConcurrently } from '../mapConcurrently';
import { LIVE_GENERATION, type PlanContext } from '../sync/planTypes';

const CHANGES = ['added', 'updated', 'deleted', 'granted', 'revoked'] as const;
const PLAN_CONCURRENTLY = 4;
const PREVIEWS_PER_CHECKPOINT = 20;
/** The result of a dry run names at most this many namespaces, since it enters a workflow history. */
const MAX_PREVIEWS = 500;
const ENTRIES_PER_LOOKUP = 500;

/** What is previewed so far. It is the heartbeat of the activity, so that a later attempt continues from there. */
interface PreviewProgress {
  /** The last namespace that was previewed, in the order of their ids. `''` before the first one. */
  after: string;
  counts: Record<(typeof CHANGES)[number], number>;
  /** The `MAX_PREVIEWS` namespaces with the largest changes. Those without any change are left out. */
  previews: NamespacePreview[];
}
const nothingPreviewed: PreviewProgress = {
  after: '',
  counts: { added: 0, updated: 0, deleted: 0, granted: 0, revoked: 0 },
  previews: [],
};

/** Adds previews of more namespaces. `after` stays as it is. */
function withPreviews(before: PreviewProgress, more: readonly NamespacePreview[]): PreviewProgress {
  const counts = { ...before.counts };
  for (const preview of more) for (const change of CHANGES) counts[change] += preview[change];
  const size = (preview: NamespacePreview): number => CHANGES.reduce((sum, change) => sum + preview[change], 0);
  const changing = [...before.previews, ...more].filter((preview) => size(preview) > 0);
  const previews = changing.sort((a, b) => size(b) - size(a)).slice(0, MAX_PREVIEWS);
  return { ...before, counts, previews };
}

/** The team as Dropbox lists it now. A sync reads the stored team instead, which a dry run must not write. */
interface ListedTeam {
  members: Map<string, TeamMember>;
  index: TeamIndex;
}

export function dryRunActivities(services: ActivityServices) {
  return {
    /**
     * Reads everything that a sync would read, and reports what the sync would write. Nothing is stored. A repeat
     * continues after the namespaces that the attempt before it has previewed.
     */
    async previewSync(input: PhaseInput): Promise<DryRunResult> {
      const { connectorId, runId, full } = input;
      const { open, hints } = await openWithEvents(services, input, 'sharing');
      const { team, memberships } = await readListedTeam(open);
      const refilter = open.connector.appliedFilters !== null && filtersChanged(open.connector);
      const listedNow = await findNamespaces(open, team.members);
      const { found } = listedNow;
      const everywhere = hints.everything.includes('sharing');
      const named = await hintedNamespaces(open, hints, { everywhere });
      const hinted = new Set(named.map(({ namespaceId }) => namespaceId));
      const stored = new Map<string, NamespaceDocument>();
      for await (const namespace of each(allNamespaces(open.graph, connectorId)))
        stored.set(namespace.namespaceId, namespace);
      const cursors = await readSyncPoints(open.graph, open.context(), [...found.keys()].map(folderCursorName));
      const reader = new MemberListReader(open, team.index, runId);
      /** The document that a sync would store for a listed namespace once it has read its member list. */
      const afterMemberList = async (listed: FoundNamespace): Promise<NamespaceDocument> => {
        const known = stored.get(listed.namespaceId);
        const namespace = known
          ? { ...known, name: listed.name, principals: listed.principals ?? known.principals }
          : discovered(open.context(), listed);
        const readsMembers = full || !known || known.due || hinted.has(listed.namespaceId);
        if (listed.principals !== null || !readsMembers) return namespace;
        const result = await reader.read(namespace);
        return namespaceAfter({ namespace, result }, team.index, { now: services.now() }).next;
      };

      const preview = async (listed: FoundNamespace): Promise<NamespacePreview> => {
        const known = stored.get(listed.namespaceId);
        const namespace = await afterMemberList(listed);
        const cursor = full ? undefined : cursors.get(folderCursorName(listed.namespaceId));
        const filtered = refilter && known ? await previewFilters(open, known) : { refused: 0, nowPassing: 0 };
        // As in a sync: files that only the new filters let through lie before the cursor, so a listing from the start
        // has to find them.
        const result = await previewListing(open, team, namespace, filtered.nowPassing > 0 ? undefined : cursor);
        result.deleted += filtered.refused;
        checkpoint();
        return result;
      };

      let progress = (activityInfo().heartbeatDetails as PreviewProgress | undefined) ?? nothingPreviewed;
      const waiting = [...found.values()].filter(({ namespaceId }) => namespaceId > progress.after);
      waiting.sort((a, b) => (a.namespaceId < b.namespaceId ? -1 : 1));
      for (const batch of chunks(waiting, PREVIEWS_PER_CHECKPOINT)) {
        const after = batch.at(-1)?.namespaceId ?? progress.after;
        progress = { ...withPreviews(progress, await mapConcurrently(batch, PLAN_CONCURRENTLY, preview)), after };
        checkpoint(progress);
      }
      // Received files are shared from outside, so no list of the team's namespaces ever names them.
      const missing = [...stored.values()].filter(
        (known) => !found.has(known.namespaceId) && known.kind !== 'received',
      );
      // As in a sync: an empty list does not show what is missing. For what is leaving, that is decided already.
      const asked = listedNow.isEmpty ? [] : missing.filter((known) => !isLeaving(known));
      const decided = await decideMissing(open, runId, listedNow, asked, reader);
      const removed: NamespacePreview[] = [];
      for (const next of [...missing.filter(isLeaving), ...decided])
        if (isLeaving(next)) removed.push(await previewRemoval(open, next));
      const { previews, counts } = withPreviews(progress, removed);
      counts.granted += memberships.granted;
      counts.revoked += memberships.revoked;
      const users = [...team.members.values()].filter(isActive).length;
      return { previews, ...counts, users, recordGroups: found.size, ...open.calls };
    },
  };
}

/** Counts the stored files of a namespace that the filters now refuse, and those that they now let through. */
async function previewFilters(
  open: OpenConnector,
  { connectorId, namespaceId }: NamespaceDocument,
): Promise<{ refused: number; nowPassing: number }> {
  const { filters } = open.connector;
  const count = { refused: 0, nowPassing: 0 };
  for await (const { kind, recordKey, facts } of each(walkEntries(open.graph, connectorId, namespaceId))) {
    if (kind !== 'file') continue;
    const isKept = passes(filters, facts);
    if (isKept && recordKey === null) count.nowPassing += 1;
    if (!isKept && recordKey !== null) count.refused += 1;
  }
  return count;
}

/**
 * Reads the team from Dropbox, and counts the memberships of groups that a sync would change. A new member has no user
 * document yet: they get the key that a sync would give to it, so that their access can be counted.
 */
async function readListedTeam(open: OpenConnector): Promise<{
  team: ListedTeam;
  memberships: { granted: number; revoked: number };
}> {
  const { connectorId, orgId } = open.context();
  const before = await readTeam(open.graph, connectorId);
  const members = new Map<string, TeamMember>();
  const keys = new Map(await groupKeys(open.graph, connectorId));
  for await (const { groupId } of each(open.session.team.groups()))
    if (!keys.has(groupId)) keys.set(groupId, groupKey(connectorId, groupId));
  const index = new TeamIndex(keys);
  for await (const page of open.session.team.members()) {
    for (const member of page) {
      members.set(member.teamMemberId, member);
      const known = before.byMemberId(member.teamMemberId);
      index.add({ ...member, userKey: known?.userKey ?? userKey(orgId, member.email) });
    }
    checkpoint();
  }
  const team = { members, index };
  return { team, memberships: await previewMemberships(open, team, new Set(keys.keys())) };
}

/**
 * Counts the memberships of groups that a sync would grant and revoke. Dropbox's list of members names the groups of
 * each, so no member list of a group has to be read.
 */
async function previewMemberships(
  open: OpenConnector,
  { members, index }: ListedTeam,
  groupIds: ReadonlySet<string>,
): Promise<{ granted: number; revoked: number }> {
  // At first the memberships that Dropbox names. Those that are stored are deleted from it, so the rest is missing.
  const missing = new Map<string, Set<string>>();
  for (const { teamMemberId, groupIds: ownGroups } of members.values()) {
    if (index.vertexOf({ id: teamMemberId, kind: 'user' }) === null) continue;
    for (const id of ownGroups) {
      if (!groupIds.has(id)) continue;
      missing.set(id, (missing.get(id) ?? new Set()).add(teamMemberId));
    }
  }
  let revoked = 0;
  for await (const batch of storedGroups(open.graph, open.connector._key)) {
    for (const { groupId, members: stored } of batch)
      for (const id of stored) if (!missing.get(groupId)?.delete(id)) revoked += 1;
  }
  return { granted: [...missing.values()].reduce((sum, { size }) => sum + size, 0), revoked };
}

/** Counts what is stored of a namespace that a sync would remove. */
async function previewRemoval(open: OpenConnector, known: NamespaceDocument): Promise<NamespacePreview> {
  return {
    ...emptyPreview(known),
    deleted: await countSubtree(open.graph, known.connectorId, known.namespaceId, ''),
    revoked: await permissionCount(open.graph, recordGroupVertex(known.recordGroupKey)),
  };
}

const emptyPreview = ({ namespaceId }: Pick<NamespaceDocument, 'namespaceId'>): NamespacePreview => ({
  namespaceId,
  added: 0,
  updated: 0,
  deleted: 0,
  granted: 0,
  revoked: 0,
});

/** Counts what listing a namespace would change: from `cursor` on, or from the start without a usable cursor. */
async function previewListing(
  open: OpenConnector,
  team: ListedTeam,
  namespace: NamespaceDocument,
  cursor: SyncPoint | undefined,
): Promise<NamespacePreview> {
  const { granted, revoked } = await countAccessChanges(open.graph, [namespace], team.index);
  const preview = { ...emptyPreview(namespace), granted, revoked };
  const list = async (delegate: string, from: string | null): Promise<void> =>
    addPages(open, team, namespace, await open.as(delegate), from, preview);
  try {
    const delegate = await usableDelegate(open, cursor);
    if (cursor && delegate) await list(delegate, cursor.cursor);
    else await list(readerOf(team, namespace), null);
  } catch (error) {
    switch (failureTypeOf(error)) {
      case 'CursorReset':
        await list(readerOf(team, namespace), null);
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

/**
 * The delegate who can continue at a cursor, or undefined. Dropbox accepts a cursor only from the person that it was
 * given to, so a cursor of a former admin can't be used.
 */
async function usableDelegate(open: OpenConnector, cursor: SyncPoint | undefined): Promise<string | undefined> {
  const { boundTo } = cursor ?? {};
  if (!boundTo?.startsWith('admin')) return boundTo;
  return boundTo === (await open.cursorOwner('admin')) ? 'admin' : undefined;
}

/**
 * The delegate for a listing from the start: an active member who can read the namespace, else an admin. A sync spreads
 * its listings over the members; a dry run takes the first one.
 */
function readerOf(team: ListedTeam, { principals }: NamespaceDocument): string {
  for (const { id, kind } of principals ?? []) if (kind === 'user' && team.index.isActive(id)) return id;
  const groups = new Set((principals ?? []).filter(({ kind }) => kind === 'group').map(({ id }) => id));
  const member = [...team.members.values()].find(
    (candidate) => isActive(candidate) && candidate.groupIds.some((id) => groups.has(id)),
  );
  return member?.teamMemberId ?? 'admin';
}

/**
 * Lists a namespace from `cursor` on, or from the start, plans each page without writing it, and adds the counts of the
 * plans to `preview`.
 */
async function addPages(
  open: OpenConnector,
  team: ListedTeam,
  namespace: NamespaceDocument,
  actor: DropboxActor,
  cursor: string | null,
  preview: NamespacePreview,
): Promise<void> {
  const { namespaceId, connectorId } = namespace;
  const { connector, services } = open;
  const base: PlanContext = {
    namespace: listedNamespace(connector.orgId, namespace),
    filters: connector.filters,
    now: services.now(),
    generation: namespace.mark ?? LIVE_GENERATION,
    runId: '',
    explicit: new Map(),
    vertexOf: (principal) => team.index.vertexOf(principal),
  };
  // `stored`: stored entries that the pages name. `deleted`: stored entries that the pages delete.
  const seen = { stored: 0, moved: 0, deleted: 0 };
  // The entries of the page before: Dropbox may list an item twice, also on two pages in a row. A sync finds the item
  // stored the second time, but a dry run stores nothing, and would count it twice.
  let before = new Set<string>();
  for await (const page of folderPages(actor, namespaceId, { cursor: cursor ?? undefined })) {
    const explicit = new Map<string, Principal[]>();
    const ids = page.entries.flatMap((entry) =>
      entry['.tag'] === 'file' && entry.has_explicit_shared_members ? [entry.id] : [],
    );
    for (const [id, answer] of await actor.fileMembersBatch(ids)) {
      if ('members' in answer) explicit.set(id, principalsOf(answer.members, team.index).principals);
    }
    const { first, all } = withoutDuplicates(page.entries, before);
    before = all;
    for (const segment of segmentsOf(first, ENTRIES_PER_LOOKUP)) {
      if (segment.kind === 'deleted') {
        const keys = segment.paths.map((path) => entryKey(connectorId, namespaceId, path));
        for (const root of await readEntries(open.graph, keys)) {
          seen.deleted +=
            1 + (root.kind === 'file' ? 0 : await countSubtree(open.graph, connectorId, namespaceId, root.path));
        }
        continue;
      }
      const known = await readKnown(base, open.graph, segment.entries);
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
  const unseen =
    cursor === null ? (await countSubtree(open.graph, connectorId, namespaceId, '')) - seen.stored : seen.deleted;
  preview.deleted = Math.max(0, unseen - seen.moved);
}

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
