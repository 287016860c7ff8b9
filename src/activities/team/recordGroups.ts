import { failureTypeOf } from '../../failures';
import { activeGroupMembers } from '../../graph/access/groupMembership';
import { readMembers } from '../../graph/access/members';
import { countPermissionChanges } from '../../graph/access/permissions';
import { writeRecordGroups } from '../../graph/access/recordGroups';
import { groupKeys, readTeam } from '../../graph/access/team';
import { recordGroupId } from '../../graph/driver/context';
import { allNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import { readSyncPoints, writeSyncPoints } from '../../graph/state/syncPoints';
import type { NamespaceDocument } from '../../sync/documents';
import { eventCursorNames, folderCursorName } from '../../sync/keys';
import { isRemoved } from '../../sync/memberState';
import {
  confirmedGone,
  delegateAssigned,
  discovered,
  isLeaving,
  isListed,
  isUnseen,
  missingFromTeam,
  rediscovered,
  stateOf,
  superseded,
} from '../../sync/namespaceState';
import { teamIndexOf, type PrincipalVertices } from '../../sync/team';
import type { DiscoverResult, PhaseInput, RunInput } from '../../contract/activities';
import { activeMembersKey, activeReaders, findNamespaces, samePrincipals, storedMembers } from './discovery';
import { countsOf, readEvents } from '../access/events';
import { isIsolatable } from '../runtime/failureIsolation';
import { each } from '../runtime/each';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';

/** Record groups in one transaction, which brings the whole member list of each. */
const GROUPS_PER_BATCH = 50;
const PATCHES_PER_BATCH = 500;

export function recordGroupActivities(services: ActivityServices) {
  return {
    /**
     * New namespaces are stored, with everything to be read. One that is missing loses all access at once, and is
     * removed before the run ends, if a second source confirms that it is gone. The others are corrected where they
     * differ. Nothing is written when nothing has changed.
     */
    async discoverNamespaces(input: PhaseInput): Promise<DiscoverResult> {
      const { connectorId } = input;
      const open = await OpenConnector.open(services, input);
      const { cursor, hints, full: withoutCursor } = await readEvents(open, 'team_folders', input.startedAt);
      const full = input.full || withoutCursor || hints.everything.includes('team_folders');
      const members = await storedMembers(open);
      const { found, inactive } = await findNamespaces(open, members);
      const active = activeMembersKey(members.values());
      const stored = new Map<string, NamespaceDocument>();
      for await (const namespace of each(allNamespaces(open.graph, connectorId)))
        stored.set(namespace.namespaceId, namespace);
      const cursors = await readSyncPoints(open.graph, open.context(), [...stored.keys()].map(folderCursorName));
      const hinted = new Set([...hints.teamFolders, ...hints.namespaces]);
      const tooOld = services.now() - services.membersMaxAge;

      const changed: NamespaceDocument[] = [];
      const untouched: NamespaceDocument[] = [];
      for (const namespace of found.values()) {
        const known = stored.get(namespace.namespaceId);
        const isHinted = hinted.has(namespace.namespaceId);
        const isOld = (known?.membersReadAt ?? 0) < tooOld;
        if (known && stateOf(known) === 'unseen' && known.unseenBy === active && !full && !isHinted && !isOld) {
          // No one could see it, and nothing says that someone can now.
          continue;
        }
        if (!known || isUnseen(known)) {
          changed.push(discovered(open.context(), namespace));
          continue;
        }
        const next = rediscovered(known, namespace, {
          relistAll: input.relistAll ?? false,
          hasCursor: cursors.has(folderCursorName(namespace.namespaceId)),
          isDue: full || isHinted || isOld,
        });
        if (full || !sameNamespace(known, next)) changed.push(next);
        else untouched.push(known);
      }
      const foundGroups = new Set([...found.values()].map(({ externalGroupId }) => externalGroupId));
      for (const known of stored.values()) {
        if (found.has(known.namespaceId) || known.kind === 'received' || isLeaving(known)) continue;
        if (foundGroups.has(known.externalGroupId)) {
          await patchNamespaces(open.graph, open.context(), [superseded(known)]);
          checkpoint();
          continue;
        }
        const answer = inactive.has(known.namespaceId) ? 'gone' : await confirmGone(open, known);
        if (answer === 'gone') {
          changed.push(confirmedGone(known));
        } else if (!isUnseen(known)) {
          const problem =
            answer === 'unknown' ? "missing from the team's list, and Dropbox does not say whether it is gone" : null;
          (problem === known.problem ? untouched : changed).push(missingFromTeam(known, problem));
        }
        checkpoint();
      }
      const team = teamIndexOf(members.values(), await groupKeys(open.graph, connectorId));
      const counts = await writeChanged(open, changed, untouched, team);
      await writeSyncPoints(open.graph, open.context(), [{ name: eventCursorNames.team_folders, cursor }]);
      return { namespaces: found.size, recordGroups: found.size, ...counts, ...countsOf(hints), ...open.calls };
    },

    /**
     * The delegate of a namespace is the active member who can read it and lists the fewest, since Dropbox's rate
     * limits hold for each member; an admin where no active member can read it. A delegate who can still read it is
     * kept, since a cursor is bound to the member it was given to.
     */
    async assignDelegates({ connectorId, runId }: RunInput): Promise<void> {
      const open = await OpenConnector.open(services, { connectorId, runId });
      const team = await readTeam(open.graph, connectorId);
      const groups = await activeGroupMembers(open.graph, connectorId);
      const load = new Map<string, number>();
      const toAssign: { namespace: NamespaceDocument; eligible: Set<string> }[] = [];
      for await (const namespace of each(allNamespaces(open.graph, connectorId))) {
        if (!isListed(namespace)) continue;
        const { delegate } = namespace;
        const eligible = activeReaders(namespace, team, groups);
        const isKept = delegate === 'admin' || (delegate !== null && eligible.has(delegate));
        if (isKept) load.set(delegate, (load.get(delegate) ?? 0) + 1);
        else toAssign.push({ namespace, eligible });
      }
      const patches = toAssign.map(({ namespace, eligible }) => {
        const delegate = leastLoaded(eligible, load) ?? 'admin';
        load.set(delegate, (load.get(delegate) ?? 0) + 1);
        return delegateAssigned(namespace, delegate);
      });
      for (const batch of chunks(patches, PATCHES_PER_BATCH)) await patchNamespaces(open.graph, open.context(), batch);
    },
  };
}

async function writeChanged(
  open: OpenConnector,
  changed: NamespaceDocument[],
  untouched: NamespaceDocument[],
  team: PrincipalVertices,
): Promise<{ granted: number; revoked: number }> {
  const counts = { granted: 0, revoked: 0 };
  const write = async (namespaces: NamespaceDocument[]): Promise<void> => {
    const written = await writeRecordGroups(open.graph, open.context(), namespaces, team);
    counts.granted += written.granted;
    counts.revoked += written.revoked;
    checkpoint();
  };
  for (const batch of chunks(changed, GROUPS_PER_BATCH)) await write(batch);
  // A principal's document in the graph may change while the list stays the same: members join and leave.
  for (const batch of chunks(untouched, GROUPS_PER_BATCH))
    if (await differsInGraph(open, batch, team)) await write(batch);
  return counts;
}

const COMPARED = ['kind', 'name', 'due', 'work', 'problem', 'held', 'externalGroupId'] as const;

const sameNamespace = (a: NamespaceDocument, b: NamespaceDocument): boolean =>
  COMPARED.every((field) => a[field] === b[field]) && samePrincipals(a.principals, b.principals);

/**
 * A namespace that is missing from a complete list is gone only if a second source agrees: its owner is no longer a
 * member, or Dropbox refuses it to an admin, who can see all content of the team.
 */
async function confirmGone(open: OpenConnector, known: NamespaceDocument): Promise<'gone' | 'exists' | 'unknown'> {
  const { kind, namespaceId, ownerMemberId } = known;
  if (kind === 'personal' || kind === 'app_folder') {
    const owners = ownerMemberId === null ? [] : [ownerMemberId];
    const owner = (await readMembers(open.graph, known.connectorId, owners)).values().next().value;
    if (owner === undefined || isRemoved(owner) || owner.status === 'invited') return 'gone';
    if (kind === 'personal') return 'exists';
  }
  try {
    const admin = await open.as('admin');
    if (kind === 'app_folder') await admin.listFolder(namespaceId, { limit: 1 });
    else await admin.folderMetadata(namespaceId);
    return 'exists';
  } catch (error) {
    if (failureTypeOf(error) === 'NamespaceUnreachable') return 'gone';
    if (isIsolatable(error)) return 'unknown';
    throw error;
  }
}

async function differsInGraph(
  open: OpenConnector,
  namespaces: NamespaceDocument[],
  team: PrincipalVertices,
): Promise<boolean> {
  const targets = namespaces.map(({ recordGroupKey, principals }) => ({
    to: recordGroupId(recordGroupKey),
    principals: principals ?? [],
  }));
  const { granted, revoked, changed } = await countPermissionChanges(open.graph, targets, team);
  return granted + revoked + changed > 0;
}

/** Among equally loaded members the one with the smallest id, so that two runs make the same choice. */
function leastLoaded(eligible: ReadonlySet<string>, load: ReadonlyMap<string, number>): string | undefined {
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
