import type { files, sharing, team, team_common } from 'dropbox';

/** The tags of one union. A tag that a new version of the SDK adds, or that this table leaves out, does not compile. */
type Tags<Union extends { '.tag': string }> = Readonly<Record<Union['.tag'], true>>;

const memberStatus: Tags<team.TeamMemberStatus> = { active: true, invited: true, suspended: true, removed: true };
const groupManagement: Tags<team_common.GroupManagementType> = {
  user_managed: true,
  company_managed: true,
  system_managed: true,
  other: true,
};
const groupAccess: Tags<team.GroupAccessType> = { member: true, owner: true };
const teamFolderStatus: Tags<team.TeamFolderStatus> = {
  active: true,
  archived: true,
  archive_in_progress: true,
  inactive: true,
  other: true,
};
const namespaceType: Tags<team.NamespaceType> = {
  app_folder: true,
  shared_folder: true,
  team_folder: true,
  team_member_folder: true,
  team_member_root: true,
  other: true,
};
const accessLevel: Tags<sharing.AccessLevel> = {
  owner: true,
  editor: true,
  viewer: true,
  viewer_no_comment: true,
  traverse: true,
  no_access: true,
  other: true,
};
const accessInheritance: Tags<sharing.AccessInheritance> = { inherit: true, no_inherit: true, other: true };
const memberLookup: Tags<team.MembersGetInfoItemV2> = { member_info: true, id_not_found: true, other: true };
const groupLookup: Tags<team.GroupsGetInfoItem> = { group_info: true, id_not_found: true };
const teamFolderLookup: Tags<team.TeamFolderGetInfoItem> = { team_folder_metadata: true, id_not_found: true };
const fileMembers: Tags<sharing.ListFileMembersIndividualResult> = { result: true, access_error: true, other: true };
const fileAccessError: Tags<sharing.SharingFileAccessError> = {
  no_permission: true,
  invalid_file: true,
  is_folder: true,
  inside_public_folder: true,
  inside_osx_package: true,
  other: true,
};
const metadata: Tags<files.ListFolderResult['entries'][number]> = { file: true, folder: true, deleted: true };

/**
 * Every union that the connector reads in an answer, with the tags that it knows. All of them are open: Dropbox may add
 * a tag at any time. No other code of the connector looks at a tag that has not passed `tagOf`.
 */
export const unions = {
  memberStatus,
  groupManagement,
  groupAccess,
  teamFolderStatus,
  namespaceType,
  accessLevel,
  accessInheritance,
  memberLookup,
  groupLookup,
  teamFolderLookup,
  fileMembers,
  fileAccessError,
  metadata,
} as const;

type Unions = typeof unions;
type TagOf<Name extends keyof Unions> = keyof Unions[Name] & string;
interface Tagged {
  '.tag': string;
}

/** The tag of a union's value: `other` for one that is unknown to this version, and for a value without a tag. */
export function tagOf<Name extends keyof Unions>(union: Name, value: Tagged | null | undefined): TagOf<Name> | 'other' {
  const tag: unknown = value?.['.tag'];
  return typeof tag === 'string' && Object.hasOwn(unions[union], tag) ? (tag as TagOf<Name>) : 'other';
}

/** Whether a union's value has a tag. It has none of them when its tag is unknown. */
export const hasTag = <Value extends Tagged, Name extends keyof Unions, Tag extends TagOf<Name> & Value['.tag']>(
  union: Name,
  value: Value | null | undefined,
  tag: Tag,
): value is Extract<Value, { '.tag': Tag }> => tagOf(union, value) === tag;
