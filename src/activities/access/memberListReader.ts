import type { DropboxActor, SharedFolder } from '../../dropbox';
import { failure, failureDetailsOf, failureTypeOf } from '../../failures';
import { allNamespaces } from '../../graph/state/namespaces';
import { mapConcurrently, runBoth } from '../../mapConcurrently';
import type { ListedMembers } from '../../sync/access';
import type { UnreadMembers } from '../../sync/memberListState';
import { isActive, isRemoved } from '../../sync/memberState';
import { hasMemberList, isLeaving } from '../../sync/namespaceState';
import type { Miss } from '../../sync/notSeen';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { each } from '../runtime/each';
import { isIsolatable } from '../runtime/failureIsolation';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { activeMembersKey, storedMembers } from '../team/teamNamespaces';

/**
 * Calls at the same time. All of an admin's calls share one rate limit with everything else that they are asked for.
 */
export const CONCURRENT_LISTS = 8;
/** Members who are asked for a list that an admin may not read. */
const CANDIDATES = 5;

/** The value of `ownerless` where the owner is known to be removed, instead of the run that first read the list. */
const OWNER_REMOVED = 'the owner was removed';

type ReadList = { folder: SharedFolder; members: ListedMembers; ownerless: string | null };
type ListAnswer = ReadList | UnreadMembers;

/** Everyone who could see a folder was asked in vain. */
export interface UnseenFolder {
  /** Hash of the active members, with their groups; see `activeMembersKey`. */
  unseenBy: string;
  /** The run in which they were asked. */
  run: Miss;
  /** Dropbox said to all of them that there is no such folder, and not that they are no members of it. */
  doesNotExist: boolean;
}
export type MemberListResult = ListAnswer | UnseenFolder;

/** What is stored where a list could not be read. `keeping`: what was granted before stays. */
export const unreadMembers = (error: unknown, keeping?: Pick<NamespaceDocument, 'principals'>): UnreadMembers => ({
  problem: `the member list can't be read: ${(error as Error).message}`,
  ...ownerlessSince(failureDetailsOf(error)['ownerless']),
  ...(keeping ? { principals: keeping.principals ?? [] } : {}),
});

/** Whether Dropbox has answered, with a list that can't be true. */
export const isImplausible = (error: unknown): boolean => 'ownerless' in failureDetailsOf(error);

const ownerlessSince = (runId: unknown): Pick<UnreadMembers, 'ownerless'> =>
  typeof runId === 'string' ? { ownerless: runId } : {};

/** Reads member lists: as an admin, or as a member who can see a folder that the admin can't. It writes nothing. */
export class MemberListReader {
  /** Active members by the shared folders that they have. */
  private holders: Promise<Map<string, string[]>> | undefined;
  private unseenBy: Promise<string> | undefined;

  constructor(
    private readonly open: OpenConnector,
    private readonly team: TeamIndex,
  ) {}

  /**
   * An admin can read the list of every folder that the team owns. The list of a folder that is owned outside the team
   * can be read by its members only. If an admin is refused, and no active member has the folder, no one in the team
   * can see it. `isMissing`: the team's list does not have it either. @throws DropboxUnexpected for a list that can't
   * be true; Error for a namespace of which Dropbox keeps no member list
   */
  async read(namespace: NamespaceDocument, { isMissing = false } = {}): Promise<MemberListResult> {
    const { namespaceId, kind } = namespace;
    if (!hasMemberList(namespace)) throw new Error(`namespace ${namespaceId} (${kind}) has no member list`);
    const refusals: unknown[] = [];
    const list = await this.readAsAny(['admin', ...this.likelyMembers(namespace)], namespace, refusals);
    if (list) return list;
    const isDenied = refusals.every((error) => failureDetailsOf(error)['reason'] === 'invalid_id');
    // No one has a folder that does not exist. An admin's answer alone does not outweigh the team's list.
    const doesNotExist = isDenied && (isMissing || refusals.length > 1);
    const holders = doesNotExist ? [] : await this.holdersOf(namespaceId);
    const listOfHolder = await this.readAsAny(holders, namespace, refusals);
    if (listOfHolder) return listOfHolder;
    if (holders.length > 0) return unreadMembers(refusals[0]);
    return { unseenBy: await this.activeMembers(), run: this.open.miss(), doesNotExist };
  }

  /**
   * Whether the list of any other folder can be read now. If Dropbox does not answer, or refuses the route, that must
   * not take anyone's access away. null: unknown, since no other folder's list can show it.
   */
  async canReadAnother(failed: ReadonlySet<string>): Promise<boolean | null> {
    for await (const namespace of each(allNamespaces(this.open.graph, this.open.connector._key))) {
      const { namespaceId, problem } = namespace;
      if (!hasMemberList(namespace) || isLeaving(namespace) || problem !== null || failed.has(namespaceId)) continue;
      try {
        // That an admin is refused proves nothing: the folder may be owned outside the team.
        if (await this.readAsAny(['admin'], namespace, [])) return true;
      } catch (error) {
        // Dropbox has answered. Several folders may lose their owners at once.
        if (isImplausible(error)) continue;
        if (isIsolatable(error)) return false;
        throw error;
      }
    }
    return null;
  }

  private async readAsAny(
    delegates: readonly string[],
    namespace: NamespaceDocument,
    refusals: unknown[],
  ): Promise<ReadList | undefined> {
    for (const delegate of delegates) {
      try {
        return await this.readAs(delegate, namespace);
      } catch (error) {
        if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
        refusals.push(error);
      }
    }
    return undefined;
  }

  private async readAs(delegate: string, namespace: NamespaceDocument): Promise<ReadList> {
    const { namespaceId } = namespace;
    const actor: DropboxActor = await this.open.as(delegate);
    const [folder, members] = await runBoth(
      () => actor.folderMetadata(namespaceId),
      () => actor.folderMembers(namespaceId),
    );
    return {
      folder,
      members,
      ownerless: requirePlausible(namespace, folder, members, { runId: this.open.runId, team: this.team }),
    };
  }

  /** Its delegate, and those who were on its list when it was last read. */
  private likelyMembers({ principals, delegate }: NamespaceDocument): string[] {
    const users = (principals ?? []).filter(({ kind }) => kind === 'user').map(({ id }) => id);
    return this.candidates(delegate === null ? users : [delegate, ...users]);
  }

  /**
   * Members who have it among their folders. Costs a call for each member, so they are asked only if no one else can.
   */
  private async holdersOf(namespaceId: string): Promise<string[]> {
    this.holders ??= this.findHolders();
    return this.candidates((await this.holders).get(namespaceId) ?? []);
  }

  private candidates(ids: readonly string[]): string[] {
    return [...new Set(ids)].filter((id) => this.team.isActive(id)).slice(0, CANDIDATES);
  }

  private async findHolders(): Promise<Map<string, string[]>> {
    const holders = new Map<string, string[]>();
    const active = [...this.team.members()].filter(isActive);
    await mapConcurrently(active, CONCURRENT_LISTS, async ({ teamMemberId }) => {
      for (const sharedFolderId of await this.foldersOf(teamMemberId)) {
        const known = holders.get(sharedFolderId);
        if (known) known.push(teamMemberId);
        else holders.set(sharedFolderId, [teamMemberId]);
      }
      checkpoint();
    });
    return holders;
  }

  private async foldersOf(teamMemberId: string): Promise<string[]> {
    const ids: string[] = [];
    try {
      for await (const page of (await this.open.as(teamMemberId)).sharedFolders())
        for (const { sharedFolderId } of page) ids.push(sharedFolderId);
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    }
    return ids;
  }

  /** Read where it is needed, which is rare: the index of the team leaves out the groups of members. */
  private activeMembers(): Promise<string> {
    return (this.unseenBy ??= storedMembers(this.open).then((members) => activeMembersKey(members.values())));
  }
}

/**
 * A list that can't be true is a failed read: one without an owner, unless the folder is the team's or takes its members
 * from its parent, and one that names no one where the last one named someone. The second run that reads such a list
 * believes it, since an owner may be removed from the team, and the others must not lose access until there is another
 * one. Where the owner is known to be removed, the first run believes it.
 * @returns the run that first read such a list, or why it is no surprise, if it is believed; otherwise null
 */
function requirePlausible(
  { principals, ownerless: since = null }: NamespaceDocument,
  { isOfTeam, parentSharedFolderId }: SharedFolder,
  { users, groups, invitees, unreadable = [] }: ListedMembers,
  { runId, team }: { runId: string; team: TeamIndex },
): string | null {
  // Any of the names that can't be read may be the owner.
  if (unreadable.length > 0) return null;
  const listed = [...users, ...groups, ...invitees];
  const needsOwner = !isOfTeam && parentSharedFolderId === null;
  const isPlausible = needsOwner
    ? listed.some(({ level }) => level === 'owner')
    : listed.length > 0 || (principals ?? []).length === 0;
  if (isPlausible) return null;
  if (since !== null && since !== runId && (listed.length > 0 || !needsOwner)) return since;
  const owners = (principals ?? []).filter(({ role }) => role === 'OWNER').map(({ id }) => team.byMemberId(id));
  const isOwnerRemoved = owners.length > 0 && owners.every((owner) => owner !== undefined && isRemoved(owner));
  if (needsOwner && listed.length > 0 && isOwnerRemoved) return OWNER_REMOVED;
  const problem = needsOwner ? 'its member list names no owner' : 'its member list is empty';
  throw failure('DropboxUnexpected', problem, { details: { ownerless: since ?? runId } });
}
