import type { common, files, sharing, team, users } from 'dropbox';
import { NotTried } from '../assumption';
import type { As, DropboxApi } from './api';

export type Entry = files.ListFolderResult['entries'][number];
export type Folder = files.FolderMetadataReference;
export type Member = team.TeamMemberProfile & { isAdmin: boolean };

/** No more members and folders than these are looked through for something that shows an assumption. */
const LOOKED_AT = 100;
const PAGES = 50;

/** What is known of the team. Each list is read once. */
export class Team {
  private readonly known = new Map<string, Promise<unknown>>();

  constructor(readonly api: DropboxApi) {}

  private once<T>(name: string, read: () => Promise<T>): Promise<T> {
    const reading = this.known.get(name) ?? read();
    this.known.set(name, reading);
    return reading as Promise<T>;
  }

  members(): Promise<Member[]> {
    return this.once('members', async () => {
      const pages = this.pages<team.MembersListV2Result>(
        'team/members/list_v2',
        'team/members/list/continue_v2',
        { include_removed: true },
        {},
      );
      const all: Member[] = [];
      for await (const { members } of pages) {
        all.push(...members.map(({ profile, roles }) => ({ ...profile, isAdmin: (roles ?? []).length > 0 })));
      }
      return all;
    });
  }

  async withStatus(status: team.TeamMemberStatus['.tag']): Promise<Member[]> {
    return (await this.members()).filter((member) => member.status['.tag'] === status);
  }

  /** The active members, the admin who linked the app first. */
  async active(): Promise<Member[]> {
    const [members, admin] = [await this.withStatus('active'), await this.admin()];
    const others = members.filter(({ team_member_id }) => team_member_id !== admin.team_member_id);
    return [admin, ...others].slice(0, LOOKED_AT);
  }

  admin(): Promise<Member> {
    return this.once('admin', async () => {
      const found = await this.api.ok<team.TokenGetAuthenticatedAdminResult>('team/token/get_authenticated_admin');
      return { ...found.admin_profile, isAdmin: true };
    });
  }

  /** An active member who is not the admin. */
  async other(): Promise<Member> {
    const [, other] = await this.active();
    if (!other) throw new NotTried('the team has one active member only');
    return other;
  }

  async withoutRole(): Promise<Member> {
    const member = (await this.active()).find(({ isAdmin }) => !isAdmin);
    if (!member) throw new NotTried('all active members have admin roles');
    return member;
  }

  async asAdmin(): Promise<As> {
    return { admin: (await this.admin()).team_member_id };
  }

  async someoneWith(status: team.TeamMemberStatus['.tag']): Promise<Member> {
    const [member] = await this.withStatus(status);
    if (!member) throw new NotTried(`the team has no member with status ${status}`);
    return member;
  }

  info(): Promise<team.TeamGetInfoResult> {
    return this.once('info', () => this.api.ok('team/get_info'));
  }

  /** With repetitions. */
  namespaces(): Promise<team.NamespaceMetadata[]> {
    return this.once('namespaces', async () => {
      const pages = this.pages<team.TeamNamespacesListResult>(
        'team/namespaces/list',
        'team/namespaces/list/continue',
        {},
        {},
      );
      const all: team.NamespaceMetadata[] = [];
      for await (const page of pages) all.push(...page.namespaces);
      return all;
    });
  }

  async feature(name: 'has_team_file_events' | 'has_team_shared_dropbox' | 'has_distinct_member_homes') {
    const { values } = await this.api.ok<team.FeaturesGetValuesBatchResult>('team/features/get_values', {
      features: [name],
    });
    const value = (values[0] as unknown as Record<string, Record<string, unknown>> | undefined)?.[name];
    return value?.['enabled'] === true || value?.[name] === true;
  }

  async model(): Promise<'A' | 'B' | 'C'> {
    if (await this.feature('has_team_shared_dropbox')) return 'B';
    return (await this.feature('has_distinct_member_homes')) ? 'C' : 'A';
  }

  rootInfo({ team_member_id }: Member): Promise<common.RootInfo> {
    return this.once(`root ${team_member_id}`, async () => {
      const as = { member: team_member_id };
      return (await this.api.ok<users.FullAccount>('users/get_current_account', undefined, as)).root_info;
    });
  }

  /** As this member, below their root. */
  async inRoot(member: Member): Promise<As> {
    return { member: member.team_member_id, root: (await this.rootInfo(member)).root_namespace_id };
  }

  /** The metadata of shared and team folders, as an admin sees them. Those that they don't see are left out. */
  folders(): Promise<sharing.SharedFolderMetadata[]> {
    return this.once('folders', async () => {
      const kinds = ['shared_folder', 'team_folder'];
      const ids = (await this.namespaces()).filter(({ namespace_type }) => kinds.includes(namespace_type['.tag']));
      const all: sharing.SharedFolderMetadata[] = [];
      for (const shared_folder_id of new Set(ids.map(({ namespace_id }) => namespace_id))) {
        if (all.length >= LOOKED_AT) break;
        const answer = await this.api.call('sharing/get_folder_metadata', { shared_folder_id }, await this.asAdmin());
        if (answer.status === 200) all.push(answer.body as sharing.SharedFolderMetadata);
      }
      return all;
    });
  }

  /** The team member ids of all who can read a folder, through groups and inherited access too. */
  async readers(shared_folder_id: string): Promise<Set<string>> {
    const argument = { shared_folder_id, path: `ns:${shared_folder_id}` };
    const as = await this.asAdmin();
    const list = await this.api.ok<sharing.SharedFolderMembers>('sharing/list_folder_members', argument, as);
    const reads = ({ access_type }: sharing.MembershipInfo): boolean =>
      ['owner', 'editor', 'viewer', 'viewer_no_comment'].includes(access_type['.tag']);
    const ids = list.users.filter(reads).flatMap(({ user }) => user.team_member_id ?? []);
    for (const { group } of list.groups.filter(reads)) {
      const argument = { group: { '.tag': 'group_id', group_id: group.group_id } };
      const answer = await this.api.call('team/groups/members/list', argument);
      if (answer.status !== 200) continue;
      ids.push(...(answer.body as team.GroupsMembersListResult).members.map(({ profile }) => profile.team_member_id));
    }
    return new Set(ids);
  }

  /** The entries of a listing, page by page. */
  entries(argument: files.ListFolderArg, as: As): AsyncGenerator<files.ListFolderResult> {
    return this.pages('files/list_folder', 'files/list_folder/continue', argument, as);
  }

  /** The first entry that `isWanted`, in the listings of all active members below their roots. */
  async find<E extends Entry>(
    argument: files.ListFolderArg,
    isWanted: (entry: Entry) => entry is E,
    what: string,
  ): Promise<{ entry: E; as: As }> {
    for (const member of await this.active()) {
      const as = await this.inRoot(member);
      for await (const { entries } of this.entries(argument, as)) {
        const entry = entries.find(isWanted);
        if (entry) return { entry, as };
      }
    }
    throw new NotTried(`no active member has ${what}`);
  }

  async *pages<Page extends { cursor: string; has_more: boolean }>(
    first: string,
    next: string,
    argument: object,
    as: As,
    most = PAGES,
  ): AsyncGenerator<Page> {
    let page = await this.api.ok<Page>(first, argument, as);
    yield page;
    for (let count = 1; page.has_more && count < most; count++) {
      page = await this.api.ok<Page>(next, { cursor: page.cursor }, as);
      yield page;
    }
  }
}

export const isFolder = (entry: Entry): entry is Folder => entry['.tag'] === 'folder';
export const isFile = (entry: Entry): entry is files.FileMetadataReference => entry['.tag'] === 'file';
