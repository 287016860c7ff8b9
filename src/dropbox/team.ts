import type { team, team_log } from 'dropbox';
import { chunks } from '../chunks';
import { failure } from '../failures';
import { isText, textOrNull } from '../guards';
import type { EventCategory } from '../sync/keys';
import { AnswersById } from './answersById';
import type { Caller } from './caller';
import { answerBehind, GroupNotFound } from './errors';
import { pages, requireContinuable } from './paging';
import { checkScopes } from './scopes';
import { groupOf, memberOf, namespaceOf, refusedMemberOf, teamFolderOf, usable } from './teamItems';
import type {
  OnRefused,
  RefusedMember,
  ScopeCheck,
  TeamFolder,
  TeamGroup,
  TeamGroupMember,
  TeamInfo,
  TeamMember,
  TeamNamespace,
} from './types';
import { listIn, type Unchecked } from './unchecked';
import { hasTag } from './unions';

export interface EventPage {
  /** Not ordered by timestamp. May be empty although more follow. */
  events: team_log.TeamEvent[];
  cursor: string;
  hasMore: boolean;
}

/** Dropbox documents no limit for look-ups by id. This one keeps an answer small. */
const IDS_PER_LOOKUP = 100;
const PAGE = 1000;
/** Equals no description of a member. */
const IN_TWO_WAYS = '';

/**
 * Routes of the team, without an acting member. None of its listings reports changes, so each is read completely. An
 * item of a list that lacks a required field is left out, and `onRefused` is called for it.
 */
export class DropboxTeam {
  constructor(private readonly caller: Caller) {}

  /**
   * The admin who authorized the app. @throws AdminRequired when they are not an active admin any more; DropboxUnexpected
   * for an answer that does not say who they are
   */
  async admin(): Promise<{ teamMemberId: string; email: string }> {
    const answer: Unchecked<team.TokenGetAuthenticatedAdminResult> = await this.caller.call(
      'team/token/get_authenticated_admin',
      {},
      (client, options) => client.teamTokenGetAuthenticatedAdmin(options),
    );
    const { team_member_id: teamMemberId, email } = answer.admin_profile ?? {};
    if (!isText(teamMemberId)) throw failure('DropboxUnexpected', 'Dropbox does not say who the admin is');
    return { teamMemberId, email: textOrNull(email)?.toLowerCase() ?? '' };
  }

  /**
   * The team. If it is another one than `expected`, one answer may be wrong, or the access token may be someone else's:
   * it is asked for again with another token. @throws DropboxUnexpected for an answer that does not say which team it is
   */
  async teamInfo(expected: string | null = null): Promise<TeamInfo> {
    const info = await this.readTeamInfo();
    if (expected === null || info.teamId === expected) return info;
    await this.caller.replaceToken();
    return this.readTeamInfo();
  }

  private async readTeamInfo(): Promise<TeamInfo> {
    const info: Unchecked<team.TeamGetInfoResult> = await this.caller.call('team/get_info', {}, (client, options) =>
      client.teamGetInfo(options),
    );
    const { team_id: teamId, name } = info;
    if (!isText(teamId)) throw failure('DropboxUnexpected', 'Dropbox does not say which team it is');
    return { teamId, name: textOrNull(name) ?? '' };
  }

  /**
   * All members, a page of up to 1,000 at a time, without those who were removed. Someone whom the list describes in two
   * ways is refused, also where an earlier page has described them: no one can say which description is true.
   */
  async *members(onRefused?: (refused: RefusedMember) => void): AsyncGenerator<TeamMember[]> {
    const listing = this.caller.list(
      {},
      'team/members/list_v2',
      (client, options) => client.teamMembersListV2({ limit: PAGE }, options),
      'team/members/list/continue_v2',
      (cursor) => (client, options) => client.teamMembersListContinueV2({ cursor }, options),
    );
    const described = new Map<string, string>();
    for await (const page of listing) {
      const listed = listIn<Unchecked<team.TeamMemberInfoV2> | null>('team/members/list_v2', page.members);
      const members = new Map<string, TeamMember>();
      for (const one of listed) {
        const member = one && memberOf(one);
        if (!member) {
          onRefused?.(refusedMemberOf(one));
          continue;
        }
        const { teamMemberId, status, email } = member;
        const description = `${status} ${email}`;
        const before = described.get(teamMemberId) ?? description;
        described.set(teamMemberId, before === description ? description : IN_TWO_WAYS);
        if (before === description) members.set(teamMemberId, member);
        else {
          members.delete(teamMemberId);
          onRefused?.({ teamMemberId, status: 'other', isContradicted: true });
        }
      }
      yield [...members.values()];
    }
  }

  /**
   * Members by team_member_id. null for an id that is not, or no longer, on the team. An id that the answer leaves out,
   * or about which it says something unknown or two different things, is absent: that does not mean that it is gone.
   */
  async membersByIds(ids: readonly string[]): Promise<Map<string, TeamMember | RefusedMember | null>> {
    const found = new AnswersById<TeamMember | RefusedMember>(ids);
    for (const part of chunks([...new Set(ids)], IDS_PER_LOOKUP)) {
      const { members_info: items } = await this.caller.call('team/members/get_info_v2', {}, (client, options) =>
        client.teamMembersGetInfoV2(
          { members: part.map((id) => ({ '.tag': 'team_member_id' as const, team_member_id: id })) },
          options,
        ),
      );
      for (const item of listIn('team/members/get_info_v2', items)) {
        if (hasTag('memberLookup', item, 'member_info')) {
          const member = memberOf(item) ?? refusedMemberOf(item);
          found.add(member.teamMemberId, member);
        } else if (hasTag('memberLookup', item, 'id_not_found')) found.add(item.id_not_found, null);
      }
    }
    return found.answers();
  }

  /** All groups of the team, including the system group of all members. */
  async *groups(onRefused?: OnRefused): AsyncGenerator<TeamGroup[]> {
    const listing = this.caller.list(
      {},
      'team/groups/list',
      (client, options) => client.teamGroupsList({ limit: PAGE }, options),
      'team/groups/list/continue',
      (cursor) => (client, options) => client.teamGroupsListContinue({ cursor }, options),
    );
    const idOf = ({ group_id }: { group_id?: string }): unknown => group_id;
    for await (const page of listing)
      yield usable(listIn('team/groups/list', page.groups), { map: groupOf, idOf, onRefused });
  }

  /** Groups by id. null for one that does not exist, or no longer exists; absent where Dropbox does not say. */
  async groupsByIds(ids: readonly string[]): Promise<Map<string, TeamGroup | null>> {
    const found = new AnswersById<TeamGroup>(ids);
    for (const part of chunks([...new Set(ids)], IDS_PER_LOOKUP)) {
      const items = await this.caller.call('team/groups/get_info', {}, (client, options) =>
        client.teamGroupsGetInfo({ '.tag': 'group_ids', group_ids: part }, options),
      );
      for (const item of listIn('team/groups/get_info', items)) {
        const group = hasTag('groupLookup', item, 'group_info') ? groupOf(item) : null;
        if (group) found.add(group.groupId, group);
        else if (hasTag('groupLookup', item, 'id_not_found')) found.add(item.id_not_found, null);
      }
    }
    return found.answers();
  }

  /**
   * All members of a group, a page at a time. @throws GroupNotFound; DropboxUnexpected when one of them has no id, since
   * a list that may leave someone out is not the whole list
   */
  async *groupMembers(groupId: string): AsyncGenerator<TeamGroupMember[]> {
    const listing = this.caller.list(
      {},
      'team/groups/members/list',
      (client, options) =>
        client.teamGroupsMembersList({ group: { '.tag': 'group_id', group_id: groupId }, limit: PAGE }, options),
      'team/groups/members/list/continue',
      (cursor) => (client, options) => client.teamGroupsMembersListContinue({ cursor }, options),
    );
    try {
      for await (const page of listing) {
        yield listIn('team/groups/members/list', page.members).map(
          (member: { profile?: { team_member_id?: string } } | null) => {
            const teamMemberId = member?.profile?.team_member_id;
            if (!isText(teamMemberId)) throw failure('DropboxUnexpected', 'it names a member without an id');
            return { teamMemberId };
          },
        );
      }
    } catch (error) {
      const answer = answerBehind(error);
      throw answer?.tags[0] === 'group_not_found' ? new GroupNotFound(groupId) : error;
    }
  }

  /** All team folders, including those that are not active. */
  async *teamFolders(onRefused?: OnRefused): AsyncGenerator<TeamFolder[]> {
    const listing = this.caller.list(
      {},
      'team/team_folder/list',
      (client, options) => client.teamTeamFolderList({ limit: PAGE }, options),
      'team/team_folder/list/continue',
      (cursor) => (client, options) => client.teamTeamFolderListContinue({ cursor }, options),
    );
    const idOf = ({ team_folder_id }: { team_folder_id?: string }): unknown => team_folder_id;
    for await (const page of listing)
      yield usable(listIn('team/team_folder/list', page.team_folders), { map: teamFolderOf, idOf, onRefused });
  }

  /** Team folders by id. null for an id that is not, or no longer, a team folder; absent where Dropbox does not say. */
  async teamFoldersByIds(ids: readonly string[]): Promise<Map<string, TeamFolder | null>> {
    const found = new AnswersById<TeamFolder>(ids);
    for (const part of chunks([...new Set(ids)], IDS_PER_LOOKUP)) {
      const items = await this.caller.call('team/team_folder/get_info', {}, (client, options) =>
        client.teamTeamFolderGetInfo({ team_folder_ids: part }, options),
      );
      for (const item of listIn('team/team_folder/get_info', items)) {
        const folder = hasTag('teamFolderLookup', item, 'team_folder_metadata') ? teamFolderOf(item) : null;
        if (folder) found.add(folder.teamFolderId, folder);
        else if (hasTag('teamFolderLookup', item, 'id_not_found')) found.add(item.id_not_found, null);
      }
    }
    return found.answers();
  }

  /**
   * Every namespace that the team can access: team folders, shared folders that have a member of the team (also those
   * of other owners), members' homes, roots and app folders. "Duplicates may occur": a namespace can be listed twice.
   */
  async *namespaces(onRefused?: OnRefused): AsyncGenerator<TeamNamespace[]> {
    const listing = this.caller.list(
      {},
      'team/namespaces/list',
      (client, options) => client.teamNamespacesList({ limit: PAGE }, options),
      'team/namespaces/list/continue',
      (cursor) => (client, options) => client.teamNamespacesListContinue({ cursor }, options),
    );
    const idOf = ({ namespace_id }: { namespace_id?: string }): unknown => namespace_id;
    for await (const page of listing)
      yield usable(listIn('team/namespaces/list', page.namespaces), { map: namespaceOf, idOf, onRefused });
  }

  /**
   * Events of one category, from a time (ISO 8601 without fractions) or from a cursor, up to the newest. There is no
   * end time, so the last cursor can be continued later. @throws EventCursorReset with details {timestamp}: start again
   * from there; EventCursorInvalid: start from scratch
   */
  async *events(from: { category: EventCategory; startTime: string } | { cursor: string }): AsyncGenerator<EventPage> {
    const resume = (cursor: string): Promise<team_log.GetTeamEventsResult> =>
      this.caller.call('team_log/get_events/continue', {}, (client, options) =>
        client.teamLogGetEventsContinue({ cursor }, options),
      );
    const begin = (): Promise<team_log.GetTeamEventsResult> =>
      'cursor' in from
        ? resume(from.cursor)
        : this.caller.call('team_log/get_events', {}, (client, options) =>
            client.teamLogGetEvents(
              { limit: PAGE, category: { '.tag': from.category }, time: { start_time: from.startTime } },
              options,
            ),
          );
    for await (const page of pages('team_log/get_events', begin, resume)) {
      requireContinuable('team_log/get_events', page);
      const events = [...listIn('team_log/get_events', page.events)];
      yield { events, cursor: page.cursor, hasMore: page.has_more };
    }
  }

  /** Tries each scope that the connector needs with the cheapest call that asks for it. */
  async scopes(): Promise<ScopeCheck[]> {
    return checkScopes(this.caller, () => this.admin());
  }
}
