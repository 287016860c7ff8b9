import type { NamespaceInput, NamespaceResult } from '../../contract/activities';
import type { HeldNamespace } from '../../contract/held';
import { messageOf } from '../../failures';
import { readReaders } from '../../graph/access/readers';
import { readTeam } from '../../graph/access/team';
import { readNamespace } from '../../graph/state/namespaces';
import { gapLine } from '../../sync/gaps';
import { delegateMissing, delegateReplaced } from '../../sync/listingState';
import { membersStale } from '../../sync/memberListState';
import { hasMemberList, isLeaving, isNotSeen } from '../../sync/namespaceState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { isImplausible, unreadMembers } from '../access/memberListReader';
import { readMemberListOf } from '../access/memberLists';
import type { OpenConnector } from '../runtime/services';
import type { Listing } from './listing';

/** Members on the member list who are tried before an admin is. */
const READERS_TRIED = 5;

/**
 * Reads the members of a namespace again and chooses another delegate, who lists it from the start, since a cursor is
 * bound to its delegate. When there is no other, the namespace has a problem, and nothing in it is deleted for that.
 */
export async function replaceDelegate(
  open: OpenConnector,
  listing: Pick<Listing, 'namespace' | 'advance'>,
  { refused = [] }: Pick<NamespaceInput, 'refused'>,
  error: unknown,
): Promise<NamespaceResult> {
  const { namespace } = listing;
  const { namespaceId, delegate } = namespace;
  const team = await readTeam(open.graph, open.connector._key);
  let held: HeldNamespace | undefined;
  let now = namespace;
  if (hasMemberList(namespace)) {
    try {
      [held] = (await readMemberListOf(open, team, namespace)).held;
    } catch (unread) {
      if (!isImplausible(unread)) throw unread;
      // No repeat in this run can make it true. The sharing phase reads it again, and compares it with other lists.
      const { problem } = unreadMembers(unread);
      await listing.advance({ ...delegateMissing(namespace, problem), ...membersStale(namespace) });
      return { done: false, gap: gapLine(namespaceId, problem) };
    }
    now = (await readNamespace(open.graph, open.connector._key, namespaceId)) ?? namespace;
    // No one can see it any more: what is stored of it goes with the other removals of this run.
    if (isLeaving(now)) return { done: true, leaving: 1 };
  }
  const askedInVain = delegate === null ? refused : [...refused, delegate];
  const next = isNotSeen(now) ? null : await nextDelegate(open, now, askedInVain);
  const problem = (isNotSeen(now) ? now.problem : null) ?? `can't be listed (${messageOf(error)})`;
  await listing.advance(next === null ? delegateMissing(namespace, problem) : delegateReplaced(namespace, next));
  const result = { done: false, ...(held ? { held } : {}) };
  if (next === null) return { ...result, gap: gapLine(namespaceId, problem) };
  return { ...result, ...(delegate === null ? {} : { refused: delegate }) };
}

/** Another active member who can read it, or else an admin, or else no one. No one is asked twice in one listing. */
async function nextDelegate(
  open: OpenConnector,
  namespace: NamespaceDocument,
  refused: readonly string[],
): Promise<string | null> {
  if (refused.includes('admin')) return null;
  if (refused.length >= READERS_TRIED) return 'admin';
  const readers = await readReaders(open.graph, open.connector._key);
  const others = [...readers.of(namespace)].filter((id) => !refused.includes(id)).sort();
  return others[0] ?? 'admin';
}
