import type { team_log } from 'dropbox';
import type { EventKind } from './keys';

/**
 * Audit events are hints: they arrive late, unordered and twice, and say only what to read again. What is read again is
 * the truth. This table is the whole rule: a type that is not in it gives nothing, and is counted.
 */
type Reading =
  /** The member on whose behalf something happened; of events without a context, the one who acted. */
  | 'affectedMember'
  | 'participantMembers'
  | 'participantGroups'
  /** The namespaces of the assets, and their folders below a namespace's root. */
  | 'folders'
  | 'files'
  | 'teamFolders'
  /** Namespaces that only the details name: a new one, or the parents before and after a move. */
  | 'detailNamespaces'
  /** Received files of those whom the event names. */
  | 'receivers'
  | 'allMembers'
  | 'allGroups'
  | 'allTeamFolders'
  | 'allSharing';

const member: readonly Reading[] = ['affectedMember', 'participantMembers'];
const group: readonly Reading[] = ['participantGroups'];
const teamFolder: readonly Reading[] = ['teamFolders'];
/** Somebody was added to, removed from or changed on a shared folder or file. */
const sharedContent: readonly Reading[] = ['folders', 'files', 'receivers'];
const sharedFolder: readonly Reading[] = ['folders', 'detailNamespaces'];
/** Known, and without effect on members, groups, folders or who may read. */
const nothing: readonly Reading[] = [];

const readings: Readonly<Partial<Record<team_log.EventType['.tag'], readonly Reading[]>>> = {
  // Members
  member_change_status: member,
  member_change_admin_role: member,
  member_change_email: member,
  member_change_name: member,
  member_add_name: member,
  member_add_external_id: member,
  member_change_external_id: member,
  member_remove_external_id: member,
  member_transfer_account_contents: member,
  member_permanently_delete_account_contents: member,
  secondary_email_verified: member,
  secondary_email_deleted: member,
  pending_secondary_email_added: nothing,
  member_set_profile_photo: nothing,
  member_delete_profile_photo: nothing,
  member_change_membership_type: member,

  // Groups
  group_create: group,
  group_delete: group,
  group_rename: group,
  group_add_member: group,
  group_remove_member: group,
  group_change_member_role: group,
  group_change_management_type: group,
  group_add_external_id: group,
  group_change_external_id: group,
  group_remove_external_id: group,
  group_external_sharing_setting_override_changed: nothing,
  group_moved: group,
  group_description_updated: nothing,
  group_join_policy_updated: nothing,

  // The team
  team_profile_change_name: nothing,
  team_merge_from: ['allMembers', 'allGroups', 'allTeamFolders', 'allSharing'],
  team_merge_to: ['allMembers', 'allGroups', 'allTeamFolders', 'allSharing'],
  app_unlink_team: nothing,

  // Team folders
  team_folder_create: teamFolder,
  team_folder_rename: teamFolder,
  team_folder_change_status: teamFolder,
  team_folder_permanently_delete: teamFolder,
  team_folder_downgrade: ['teamFolders', 'folders'],
  team_selective_sync_settings_changed: nothing,
  team_folder_space_limits_change_caps_type: nothing,
  team_folder_space_limits_change_limit: nothing,
  team_folder_space_limits_change_notification_target: nothing,

  // Members of shared folders and files
  shared_content_add_member: sharedContent,
  shared_content_remove_member: sharedContent,
  shared_content_change_member_role: sharedContent,
  shared_content_add_invitees: sharedContent,
  shared_content_remove_invitees: sharedContent,
  shared_content_change_invitee_role: sharedContent,
  shared_content_claim_invitation: sharedContent,
  shared_content_restore_member: sharedContent,
  shared_content_restore_invitees: sharedContent,
  shared_content_relinquish_membership: sharedContent,
  shared_content_unshare: sharedContent,
  shared_content_change_viewer_info_policy: nothing,
  shared_content_request_access: nothing,
  shared_content_copy: nothing,
  shared_content_download: nothing,
  shared_content_view: nothing,

  // Shared folders
  shared_folder_create: sharedFolder,
  shared_folder_mount: nothing,
  shared_folder_unmount: nothing,
  shared_folder_nest: sharedFolder,
  shared_folder_decline_invitation: sharedFolder,
  shared_folder_transfer_ownership: sharedFolder,
  shared_folder_change_members_inheritance_policy: sharedFolder,
  shared_folder_change_members_management_policy: nothing,
  shared_folder_change_members_policy: sharedFolder,
  shared_folder_change_link_policy: nothing,

  // Links: they list nobody, except where people are named or shut out.
  shared_link_create: nothing,
  shared_link_disable: nothing,
  shared_link_change_visibility: nothing,
  shared_link_add_expiry: nothing,
  shared_link_change_expiry: nothing,
  shared_link_remove_expiry: nothing,
  shared_link_share: sharedContent,
  shared_link_remove_visitor: sharedContent,
  shared_link_settings_change_audience: nothing,
  shared_link_settings_add_expiration: nothing,
  shared_link_settings_change_expiration: nothing,
  shared_link_settings_remove_expiration: nothing,
  shared_link_settings_add_password: nothing,
  shared_link_settings_change_password: nothing,
  shared_link_settings_remove_password: nothing,
  shared_link_settings_allow_download_enabled: nothing,
  shared_link_settings_allow_download_disabled: nothing,
  shared_link_view: nothing,
  shared_link_download: nothing,
  shared_link_copy: nothing,

  // Policies of the whole team
  sharing_change_member_policy: ['allSharing'],
  sharing_change_folder_join_policy: ['allSharing'],
  sharing_change_link_policy: nothing,
  folder_link_restriction_policy_changed: nothing,
  shared_link_default_permissions_policy_changed: nothing,
  team_sharing_whitelist_subjects_changed: ['allSharing'],

  // No longer logged; old histories hold them.
  sf_add_group: sharedContent,
  sf_allow_non_members_to_view_shared_links: nothing,
  sf_external_invite_warn: nothing,
  sf_fb_invite: sharedContent,
  sf_fb_invite_change_role: sharedContent,
  sf_fb_uninvite: sharedContent,
  sf_invite_group: sharedContent,
  sf_team_grant_access: sharedContent,
  sf_team_invite: sharedContent,
  sf_team_invite_change_role: sharedContent,
  sf_team_join: sharedContent,
  sf_team_join_from_oob_link: sharedContent,
  sf_team_uninvite: sharedContent,
  shmodel_disable_downloads: nothing,
  shmodel_enable_downloads: nothing,
  shmodel_group_share: sharedContent,
  shared_content_add_link_expiry: nothing,
  shared_content_add_link_password: nothing,
  shared_content_change_downloads_policy: nothing,
  shared_content_change_link_audience: nothing,
  shared_content_change_link_expiry: nothing,
  shared_content_change_link_password: nothing,
  shared_content_remove_link_expiry: nothing,
  shared_content_remove_link_password: nothing,
};

/** A file or folder by its id, or by its place. */
export type ItemHint = { fileId: string } | { namespaceId: string; path: string };

/** What to read again, each thing once, in a fixed order. */
export interface Hints {
  /** team_member_id */
  members: string[];
  groups: string[];
  /** Namespaces whose members are to be read again; they may be new, or gone. */
  namespaces: string[];
  /** Files whose direct members are to be read again. */
  files: ItemHint[];
  /** Folders that are named by their place in another namespace: a namespace of their own may lie there. */
  folders: { namespaceId: string; path: string }[];
  teamFolders: string[];
  /** team_member_id of those whose received files are to be read again. */
  receivers: string[];
  /** Kinds that are to be read again as a whole, since an event did not name what it was about. */
  everything: EventKind[];
  /** Events that said something. */
  used: number;
  /** Events of a type that has no effect here. */
  withoutEffect: number;
  /** Events of types that are not known here. */
  unknown: Record<string, number>;
}

/** What of an event is looked at; older ones lack nearly everything. */
export type HintEvent = Pick<team_log.TeamEvent, 'event_type'> &
  Partial<Pick<team_log.TeamEvent, 'actor' | 'context' | 'participants' | 'assets' | 'details'>>;

/** Merges what many events say into what is to be read again. */
export function hintsOf(events: Iterable<HintEvent>): Hints {
  const collector = new Collector();
  for (const event of events) collector.add(event);
  return collector.hints();
}

class Collector {
  readonly #ids = {
    members: new Set<string>(),
    groups: new Set<string>(),
    namespaces: new Set<string>(),
    teamFolders: new Set<string>(),
    receivers: new Set<string>(),
  };
  readonly #files = new Map<string, ItemHint>();
  readonly #folders = new Map<string, { namespaceId: string; path: string }>();
  readonly #everything = new Set<EventKind>();
  readonly #unknown = new Map<string, number>();
  #used = 0;
  #withoutEffect = 0;

  add(event: HintEvent): void {
    const type = event.event_type['.tag'];
    const wanted = Object.hasOwn(readings, type) ? readings[type] : undefined;
    if (!wanted) {
      this.#unknown.set(type, (this.#unknown.get(type) ?? 0) + 1);
      return;
    }
    if (wanted.length === 0) this.#withoutEffect += 1;
    else this.#used += 1;
    for (const reading of wanted) this.#read(reading, event);
    this.#requireTarget(wanted, event);
  }

  hints(): Hints {
    const sorted = (ids: Iterable<string>): string[] => [...ids].sort();
    const byKey = <T>(items: Map<string, T>): T[] => sorted(items.keys()).map((key) => items.get(key)!);
    const { members, groups, namespaces, teamFolders, receivers } = this.#ids;
    return {
      members: sorted(members),
      groups: sorted(groups),
      namespaces: sorted(namespaces),
      files: byKey(this.#files),
      folders: byKey(this.#folders),
      teamFolders: sorted(teamFolders),
      receivers: sorted(receivers),
      everything: sorted(this.#everything) as EventKind[],
      used: this.#used,
      withoutEffect: this.#withoutEffect,
      unknown: Object.fromEntries([...this.#unknown].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  #read(reading: Reading, event: HintEvent): void {
    switch (reading) {
      case 'affectedMember':
        addAll(this.#ids.members, affectedMembers(event));
        break;
      case 'participantMembers':
        addAll(this.#ids.members, participantMembers(event));
        break;
      case 'participantGroups':
        addAll(this.#ids.groups, participantGroups(event));
        break;
      case 'receivers':
        // Only a file is received one by one.
        if (event.assets?.some((asset) => asset['.tag'] === 'file')) {
          addAll(this.#ids.receivers, [...affectedMembers(event), ...participantMembers(event)]);
        }
        break;
      case 'folders':
        for (const place of placesOf(event, 'folder')) this.#addFolder(place);
        break;
      case 'files':
        for (const place of placesOf(event, 'file')) this.#addFile(place);
        break;
      case 'teamFolders':
        for (const { namespaceId } of placesOf(event, 'folder'))
          if (namespaceId) this.#ids.teamFolders.add(namespaceId);
        break;
      case 'detailNamespaces':
        addAll(this.#ids.namespaces, detailNamespaces(event));
        break;
      case 'allMembers':
        this.#everything.add('members');
        break;
      case 'allGroups':
        this.#everything.add('groups');
        break;
      case 'allTeamFolders':
        this.#everything.add('team_folders');
        break;
      case 'allSharing':
        this.#everything.add('sharing');
        break;
    }
  }

  /**
   * The root of a shared folder is named by its namespace, with no path and no id. Another folder is named by its place:
   * the namespace around it is read again, and the one that may have begun or ended there.
   */
  #addFolder({ namespaceId, path }: Place): void {
    if (!namespaceId) return;
    this.#ids.namespaces.add(namespaceId);
    if (path !== undefined) this.#folders.set(`${namespaceId} ${path}`, { namespaceId, path });
  }

  #addFile({ fileId, namespaceId, path }: Place): void {
    if (fileId) this.#files.set(fileId, { fileId });
    else if (namespaceId && path !== undefined) this.#files.set(`${namespaceId} ${path}`, { namespaceId, path });
    else if (namespaceId) this.#ids.namespaces.add(namespaceId);
  }

  /** An event whose subject can't be found in it asks for all of its kind: nothing that it told may be lost. */
  #requireTarget(wanted: readonly Reading[], event: HintEvent): void {
    if (wanted === member && affectedMembers(event).length + participantMembers(event).length === 0) {
      this.#everything.add('members');
    }
    if (wanted === group && participantGroups(event).length === 0) this.#everything.add('groups');
    if (wanted.includes('teamFolders') && !placesOf(event, 'folder').some((place) => place.namespaceId)) {
      this.#everything.add('team_folders');
    }
    const isSharing = wanted === sharedContent || wanted === sharedFolder;
    const places = isSharing ? [...placesOf(event, 'folder'), ...placesOf(event, 'file')] : [];
    if (
      isSharing &&
      !places.some((place) => place.fileId ?? place.namespaceId) &&
      detailNamespaces(event).length === 0
    ) {
      this.#everything.add('sharing');
    }
  }
}

function addAll(set: Set<string>, ids: Iterable<string>): void {
  for (const id of ids) set.add(id);
}

interface UserInfo {
  '.tag': string;
  team_member_id?: string;
}

const memberIdOf = (user: UserInfo | undefined): string[] =>
  user?.['.tag'] === 'team_member' && user.team_member_id ? [user.team_member_id] : [];

/**
 * The context is on whose behalf something happened: for a change by an admin the member concerned, for an act of one's
 * own oneself, or left out. Reading the actor again when he was not meant costs one id in a look-up.
 */
function affectedMembers({ context, actor }: HintEvent): string[] {
  const fromContext = context?.['.tag'] === 'team_member' ? memberIdOf(context) : [];
  if (fromContext.length > 0) return fromContext;
  return actor?.['.tag'] === 'user' ? memberIdOf(actor.user) : [];
}

const participantMembers = ({ participants }: HintEvent): string[] =>
  (participants ?? []).flatMap((one) => (one['.tag'] === 'user' ? memberIdOf(one.user) : []));

const participantGroups = ({ participants }: HintEvent): string[] =>
  (participants ?? []).flatMap((one) => (one['.tag'] === 'group' && one.group_id ? [one.group_id] : []));

interface Place {
  fileId?: string;
  namespaceId?: string;
  /** Absent for the root of a namespace. */
  path?: string;
}

function placesOf({ assets }: HintEvent, kind: 'file' | 'folder'): Place[] {
  return (assets ?? []).flatMap((asset) => {
    if (asset['.tag'] !== kind) return [];
    // The typings require the path; events of the past lack it.
    const relative = (asset.path as typeof asset.path | undefined)?.namespace_relative as
      { ns_id?: string; relative_path?: string } | undefined;
    const path = relative?.relative_path;
    return [
      {
        ...(asset.file_id ? { fileId: asset.file_id } : {}),
        ...(relative?.ns_id ? { namespaceId: relative.ns_id } : {}),
        ...(path === undefined || path === '' || path === '/' ? {} : { path: path.toLowerCase() }),
      },
    ];
  });
}

const namespaceDetails = ['target_ns_id', 'previous_parent_ns_id', 'new_parent_ns_id'] as const;

function detailNamespaces({ details }: HintEvent): string[] {
  const fields = (details ?? {}) as Partial<Record<(typeof namespaceDetails)[number], unknown>>;
  return namespaceDetails.flatMap((name) => {
    const id = fields[name];
    return typeof id === 'string' && id !== '' ? [id] : [];
  });
}

/** The types that this table knows. */
export const knownEventTypes: readonly string[] = Object.keys(readings);
