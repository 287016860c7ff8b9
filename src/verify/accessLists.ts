import { chunks } from '../chunks';
import type { Actor } from '../dropbox';
import { failureTypeOf } from '../failures';
import type { PermissionChanges } from '../graph/access/permissions';
import { filesWithMembers } from '../graph/readers/recordStructure';
import { permissionChangesPerTarget } from '../graph/readers/verification';
import { allNamespaces } from '../graph/state/namespaces';
import { mapConcurrently } from '../mapConcurrently';
import { principalsOf } from '../sync/access';
import { isRemoved } from '../sync/memberState';
import type { NamespaceDocument, Principal } from '../sync/syncDocuments';
import type { TeamIndex } from '../sync/team';
import { recordGroupVertex, recordVertex } from '../sync/vertices';
import { CONCURRENT_CALLS, type Check } from './check';

/** Members who are asked for a member list that the admin may not read. */
const MEMBERS_ASKED = 5;
/** Dropbox answers for this many files in a call. */
const FILES_PER_CALL = 100;
const FILES_PER_BATCH = 1000;

/** Compares the permission edges of record groups with the member lists of their namespaces. */
export async function checkNamespaceMembers(check: Check): Promise<void> {
  const { graph, connectorId, team, findings } = check;
  for await (const batch of allNamespaces(graph, connectorId)) {
    const lists = await mapConcurrently(batch, CONCURRENT_CALLS, (namespace) => principalsNow(check, namespace));
    const read = batch.flatMap((namespace, at) => {
      const principals = lists[at] ?? null;
      return principals === null ? [] : [{ namespace, to: recordGroupVertex(namespace.recordGroupKey), principals }];
    });
    const changes = await permissionChangesPerTarget(graph, read, team);
    for (const [at, { namespace, principals }] of read.entries()) {
      const { name, namespaceId, principals: stored } = namespace;
      const difference = differenceOf(changes[at]);
      const report = (text: string): void =>
        findings.add({ kind: 'accessList', text: `${name} (${namespaceId}): ${text}`, namespaceId });
      if (difference !== null) {
        report(difference);
      } else if (stored !== null && !isSameList(withoutGone(stored, team), principals)) {
        // The edges are right, but the next sync that grants access by this list would make them wrong.
        report("the list that the connector keeps is not Dropbox's");
      }
    }
  }
}

/** Compares the permission edges of files that have members of their own with the member lists of these files. */
export async function checkFileMembers({ graph, connectorId, session, adminId, team, findings }: Check): Promise<void> {
  const actor = session.as({ kind: 'admin', teamMemberId: adminId });
  for await (const batch of filesWithMembers(graph, connectorId, FILES_PER_BATCH)) {
    const parts = [...chunks(batch, FILES_PER_CALL)];
    const lists = await mapConcurrently(parts, CONCURRENT_CALLS, (part) =>
      actor.fileMembersBatch(part.map(({ itemId }) => itemId)),
    );
    const read = parts.flatMap((part, at) =>
      part.flatMap((file) => {
        const list = lists[at]?.get(file.itemId);
        if (list === undefined || 'problem' in list) return [];
        return [{ ...file, to: recordVertex(file.recordKey), principals: principalsOf(list.members, team).principals }];
      }),
    );
    const changes = await permissionChangesPerTarget(graph, read, team);
    for (const [at, { recordKey, itemId, namespaceId, path }] of read.entries()) {
      const difference = differenceOf(changes[at]);
      if (difference === null) continue;
      findings.add({
        kind: 'accessList',
        text: `${path} in ${namespaceId}: of its own members ${difference}`,
        namespaceId,
        recordKey,
        itemId,
      });
    }
  }
}

/** null: the edges are as the list says. */
function differenceOf(changes: PermissionChanges | undefined): string | null {
  if (changes === undefined) return null;
  const { granted, revoked, changed } = changes;
  if (granted + revoked + changed === 0) return null;
  return `${granted} too few, ${revoked} too many, ${changed} with another role`;
}

/** A stored list names removed members and deleted groups until it is read again, and grants them nothing. */
const withoutGone = (stored: readonly Principal[], team: TeamIndex): Principal[] =>
  stored.filter(({ id, kind }) => {
    // `checkGroups` reports groups of Dropbox that are missing from the graph.
    if (kind === 'group') return team.vertexOf({ id, kind }) !== null;
    const member = team.byMemberId(id);
    return member === undefined || !isRemoved(member);
  });

function isSameList(stored: readonly Principal[], read: readonly Principal[]): boolean {
  const namesOf = (list: readonly Principal[]): string =>
    [...new Set(list.map(({ id, role }) => `${id} ${role}`))].sort().join();
  return namesOf(stored) === namesOf(read);
}

/** null: no one could be asked. The comparison of what each member can read still shows what is wrong. */
async function principalsNow(check: Check, namespace: NamespaceDocument): Promise<Principal[] | null> {
  const { kind, ownerMemberId, namespaceId } = namespace;
  switch (kind) {
    case 'personal':
    case 'app_folder':
      return ownerMemberId === null ? [] : [{ id: ownerMemberId, kind: 'user', role: 'OWNER' }];
    case 'received':
    case 'team_root':
      return null;
    case 'team_folder':
    case 'shared_folder': {
      for (const actor of actorsFor(check, namespace)) {
        try {
          return principalsOf(await check.session.as(actor).folderMembers(namespaceId), check.team).principals;
        } catch (error) {
          if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
        }
      }
      return null;
    }
  }
}

/** The admin, then a few members who should be able to read the namespace. */
function actorsFor({ adminId, team }: Check, { delegate, principals }: NamespaceDocument): Actor[] {
  const users = (principals ?? []).filter(({ kind }) => kind === 'user').map(({ id }) => id);
  const members = [...new Set([...(delegate === null ? [] : [delegate]), ...users])].filter((id) => team.isActive(id));
  return [
    { kind: 'admin', teamMemberId: adminId },
    ...members.slice(0, MEMBERS_ASKED).map((teamMemberId): Actor => ({ kind: 'member', teamMemberId })),
  ];
}
