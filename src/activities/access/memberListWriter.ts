import type { HeldNamespace } from '../../contract/sync';
import { countPermissionChanges, permissionCount } from '../../graph/access/permissions';
import { writeRecordGroups } from '../../graph/access/recordGroups';
import { markEntriesNaming } from '../../graph/access/sharedEntries';
import { recordGroupId } from '../../graph/driver/context';
import { childNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import { principalsOf } from '../../sync/access';
import type { NamespaceDocument, Principal, UngrantedCounts } from '../../sync/documents';
import { gapLine } from '../../sync/gaps';
import {
  approvalNeeded,
  isLeaving,
  membersRead,
  membersStale,
  membersUnreadable,
  seenByNoOne,
} from '../../sync/namespaceState';
import type { TeamIndex } from '../../sync/team';
import { samePrincipals } from '../team/discovery';
import type { OpenConnector } from '../runtime/services';
import type { MemberListResult } from './memberListReader';
import { addUngranted, noneUngranted, type UngrantedPart } from './ungranted';

export interface WrittenMemberLists extends UngrantedPart {
  granted: number;
  revoked: number;
  gaps: string[];
  held: HeldNamespace[];
  /** Nested folders that became due. */
  nested: number;
  /** Namespaces that no one can see any more. */
  leaving: number;
}

export const nothingWritten = (): WrittenMemberLists => ({
  granted: 0,
  revoked: 0,
  gaps: [],
  held: [],
  nested: 0,
  leaving: 0,
  ...noneUngranted(),
});

export interface MemberList {
  namespace: NamespaceDocument;
  result: MemberListResult;
}

export function namespaceAfter(
  { namespace, result }: MemberList,
  team: TeamIndex,
  now: number,
): { next: NamespaceDocument; ungranted?: UngrantedCounts } {
  if ('unseenBy' in result) return { next: seenByNoOne(namespace, result.unseenBy, result.run) };
  if ('problem' in result) return { next: membersUnreadable(namespace, result.problem, now) };
  const { folder, members } = result;
  const { principals, ungranted } = principalsOf(members, team);
  const read = { parentNamespaceId: folder.parentSharedFolderId, inheritsAccess: folder.inheritsAccess, principals };
  return { next: membersRead(namespace, read, now), ungranted };
}

/**
 * Stores member lists and makes the permissions on their record groups equal to them. A list that would revoke more
 * than the deletion guard lets pass is not stored, unless an operator has approved it.
 */
export async function writeMemberLists(
  open: OpenConnector,
  team: TeamIndex,
  lists: readonly MemberList[],
  approved: ReadonlySet<string>,
  total: WrittenMemberLists,
): Promise<void> {
  const { graph, connector } = open;
  const write: NamespaceDocument[] = [];
  const changed: { id: string; principals: string[] }[] = [];
  const now = open.services.now();
  for (const list of lists) {
    const { namespace, result } = list;
    const { next, ungranted } = namespaceAfter(list, team, now);
    const held = approved.has(namespace.namespaceId) ? null : await guardRevocations(open, team, next);
    if (held) {
      total.held.push(held);
      const { deletes, revokes, total: permissions } = held;
      const changes = { deletes, revokes, total: permissions, samples: [], since: now };
      await patchNamespaces(graph, open.context(), [approvalNeeded(namespace, changes)]);
      continue;
    }
    if (ungranted) addUngranted(total, ungranted);
    if ('problem' in result) total.gaps.push(gapLine(namespace.namespaceId, result.problem));
    if (!samePrincipals(namespace.principals, next.principals)) {
      const principals = changedPrincipals(namespace.principals, next.principals);
      changed.push({ id: namespace.namespaceId, principals });
    }
    write.push(next);
  }
  // Before the lists are stored: after a crash in between, the stored lists would no longer show that they have changed.
  await markEntriesNaming(graph, connector._key, changed);
  const parents = changed.map(({ id }) => id);
  total.nested += await markNestedFolders(open, parents, now);
  total.leaving += write.filter(isLeaving).length;
  const { granted, revoked } = await writeRecordGroups(graph, open.context(), write, team);
  total.granted += granted;
  total.revoked += revoked;
}

/** The revocations to approve if both limits of the deletion guard are exceeded, the share and the number; else null. */
async function guardRevocations(
  open: OpenConnector,
  team: TeamIndex,
  next: NamespaceDocument,
): Promise<HeldNamespace | null> {
  const { share, items } = open.connector.brake;
  const to = recordGroupId(next.recordGroupKey);
  const { revoked } = await countPermissionChanges(open.graph, [{ to, principals: next.principals ?? [] }], team);
  if (revoked <= items) return null;
  const total = await permissionCount(open.graph, to);
  if (revoked <= share * total) return null;
  return { namespaceId: next.namespaceId, deletes: 0, revokes: revoked, total };
}

async function markNestedFolders(open: OpenConnector, parents: readonly string[], now: number): Promise<number> {
  if (parents.length === 0) return 0;
  const nested = await childNamespaces(open.graph, open.connector._key, parents);
  // A list that was read after its parent's is already right.
  const due = nested.filter(({ membersReadAt, due: isDue }) => !isDue && (membersReadAt ?? 0) < now);
  await patchNamespaces(open.graph, open.context(), due.map(membersStale));
  return due.length;
}

function changedPrincipals(before: readonly Principal[] | null, after: readonly Principal[] | null): string[] {
  const facts = (list: readonly Principal[] | null) => new Set((list ?? []).map(({ id, role }) => `${role} ${id}`));
  const [had, has] = [facts(before), facts(after)];
  const changed = [...[...had].filter((fact) => !has.has(fact)), ...[...has].filter((fact) => !had.has(fact))];
  return [...new Set(changed.map((fact) => fact.slice(fact.indexOf(' ') + 1)))];
}
