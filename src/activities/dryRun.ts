import { failureTypeOf } from '../failures';
import type { DropboxActor, FolderEntry, TeamMember } from '../dropbox';
import { readKnown } from '../graph/entries/commit';
import { recordGroupId } from '../graph/driver/context';
import { countSubtree, readEntries } from '../graph/entries/entries';
import { groupKeys, memberIndex } from '../graph/access/memberIndex';
import { walkEntries } from '../graph/entries/filterEntries';
import { storedGroups } from '../graph/access/groups';
import { allNamespaces, listedNamespace } from '../graph/state/namespaces';
import { countPermissionChanges, permissionCount } from '../graph/access/permissions';
import { readSyncPoints, type SyncPoint } from '../graph/state/syncPoints';
import { principalsOf } from '../sync/access';
import type { NamespaceDocument, Principal } from '../sync/documents';
import { filtersChanged, passes } from '../sync/filters';
import { entryKey, folderCursorName, groupKey, userKey } from '../sync/keys';
import { planEntries } from '../sync/plan';
import { segmentsOf } from '../sync/segments';
import { TeamIndex } from '../sync/team';
import type { NamespacePreview } from '../contract/sync';
import type { PhaseInput, DryRunResult } from '../contract/activities';
import { findNamespaces, newNamespace } from './team/discovery';
import { readEvents } from './access/events';
import { hintedNamespaces } from './access/hintedNamespaces';
import { MemberListReader } from './access/memberLists';
import { checkpoint, OpenConnector, type ActivityServices } from './runtime/services';
import { chunks } from '../chunks';
import { LIVE_GENERATION, type PlanContext } from '../sync/planTypes';

const PLANNED_TOGETHER = 4;
/** Lines that the result of a dry run holds: it goes through a workflow. */
const PLANS = 500;
const ENTRIES_PER_LOOKUP = 500;

/** What a dry run knows of the team, without having written it. */
interface Team {
  members: Map<string, TeamMember>;
  index: TeamIndex;
}

export function dryRunActivities(services: ActivityServices) {
  return {
    /** Goes through everything that a sync would read, and tells what it would write. Nothing is written or marked. */
    async previewSync({ connectorId, full }: PhaseInput): Promise<DryRunResult> {
      const open = await OpenConnector.open(services, connectorId);
      const { team, memberships } = await readTeam(open);
      const refilter = open.connector.appliedFilters !== null && filtersChanged(open.connector);
      const { found } = await findNamespaces(open, team.members);
      const { hints } = await readEvents(open, 'sharing');
      const everywhere = hints.everything.includes('sharing');
      const hinted = new Set((await hintedNamespaces(open, hints, everywhere)).map(({ namespaceId }) => namespaceId));
      const stored = new Map<string, NamespaceDocument>();
      for await (const batch of allNamespaces(open.graph, connectorId))
        for (const one of batch) stored.set(one.namespaceId, one);
      const cursors = await readSyncPoints(open.graph, open.context(), [...found.keys()].map(folderCursorName));
      const reader = new MemberListReader(open, team.index, team.index);

      const plans: NamespacePreview[] = [];
      for (const batch of chunks([...found.values()], PLANNED_TOGETHER)) {
        const part = await Promise.all(
          batch.map(async (one) => {
            const known = stored.get(one.namespaceId);
            const base = known
              ? { ...known, name: one.name, principals: one.principals ?? known.principals }
              : newNamespace(open, one);
            const read = one.principals === null && (full || !known || known.due || hinted.has(one.namespaceId));
            const namespace = read ? await reader.look(base) : base;
            const cursor = full ? undefined : cursors.get(folderCursorName(one.namespaceId));
            const filtered = refilter && known ? await planFilters(open, known) : { refused: 0, nowPassing: 0 };
            // As the sync does: what now passes is found by listing the namespace anew.
            const plan = await planNamespace(open, team, namespace, filtered.nowPassing > 0 ? undefined : cursor);
            plan.deleted += filtered.refused;
            return plan;
          }),
        );
        plans.push(...part);
        checkpoint();
      }
      for (const known of stored.values()) {
        if (!found.has(known.namespaceId) && known.kind !== 'received') plans.push(await planRemoval(open, known));
      }
      const counts = { added: 0, updated: 0, deleted: 0, ...memberships };
      for (const plan of plans) {
        counts.added += plan.added;
        counts.updated += plan.updated;
        counts.deleted += plan.deleted;
        counts.granted += plan.granted;
        counts.revoked += plan.revoked;
      }
      const users = [...team.members.values()].filter(({ status }) => status === 'active').length;
      const size = (plan: NamespacePreview): number =>
        plan.added + plan.updated + plan.deleted + plan.granted + plan.revoked;
      const changing = plans.filter((plan) => size(plan) > 0).sort((a, b) => size(b) - size(a));
      return { previews: changing.slice(0, PLANS), ...counts, users, recordGroups: found.size, ...open.calls };
    },
  };
}

/** What changed filters take away and bring back, by the stored entries of a namespace. */
async function planFilters(
  open: OpenConnector,
  { connectorId, namespaceId }: NamespaceDocument,
): Promise<{ refused: number; nowPassing: number }> {
  const { filters } = open.connector;
  const count = { refused: 0, nowPassing: 0 };
  for await (const page of walkEntries(open.graph, connectorId, namespaceId)) {
    for (const { kind, recordKey, facts } of page) {
      if (kind !== 'file') continue;
      const isKept = passes(filters, facts);
      if (isKept && recordKey === null) count.nowPassing += 1;
      if (!isKept && recordKey !== null) count.refused += 1;
    }
  }
  return count;
}

/**
 * The team as Dropbox lists it now, and how memberships of groups would change. Whoever has no user document yet counts as
 * the one that a sync would make.
 */
async function readTeam(open: OpenConnector): Promise<{
  team: Team;
  memberships: { granted: number; revoked: number };
}> {
  const { connectorId, orgId } = open.context();
  const before = await memberIndex(open.graph, connectorId);
  const members = new Map<string, TeamMember>();
  const keys = new Map(await groupKeys(open.graph, connectorId));
  for await (const page of open.session.team.groups()) {
    for (const { groupId } of page) if (!keys.has(groupId)) keys.set(groupId, groupKey(connectorId, groupId));
  }
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
  return { team, memberships: await planMemberships(open, team, new Set(keys.keys())) };
}

/** Members name the groups that they belong to: no list of a group has to be read for this. */
async function planMemberships(
  open: OpenConnector,
  { members, index }: Team,
  groupIds: ReadonlySet<string>,
): Promise<{ granted: number; revoked: number }> {
  const missing = new Map<string, Set<string>>();
  for (const { teamMemberId, status, groupIds: belongsTo } of members.values()) {
    const user = index.vertexOf({ id: teamMemberId, kind: 'user' });
    if (status !== 'active' || user === null) continue;
    for (const id of belongsTo) {
      if (!groupIds.has(id)) continue;
      const wanted = missing.get(id) ?? new Set();
      missing.set(id, wanted.add(teamMemberId));
    }
  }
  let revoked = 0;
  for await (const batch of storedGroups(open.graph, open.connector._key)) {
    for (const { groupId, members: stored } of batch)
      for (const id of stored) if (!missing.get(groupId)?.delete(id)) revoked += 1;
  }
  return { granted: [...missing.values()].reduce((sum, { size }) => sum + size, 0), revoked };
}

async function planRemoval(open: OpenConnector, known: NamespaceDocument): Promise<NamespacePreview> {
  return {
    ...emptyPlan(known),
    deleted: await countSubtree(open.graph, known.connectorId, known.namespaceId, ''),
    revoked: await permissionCount(open.graph, recordGroupId(known.recordGroupKey)),
  };
}

const emptyPlan = ({ namespaceId }: Pick<NamespaceDocument, 'namespaceId'>): NamespacePreview => ({
  namespaceId,
  added: 0,
  updated: 0,
  deleted: 0,
  granted: 0,
  revoked: 0,
});

async function planNamespace(
  open: OpenConnector,
  team: Team,
  namespace: NamespaceDocument,
  cursor: SyncPoint | undefined,
): Promise<NamespacePreview> {
  const plan = emptyPlan(namespace);
  const target = { to: recordGroupId(namespace.recordGroupKey), principals: namespace.principals ?? [] };
  const access = await countPermissionChanges(open.graph, [target], team.index);
  plan.granted = access.granted;
  plan.revoked = access.revoked;
  try {
    if (cursor?.boundTo) await planPages(open, team, namespace, await open.as(cursor.boundTo), cursor.cursor, plan);
    else await planPages(open, team, namespace, await open.as(readerOf(team, namespace)), null, plan);
  } catch (error) {
    switch (failureTypeOf(error)) {
      case 'CursorReset':
        await planPages(open, team, namespace, await open.as(readerOf(team, namespace)), null, plan);
        break;
      case 'NamespaceUnreachable':
      case 'PathRootChanged':
        // The sync will say why it can't be listed; nothing in it is deleted for that.
        break;
      default:
        throw error;
    }
  }
  return plan;
}

/** An active member who can read it, else an admin: as the sync chooses, without looking at who has how much to do. */
function readerOf(team: Team, { principals }: NamespaceDocument): string {
  const isActive = (id: string): boolean => team.members.get(id)?.status === 'active';
  for (const { id, kind } of principals ?? []) if (kind === 'user' && isActive(id)) return id;
  const groups = new Set((principals ?? []).filter(({ kind }) => kind === 'group').map(({ id }) => id));
  const member = [...team.members.values()].find(
    ({ status, groupIds }) => status === 'active' && groupIds.some((id) => groups.has(id)),
  );
  return member?.teamMemberId ?? 'admin';
}

async function planPages(
  open: OpenConnector,
  team: Team,
  namespace: NamespaceDocument,
  actor: DropboxActor,
  cursor: string | null,
  plan: NamespacePreview,
): Promise<void> {
  const { namespaceId, connectorId } = namespace;
  const base = planContext(open, team, namespace);
  const seen = { stored: 0, moved: 0, doomed: 0 };
  // Dropbox may tell of an item twice, also across pages.
  let before = new Set<string>();
  for (
    let page = cursor === null ? await actor.listFolder(namespaceId) : await actor.continueFolder(namespaceId, cursor);
    ;
  ) {
    const explicit = new Map<string, Principal[]>();
    const ids = page.entries.flatMap((entry) =>
      entry['.tag'] === 'file' && entry.has_explicit_shared_members ? [entry.id] : [],
    );
    for (const [id, answer] of await actor.fileMembersBatch(ids)) {
      if ('members' in answer) explicit.set(id, principalsOf(answer.members, team.index).principals);
    }
    const { news, told } = firstTold(page.entries, before);
    before = told;
    for (const segment of segmentsOf(news, ENTRIES_PER_LOOKUP)) {
      if (segment.kind === 'deleted') {
        for (const root of await readEntries(
          open.graph,
          segment.paths.map((path) => entryKey(connectorId, namespaceId, path)),
        )) {
          seen.doomed +=
            1 + (root.kind === 'file' ? 0 : await countSubtree(open.graph, connectorId, namespaceId, root.path));
        }
        continue;
      }
      const known = await readKnown(base, open.graph, segment.entries);
      seen.stored += known.entries.size;
      const { counts } = planEntries(segment.entries, known, { ...base, explicit });
      plan.added += counts.added;
      plan.updated += counts.updated + counts.moved;
      plan.granted += counts.granted;
      plan.revoked += counts.revoked;
      seen.moved += counts.moved;
    }
    checkpoint();
    if (!page.hasMore) break;
    page = await actor.continueFolder(namespaceId, page.cursor);
  }
  // Listed from the start, what is stored and was not seen would go; an item that moved is at its new place already.
  const unseen =
    cursor === null ? (await countSubtree(open.graph, connectorId, namespaceId, '')) - seen.stored : seen.doomed;
  plan.deleted = Math.max(0, unseen - seen.moved);
}

/** A page without what it, or the page before it, has told already; and what it tells. */
function firstTold(
  entries: readonly FolderEntry[],
  before: ReadonlySet<string>,
): { news: FolderEntry[]; told: Set<string> } {
  const told = new Set<string>();
  const news = entries.filter((entry) => {
    const said = JSON.stringify(entry);
    const isNew = !told.has(said) && !before.has(said);
    told.add(said);
    return isNew;
  });
  return { news, told };
}

function planContext(open: OpenConnector, team: Team, namespace: NamespaceDocument): PlanContext {
  const { connector, services } = open;
  return {
    namespace: listedNamespace(connector.orgId, namespace),
    filters: connector.filters,
    now: services.now(),
    generation: namespace.mark ?? LIVE_GENERATION,
    runId: '',
    explicit: new Map(),
    vertexOf: (principal) => team.index.vertexOf(principal),
  };
}
