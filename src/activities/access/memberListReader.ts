import type { DropboxActor, SharedFolder } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { allNamespaces } from '../../graph/state/namespaces';
import { mapConcurrently } from '../../mapConcurrently';
import type { ListedMembers } from '../../sync/access';
import type { NamespaceDocument } from '../../sync/documents';
import { isActive } from '../../sync/memberState';
import { hasMemberList, isLeaving } from '../../sync/namespaceState';
import type { TeamIndex } from '../../sync/team';
import { activeMembersKey, storedMembers } from '../team/discovery';
import { isIsolatable } from '../runtime/failureIsolation';
import { each } from '../runtime/each';
import { checkpoint, type OpenConnector } from '../runtime/services';

/** Calls at the same time. All of an admin's calls share one rate limit with everything else that they are asked for. */
export const READ_CONCURRENTLY = 8;
/** Members who are asked for a list that an admin may not read. */
const CANDIDATES = 5;

type ListAnswer = { folder: SharedFolder; members: ListedMembers } | { problem: string };

/** `unseenBy` names the members who were asked in vain. */
export type MemberListResult = ListAnswer | { unseenBy: string };

export const unreadable = (error: unknown): { problem: string } => ({
  problem: `the member list can't be read: ${(error as Error).message}`,
});

/** Reads member lists: as an admin, or as a member who can see a folder that the admin can't. It writes nothing. */
export class MemberListReader {
  /** Active members by the shared folders that they have. */
  #holders: Promise<Map<string, string[]>> | undefined;
  #askedMembers: Promise<string> | undefined;

  constructor(
    private readonly open: OpenConnector,
    private readonly team: TeamIndex,
  ) {}

  /**
   * An admin can read the list of every folder that the team owns. The list of a folder that is owned outside the team can
   * be read by its members only. If an admin is refused, and no active member has the folder, no one in the team can see it.
   */
  async read(namespace: NamespaceDocument): Promise<MemberListResult> {
    const { namespaceId } = namespace;
    const asAdmin = await this.#readAs('admin', namespaceId);
    if (!('problem' in asAdmin)) return asAdmin;
    const asLikelyMember = await this.#readAsAny(this.#likelyMembers(namespace), namespaceId);
    if (asLikelyMember) return asLikelyMember;
    const holders = await this.#holdersOf(namespaceId);
    const asHolder = await this.#readAsAny(holders, namespaceId);
    if (asHolder) return asHolder;
    return holders.length > 0 ? asAdmin : { unseenBy: await this.#asked() };
  }

  /**
   * Whether the list of any other folder can be read now. If none can, Dropbox does not answer, or refuses the route, and
   * no one may lose access for that.
   */
  async canReadAnother(failed: ReadonlySet<string>): Promise<boolean> {
    for await (const namespace of each(allNamespaces(this.open.graph, this.open.connector._key))) {
      const { namespaceId, problem } = namespace;
      if (!hasMemberList(namespace) || isLeaving(namespace) || problem !== null || failed.has(namespaceId)) continue;
      try {
        // That an admin is refused proves nothing: the folder may be owned outside the team.
        if (!('problem' in (await this.#readAs('admin', namespaceId)))) return true;
      } catch (error) {
        if (isIsolatable(error)) return false;
        throw error;
      }
    }
    return false;
  }

  async #readAsAny(teamMemberIds: readonly string[], namespaceId: string): Promise<ListAnswer | undefined> {
    for (const teamMemberId of teamMemberIds) {
      const answer = await this.#readAs(teamMemberId, namespaceId);
      if (!('problem' in answer)) return answer;
    }
    return undefined;
  }

  async #readAs(delegate: string, namespaceId: string): Promise<ListAnswer> {
    const actor: DropboxActor = await this.open.as(delegate);
    try {
      const folder = await actor.folderMetadata(namespaceId);
      return { folder, members: await actor.folderMembers(namespaceId) };
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
      return unreadable(error);
    }
  }

  /** Its delegate, and those who were on its list when it was last read. */
  #likelyMembers({ principals, delegate }: NamespaceDocument): string[] {
    const users = (principals ?? []).filter(({ kind }) => kind === 'user').map(({ id }) => id);
    return this.#candidates(delegate === null ? users : [delegate, ...users]);
  }

  /** Those who have it among their folders. To find out costs a call for each member: only if no one else can read it. */
  async #holdersOf(namespaceId: string): Promise<string[]> {
    this.#holders ??= this.#findHolders();
    return this.#candidates((await this.#holders).get(namespaceId) ?? []);
  }

  #candidates(ids: readonly string[]): string[] {
    return [...new Set(ids)].filter((id) => this.team.isActive(id)).slice(0, CANDIDATES);
  }

  async #findHolders(): Promise<Map<string, string[]>> {
    const holders = new Map<string, string[]>();
    const active = [...this.team.members()].filter(isActive);
    await mapConcurrently(active, READ_CONCURRENTLY, async ({ teamMemberId }) => {
      for (const sharedFolderId of await this.#foldersOf(teamMemberId)) {
        const known = holders.get(sharedFolderId);
        if (known) known.push(teamMemberId);
        else holders.set(sharedFolderId, [teamMemberId]);
      }
      checkpoint();
    });
    return holders;
  }

  async #foldersOf(teamMemberId: string): Promise<string[]> {
    const ids: string[] = [];
    try {
      for await (const page of (await this.open.as(teamMemberId)).sharedFolders())
        for (const { sharedFolderId } of page) ids.push(sharedFolderId);
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    }
    return ids;
  }

  /** Rarely needed: the index of the team leaves out the groups of members. */
  #asked(): Promise<string> {
    return (this.#askedMembers ??= storedMembers(this.open).then((members) => activeMembersKey(members.values())));
  }
}
