/** Switches of the simulator whose value can be read from a team. */
import type { files, sharing, team } from 'dropbox';
import type { Choices } from '../../../sandbox/dropbox/model';
import { NotTried } from '../assumption';
import { described } from './api';
import { Other, type Probe, type Subject } from './probe';
import { isFolder, type Entry, type Folder, type Member, type Team } from './team';

const isMount = (entry: Entry): entry is Folder =>
  isFolder(entry) && entry.sharing_info?.shared_folder_id !== undefined;
const isOpenMount = (entry: Entry): entry is Folder =>
  isMount(entry) && entry.sharing_info?.no_access !== true && entry.sharing_info?.traverse_only !== true;
const isPlainFolder = (entry: Entry): entry is Folder =>
  isFolder(entry) && entry.sharing_info?.shared_folder_id === undefined;

const mountPointWithoutContent: Probe<Choices['mountPointWithoutContent']> = {
  claim: 'whether a listing without mounted folders has the entries of their mount points',
  async see({ team }) {
    const { entry, as } = await team.find({ path: '' }, isOpenMount, 'a mounted folder');
    for await (const { entries } of team.entries({ path: '', include_mounted_folders: false }, as)) {
      if (entries.some((each) => isMount(each) && each.id === entry.id)) return 'listed';
    }
    return 'left_out';
  },
};

const folderMembersWithoutPath: Probe<Choices['folderMembersWithoutPath']> = {
  claim: 'whether list_folder_members without a path has members who are inherited from the containing folder',
  async see({ team }) {
    const as = await team.asAdmin();
    const hasInherited = async (argument: object): Promise<boolean> => {
      const list = await team.api.ok<sharing.SharedFolderMembers>('sharing/list_folder_members', argument, as);
      return [...list.users, ...list.groups, ...list.invitees].some(({ is_inherited }) => is_inherited === true);
    };
    for (const { shared_folder_id, parent_shared_folder_id } of await team.folders()) {
      if (parent_shared_folder_id === undefined) continue;
      if (!(await hasInherited({ shared_folder_id, path: `ns:${shared_folder_id}` }))) continue;
      return (await hasInherited({ shared_folder_id })) ? 'with_inherited' : 'direct';
    }
    throw new NotTried('no folder inherits members');
  },
};

/** Where a nested folder is in its container, found by an admin. */
async function pathOf(team: Team, nested: string, container: string): Promise<string> {
  const as = { ...(await team.asAdmin()), root: container };
  for await (const { entries } of team.entries({ path: '', recursive: true }, as)) {
    const entry = entries.find((each) => isMount(each) && each.sharing_info?.shared_folder_id === nested);
    if (entry?.path_lower !== undefined) return entry.path_lower;
  }
  throw new NotTried('the place of the nested folder is not found');
}

const nestedContentWithoutMounted: Probe<Choices['nestedContentWithoutMounted']> = {
  claim: 'whether a listing without mounted folders has what is in a folder nested in the listed one',
  async see({ team }) {
    const as = await team.asAdmin();
    for (const { shared_folder_id: id, parent_shared_folder_id: container } of await team.folders()) {
      if (container === undefined) continue;
      const { entries: inside } = await team.api.ok<files.ListFolderResult>(
        'files/list_folder',
        { path: '' },
        { ...as, root: id },
      );
      if (inside.length === 0) continue;
      const above = `${await pathOf(team, id, container)}/`;
      const argument = { path: '', recursive: true, include_mounted_folders: false };
      for await (const { entries } of team.entries(argument, { ...as, root: container })) {
        if (entries.some(({ path_lower: path }) => path?.startsWith(above))) return 'listed';
      }
      return 'left_out';
    }
    throw new NotTried('no folder with content is nested in another one');
  },
};

const restrictedFolder: Probe<Choices['restrictedFolder']> = {
  claim: 'what a reader of a folder sees of a nested folder that they may not read',
  async see({ team }) {
    const active = new Set((await team.active()).map(({ team_member_id }) => team_member_id));
    for (const nested of await team.folders()) {
      const container = nested.parent_shared_folder_id;
      if (container === undefined || nested.access_inheritance?.['.tag'] !== 'no_inherit') continue;
      const readers = await team.readers(nested.shared_folder_id);
      const excluded = [...(await team.readers(container))].find((id) => active.has(id) && !readers.has(id));
      if (excluded === undefined) continue;
      const path = await pathOf(team, nested.shared_folder_id, container);
      const argument = { path: path.slice(0, path.lastIndexOf('/')) };
      for await (const { entries } of team.entries(argument, { member: excluded, root: container })) {
        const entry = entries.filter(isMount).find((each) => each.path_lower === path);
        if (entry) return entry.sharing_info?.no_access === true ? 'no_access' : new Other('an entry with access');
      }
      return 'hidden';
    }
    throw new NotTried('no nested folder excludes a reader of its container');
  },
};

const recursiveListingHasRoot: Probe<boolean> = {
  claim: 'whether a recursive listing of a folder starts with the folder',
  async see({ team }) {
    const { entry, as } = await team.find({ path: '', recursive: true }, isPlainFolder, 'a folder');
    for await (const { entries } of team.entries({ path: entry.id, recursive: true }, as)) {
      const [first] = entries;
      if (first) return 'id' in first && first.id === entry.id;
    }
    return false;
  },
};

const unmountedPaths: Probe<Choices['unmountedPaths']> = {
  claim: 'the paths of entries in a namespace that is not mounted under the path root',
  async see({ team }) {
    const [, ...others] = await team.active();
    for (const { member_folder_id } of others) {
      for await (const { entries } of team.entries({ path: `ns:${member_folder_id}` }, await team.asAdmin())) {
        const [first] = entries;
        if (first) return first.path_lower === undefined ? 'absent' : 'namespace';
      }
    }
    throw new NotTried('the homes of all other members are empty');
  },
};

const displayAncestors: Probe<Choices['displayAncestors']> = {
  claim: 'the case of the components of path_display above the last one',
  async see({ team }) {
    const hasCase = (entry: Entry): entry is Folder => isFolder(entry) && entry.name !== entry.name.toLowerCase();
    for (const member of await team.active()) {
      const upper = new Map<string, string>();
      for await (const { entries } of team.entries({ path: '', recursive: true }, await team.inRoot(member))) {
        for (const entry of entries) {
          const { path_lower = '', path_display = '' } = entry;
          const shown = path_display.split('/').at(-2);
          const name = upper.get(path_lower.slice(0, path_lower.lastIndexOf('/')));
          if (name !== undefined) return shown === name ? 'exact' : 'lower';
          if (hasCase(entry)) upper.set(path_lower, entry.name);
        }
      }
    }
    throw new NotTried('no folder with a name in capitals contains something');
  },
};

const foreignCursor: Probe<Choices['foreignCursor']> = {
  claim: 'the answer to a cursor that another member was given',
  async see({ team }) {
    const [admin, other] = [await team.admin(), await team.other()];
    const first = { member: admin.team_member_id };
    const { cursor } = await team.api.ok<files.ListFolderResult>('files/list_folder', { path: '' }, first);
    const as = { member: other.team_member_id };
    const answer = await team.api.call('files/list_folder/continue', { cursor }, as);
    if (answer.status === 400) return 'bad_argument';
    return answer.tags === 'reset' ? 'reset' : new Other(described(answer));
  },
};

/** The namespace of the root that all members of a team of model B share. */
async function sharedRoot({ team }: Subject): Promise<string> {
  if ((await team.model()) !== 'B') throw new NotTried('the team has no shared root');
  return (await team.rootInfo(await team.admin())).root_namespace_id;
}

const sharedRootType: Probe<Choices['sharedRootType']> = {
  claim: 'the type of the shared root of the team in team/namespaces/list',
  async see(subject) {
    const root = await sharedRoot(subject);
    const found = (await subject.team.namespaces()).find(({ namespace_id }) => namespace_id === root);
    const type = found?.namespace_type['.tag'];
    const known = (['team_folder', 'shared_folder', 'other'] as const).find((each) => each === type);
    return known ?? new Other(type ?? 'not listed');
  },
};

const sharedRootLevel: Probe<Choices['sharedRootLevel']> = {
  claim: 'the level of a member on the shared root of the team',
  async see(subject) {
    const argument = { shared_folder_id: await sharedRoot(subject) };
    const as = { member: (await subject.team.other()).team_member_id };
    const { access_type } = await subject.team.api.ok<sharing.SharedFolderMetadata>(
      'sharing/get_folder_metadata',
      argument,
      as,
    );
    const level = access_type['.tag'];
    return level === 'editor' || level === 'viewer' ? level : new Other(level);
  },
};

const adminReadsForeignFolders: Probe<boolean> = {
  claim: 'whether an admin reads, as an admin, folders that are owned outside the team',
  async see({ team }) {
    const [{ team_id }, as] = [await team.info(), await team.asAdmin()];
    const [admin, ...others] = await team.active();
    const foldersOf = async (member: Member): Promise<sharing.SharedFolderMetadata[]> =>
      (await team.api.ok<sharing.ListFoldersResult>('sharing/list_folders', {}, await team.inRoot(member))).entries;
    const own = new Set((admin ? await foldersOf(admin) : []).map(({ shared_folder_id }) => shared_folder_id));
    for (const member of others) {
      const foreign = (await foldersOf(member)).find(
        (folder) => folder.owner_team?.id !== team_id && !own.has(folder.shared_folder_id),
      );
      if (!foreign) continue;
      const answer = await team.api.call('files/list_folder', { path: '' }, { ...as, root: foreign.shared_folder_id });
      return answer.status === 200;
    }
    throw new NotTried('all folders that are owned outside the team are shared with the admin');
  },
};

const everyoneGroupHasInvited: Probe<boolean> = {
  claim: 'whether the group of all members has invited members',
  async see({ team }) {
    const { groups } = await team.someoneWith('invited');
    const list = await team.api.ok<team.GroupsListResult>('team/groups/list', {});
    const everyone = list.groups.filter(
      ({ group_management_type }) => group_management_type['.tag'] === 'system_managed',
    );
    if (everyone.length === 0) throw new NotTried('the team has no group of all members');
    return everyone.some(({ group_id }) => groups.includes(group_id));
  },
};

const fileEvents: Probe<boolean> = {
  claim: 'whether the audit log has file operations',
  see: ({ team }) => team.feature('has_team_file_events'),
};

const repeatedNamespaces: Probe<boolean> = {
  claim: 'whether team/namespaces/list repeats namespaces',
  async see({ team }) {
    const ids = (await team.namespaces()).map(({ namespace_id }) => namespace_id);
    return new Set(ids).size < ids.length;
  },
};

export const readProbes = {
  mountPointWithoutContent,
  nestedContentWithoutMounted,
  folderMembersWithoutPath,
  restrictedFolder,
  recursiveListingHasRoot,
  unmountedPaths,
  displayAncestors,
  foreignCursor,
  sharedRootType,
  sharedRootLevel,
  adminReadsForeignFolders,
  everyoneGroupHasInvited,
  fileEvents,
  repeatedNamespaces,
};
