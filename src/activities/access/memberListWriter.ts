import type { HeldNamespace } from '../../contract/held';
import { permissionCount } from '../../graph/access/permissions';
import { countAccessChanges, writeRecordGroups } from '../../graph/access/recordGroups';
import { markEntriesNaming, type ChangedNamespace } from '../../graph/access/sharedEntries';
import { childNamespaces, patchNamespaces, readNamespace } from '../../graph/state/namespaces';
import { hasUnknownLevel, principalsOf, samePrincipals, unreadableNames } from '../../sync/access';
import type { UngrantedCounts } from '../../sync/connectorDocument';
import type { Removal } from '../../sync/deletionGuard';
import { isFirstRun } from '../../sync/fullRun';
import { gapLine } from '../../sync/gaps';
import { membersRead, membersStale, membersUnreadable, seenByNoOne } from '../../sync/memberListState';
import { isLeaving } from '../../sync/namespaceState';
import type { NamespaceDocument, Principal } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { recordGroupVertex } from '../../sync/vertices';
import { askGuard } from '../guard/askGuard';
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

/** The state of a namespace after its list was read. `isFirst`: no list was read before, so all of them are new. */
export function namespaceAfter(
  { namespace, result }: MemberList,
  team: TeamIndex,
  { now, isFirst = true }: { now: number; isFirst?: boolean },
): { next: NamespaceDocument; ungranted?: UngrantedCounts } {
  if ('unseenBy' in result) return { next: seenByNoOne(namespace, result.unseenBy, result.run) };
  if ('problem' in result) return { next: membersUnreadable(namespace, result, now) };
  const { folder, members, ownerless } = result;
  const { principals, ungranted } = principalsOf(members, team, namespace.principals);
  const problem = unreadableNames(members);
  const { principals: known } = namespace;
  const parentNamespaceId = folder.parentSharedFolderId;
  const isMoved = namespace.parentNamespaceId !== parentNamespaceId;
  const differs = known === null ? !isFirst : isMoved || !samePrincipals(known, principals);
  const read = {
    parentNamespaceId,
    inheritsAccess: folder.inheritsAccess,
    principals,
    ...(hasUnknownLevel(members) || differs ? { readAgain: true } : {}),
    ...(ownerless === null ? {} : { ownerless }),
    ...(problem === undefined ? {} : { problem }),
  };
  return { next: membersRead(namespace, read, now), ungranted };
}

/**
 * Stores member lists and makes the permissions on their record groups equal to them. A list that would revoke more
 * than the deletion guard lets pass is not stored until an operator has approved it. A list that could not be read
 * grants nothing in any case: unknown access is never granted, and the next reading restores it.
 */
export async function writeMemberLists(
  open: OpenConnector,
  team: TeamIndex,
  lists: readonly MemberList[],
  total: WrittenMemberLists,
): Promise<void> {
  const { graph, connector } = open;
  const write: NamespaceDocument[] = [];
  const since = new Map(lists.map(({ namespace }) => [namespace.namespaceId, namespace]));
  const changed: ChangedNamespace[] = [];
  const now = open.services.now();
  const isFirst = isFirstRun(connector);
  const readLists = lists.map((list) => ({ ...list, ...namespaceAfter(list, team, { now, isFirst }) }));
  // Most lists revoke nothing, so all of them are counted in one request first.
  const nextStates = readLists.map(({ next }) => next);
  const revokesSome = (await countAccessChanges(graph, nextStates, team)).revoked > 0;
  for (const { namespace, result, next: read, ungranted } of readLists) {
    const held = 'problem' in result || !revokesSome ? null : await guardRevocations(open, team, read);
    if (held) total.held.push(held);
    const next = held ? await withoutRevocations(open, team, read, since) : read;
    if (next === null) continue;
    if (ungranted) addUngranted(total, ungranted);
    if (next.problem !== null) total.gaps.push(gapLine(namespace.namespaceId, next.problem));
    if (!samePrincipals(namespace.principals, next.principals)) {
      const principals = changedPrincipals(namespace.principals, next.principals);
      changed.push({ id: namespace.namespaceId, principals });
    }
    write.push(next);
  }
  // Before the lists are stored: after a crash in between, the stored lists would no longer show that they have
  // changed.
  await markEntriesNaming(graph, connector._key, changed);
  const parents = changed.map(({ id }) => id);
  total.nested += await markNestedFolders(open, parents);
  // The list of a nested folder may have been read before the change that the list of its parent shows.
  const changedParents = new Set(parents.filter((id) => since.get(id)?.principals !== null));
  const isTooEarly = (next: NamespaceDocument): boolean =>
    changedParents.has(next.parentNamespaceId ?? '') && !isLeaving(next);
  const written = write.map((next) => (isTooEarly(next) ? { ...next, ...membersStale(next) } : next));
  total.nested += write.filter(isTooEarly).length;
  total.leaving += write.filter(isLeaving).length;
  const { granted, revoked } = await writeRecordGroups(graph, open.context(), written, team, since);
  total.granted += granted;
  total.revoked += revoked;
}

async function guardRevocations(
  open: OpenConnector,
  team: TeamIndex,
  next: NamespaceDocument,
): Promise<HeldNamespace | null> {
  const { namespaceId, recordGroupKey } = next;
  const { revoked } = await countAccessChanges(open.graph, [next], team);
  if (revoked === 0) return null;
  const total = await permissionCount(open.graph, recordGroupVertex(recordGroupKey));
  const removal: Removal = { field: 'heldRevocations', count: revoked, total, samples: [] };
  return (await askGuard({ open, namespaceId }, removal)).held;
}

/**
 * The namespace with what its list adds, while what it revokes is held. Null: there is nothing to write. `since` gets
 * the stored document, which holds the revocations now.
 */
async function withoutRevocations(
  open: OpenConnector,
  team: TeamIndex,
  { namespaceId, principals: read }: NamespaceDocument,
  since: Map<string, NamespaceDocument>,
): Promise<NamespaceDocument | null> {
  const stored = await readNamespace(open.graph, open.connector._key, namespaceId);
  if (stored === null) return null;
  since.set(namespaceId, stored);
  const found = new Set((read ?? []).map(({ id }) => id));
  const kept = (stored.principals ?? []).filter(({ id }) => !found.has(id));
  const next = { ...stored, principals: [...(read ?? []), ...kept] };
  const { granted, changed, revoked } = await countAccessChanges(open.graph, [next], team);
  return revoked === 0 && granted + changed > 0 ? next : null;
}

async function markNestedFolders(open: OpenConnector, parents: readonly string[]): Promise<number> {
  if (parents.length === 0) return 0;
  // Times do not show which list was read later: two workers may have written them, and a clock may have been set back.
  const due = (await childNamespaces(open.graph, open.connector._key, parents)).filter((nested) => !nested.due);
  await patchNamespaces(open.graph, open.context(), due.map(membersStale));
  return due.length;
}

function changedPrincipals(before: readonly Principal[] | null, after: readonly Principal[] | null): string[] {
  const facts = (list: readonly Principal[] | null) => new Set((list ?? []).map(({ id, role }) => `${role} ${id}`));
  const [had, has] = [facts(before), facts(after)];
  const changed = [...[...had].filter((fact) => !has.has(fact)), ...[...has].filter((fact) => !had.has(fact))];
  return [...new Set(changed.map((fact) => fact.slice(fact.indexOf(' ') + 1)))];
}
