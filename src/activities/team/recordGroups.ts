import { failureTypeOf } from '../../failures';
import { activeGroupMembers } from '../../graph/access/groupMembership';
import { principalIndex, type PrincipalIndex } from '../../graph/access/memberIndex';
import { readMembers } from '../../graph/access/members';
import { allNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import { countPermissionChanges } from '../../graph/access/permissions';
import { writeRecordGroups } from '../../graph/access/recordGroups';
import { readSyncPoints, writeSyncPoints } from '../../graph/state/syncPoints';
import { recordGroupId } from '../../graph/driver/context';
import type { NamespaceDocument } from '../../sync/documents';
import { eventCursorNames, folderCursorName } from '../../sync/keys';
import type { DiscoverResult, PhaseInput, RunInput } from '../../contract/activities';
import {
  activeMembersKey,
  activeReaders,
  findNamespaces,
  newNamespace,
  samePrincipals,
  storedMembers,
  type ListedNamespaceOfTeam,
} from './discovery';
import { readEvents } from '../access/events';
import { isIsolatable } from '../runtime/failureIsolation';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';

/** Record groups in one transaction: each brings its whole member list. */
const GROUPS_PER_BATCH = 50;
const PATCHES_PER_BATCH = 500;

export function recordGroupActivities(services: ActivityServices) {
  return {
    /**
     * Compares the team's namespaces with the stored ones: new ones come in, with everything to be read; lost ones lose
     * all access at once and are marked for removal when a second source confirms that they are gone; the rest is put
     * right where it differs. Writes nothing when nothing has changed.
     */
    async discoverNamespaces(input: PhaseInput): Promise<DiscoverResult> {
      const { connectorId } = input;
      const open = await OpenConnector.open(services, connectorId);
      const { cursor, hints, full: withoutCursor } = await readEvents(open, 'team_folders');
      const full = input.full || withoutCursor || hints.everything.includes('team_folders');
      const members = await storedMembers(open);
      const { found, inactive } = await findNamespaces(open, members);
      const active = activeMembersKey(members.values());
      const stored = new Map<string, NamespaceDocument>();
      for await (const batch of allNamespaces(open.graph, connectorId)) {
        for (const namespace of batch) stored.set(namespace.namespaceId, namespace);
      }
      const cursors = await readSyncPoints(open.graph, open.context(), [...stored.keys()].map(folderCursorName));
      const hinted = new Set([...hints.teamFolders, ...hints.namespaces]);
      const tooOld = services.now() - services.membersMaxAge;

      const changed: NamespaceDocument[] = [];
      const untouched: NamespaceDocument[] = [];
      for (const one of found.values()) {
        const known = stored.get(one.namespaceId);
        if (known?.unseenBy !== undefined && known.work === 'none') {
          // Nobody could see it, and nothing says that somebody can now.
          const asked = known.unseenBy === active && !full && !hinted.has(one.namespaceId);
          if (asked && (known.membersReadAt ?? 0) >= tooOld) continue;
        }
        if (!known || known.unseenBy !== undefined) {
          changed.push(newNamespace(open, one));
          continue;
        }
        const next = mergeListing(known, one, {
          relist: input.full,
          hasCursor: cursors.has(folderCursorName(one.namespaceId)),
          due: full || hinted.has(one.namespaceId) || (known.membersReadAt ?? 0) < tooOld,
        });
        if (full || !sameNamespace(known, next)) changed.push(next);
        else untouched.push(known);
      }
      const foundGroups = new Set([...found.values()].map(({ externalGroupId }) => externalGroupId));
      for (const known of stored.values()) {
        if (found.has(known.namespaceId) || known.kind === 'received' || known.work === 'remove') continue;
        if (foundGroups.has(known.externalGroupId)) {
          // A member's folder that became another namespace: the record group is that one's now.
          await patchNamespaces(open.graph, open.context(), [
            { namespaceId: known.namespaceId, work: 'remove', due: false, problem: null },
          ]);
          checkpoint();
          continue;
        }
        const where = inactive.has(known.namespaceId) ? 'gone' : await confirmGone(open, known);
        if (where === 'gone') {
          const { unseenBy: _unseen, ...gone } = known;
          changed.push({ ...gone, principals: [], due: false, work: 'remove', problem: null });
        } else if (known.unseenBy === undefined) {
          const problem = where === 'unknown' ? "is not listed any more, and whether it is gone can't be told" : null;
          (problem === known.problem ? untouched : changed).push({ ...known, problem });
        }
        checkpoint();
      }
      const counts = await writeChanged(open, changed, untouched);
      await writeSyncPoints(open.graph, open.context(), [{ name: eventCursorNames.team_folders, cursor }]);
      return {
        namespaces: found.size,
        recordGroups: found.size,
        ...counts,
        ...open.calls,
      };
    },

    /**
     * Chooses who lists each namespace: an active member who can read it, the one with the fewest, so that Dropbox's
     * limits, which hold for each member, are spread; an admin where no active member can. Whoever lists one already goes
     * on, since a cursor is bound to him; where he can't, the namespace is listed anew by somebody else.
     */
    async assignDelegates({ connectorId }: RunInput): Promise<void> {
      const open = await OpenConnector.open(services, connectorId);
      const readers = await activeReaders(open, await activeGroupMembers(open.graph, connectorId));
      const load = new Map<string, number>();
      const all: NamespaceDocument[] = [];
      for await (const batch of allNamespaces(open.graph, connectorId)) all.push(...batch.filter(isListed));
      const toAssign: { namespace: NamespaceDocument; eligible: Set<string> }[] = [];
      for (const namespace of all) {
        const eligible = readers.of(namespace);
        const kept =
          namespace.delegate === 'admin' || (namespace.delegate !== null && eligible.has(namespace.delegate));
        if (kept && namespace.delegate !== null) load.set(namespace.delegate, (load.get(namespace.delegate) ?? 0) + 1);
        else toAssign.push({ namespace, eligible });
      }
      const patches = toAssign.map(({ namespace, eligible }) => {
        const delegate = leastLoaded(eligible, load) ?? 'admin';
        load.set(delegate, (load.get(delegate) ?? 0) + 1);
        return { namespaceId: namespace.namespaceId, delegate, work: 'relist' as const };
      });
      for (const batch of chunks(patches, PATCHES_PER_BATCH)) await patchNamespaces(open.graph, open.context(), batch);
    },
  };
}

/** Record groups that changed, and those whose principals mean something else in the graph than they did. */
async function writeChanged(
  open: OpenConnector,
  changed: NamespaceDocument[],
  untouched: NamespaceDocument[],
): Promise<{ granted: number; revoked: number }> {
  const index = await principalIndex(open.graph, open.connector._key);
  const counts = { granted: 0, revoked: 0 };
  const write = async (namespaces: NamespaceDocument[]): Promise<void> => {
    const written = await writeRecordGroups(open.graph, open.context(), namespaces, index);
    counts.granted += written.granted;
    counts.revoked += written.revoked;
    checkpoint();
  };
  for (const batch of chunks(changed, GROUPS_PER_BATCH)) await write(batch);
  // Who a principal is in the graph may have changed without his list having changed: members come and go.
  for (const batch of chunks(untouched, GROUPS_PER_BATCH))
    if (await differsInGraph(open, batch, index)) await write(batch);
  return counts;
}

/** A namespace that somebody is to list: not one that goes, nor the place of received files. */
const isListed = ({ kind, work, unseenBy }: NamespaceDocument): boolean =>
  kind !== 'received' && work !== 'remove' && unseenBy === undefined;

/** The stored namespace with what the listing says now, and what there is to do with it. */
function mergeListing(
  known: NamespaceDocument,
  one: ListedNamespaceOfTeam,
  state: { relist: boolean; hasCursor: boolean; due: boolean },
): NamespaceDocument {
  const renamed = known.name !== one.name || known.kind !== one.kind;
  // An interrupted relisting has a mark; a record's address holds the name of its namespace.
  const relist = state.relist || !state.hasCursor || known.mark !== null || renamed || known.work === 'remove';
  return {
    ...known,
    kind: one.kind,
    name: one.name,
    ownerMemberId: one.ownerMemberId,
    externalGroupId: one.externalGroupId,
    principals: one.principals ?? known.principals,
    due:
      one.principals === null &&
      (known.due || state.due || known.problem !== null || known.kind !== one.kind || known.work === 'remove'),
    work: relist ? 'relist' : known.work,
    // Asked for in full, an interrupted listing begins anew as well.
    mark: state.relist ? null : known.mark,
    problem: null,
    held: null,
  };
}

function sameNamespace(a: NamespaceDocument, b: NamespaceDocument): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.due === b.due &&
    a.work === b.work &&
    a.problem === b.problem &&
    a.held === b.held &&
    a.externalGroupId === b.externalGroupId &&
    samePrincipals(a.principals, b.principals)
  );
}

/**
 * A namespace that is missing from a complete list is gone only if a second source agrees: its owner is no member any
 * more, or Dropbox denies it to an admin, who can see any content of the team.
 */
async function confirmGone(open: OpenConnector, known: NamespaceDocument): Promise<'gone' | 'there' | 'unknown'> {
  const { kind, namespaceId, ownerMemberId } = known;
  if (kind === 'personal' || kind === 'app_folder') {
    const owners = ownerMemberId === null ? [] : [ownerMemberId];
    const owner = (await readMembers(open.graph, known.connectorId, owners)).values().next().value;
    if (owner === undefined || owner.status === 'removed' || owner.status === 'invited') return 'gone';
    if (kind === 'personal') return 'there';
  }
  try {
    const admin = await open.as('admin');
    if (kind === 'app_folder') await admin.listFolder(namespaceId, { limit: 1 });
    else await admin.folderMetadata(namespaceId);
    return 'there';
  } catch (error) {
    if (failureTypeOf(error) === 'NamespaceUnreachable') return 'gone';
    if (isIsolatable(error)) return 'unknown';
    throw error;
  }
}

async function differsInGraph(
  open: OpenConnector,
  namespaces: NamespaceDocument[],
  index: PrincipalIndex,
): Promise<boolean> {
  const targets = namespaces.map(({ recordGroupKey, principals }) => ({
    to: recordGroupId(recordGroupKey),
    principals: principals ?? [],
  }));
  const { granted, revoked, changed } = await countPermissionChanges(open.graph, targets, index);
  return granted + revoked + changed > 0;
}

/** Of equally loaded ones the smallest id, so that two runs choose alike. */
export function leastLoaded(eligible: ReadonlySet<string>, load: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  for (const id of eligible) {
    if (best === undefined) best = id;
    else {
      const difference = (load.get(id) ?? 0) - (load.get(best) ?? 0);
      if (difference < 0 || (difference === 0 && id < best)) best = id;
    }
  }
  return best;
}
