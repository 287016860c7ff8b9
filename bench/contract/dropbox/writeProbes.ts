/** Switches of the simulator whose value shows when something is changed, in scratch folders. */
import type { async, files, sharing, team } from 'dropbox';
import type { Choices } from '../../../sandbox/dropbox/model';
import { NotTried } from '../assumption';
import { until } from '../until';
import { described, type As } from './api';
import { Other, Share, type Probe, type Subject } from './probe';
import type { Entry } from './team';

const asMember = ({ team_member_id }: { team_member_id: string }): As => ({ member: team_member_id });
const idOf = (id: string) => ({ '.tag': 'dropbox_id', dropbox_id: id });

/** A shared folder in the home of the admin. */
async function sharedFolder({ team, scratch }: Subject) {
  const admin = await team.admin();
  const as = asMember(admin);
  const path = await scratch.newFolder(admin);
  return { as, path, id: await scratch.share(path, as) };
}

/** All entries since a cursor. */
async function changes({ team }: Subject, cursor: string, as: As): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const { entries } of team.pages<files.ListFolderResult>(
    'files/list_folder/continue',
    'files/list_folder/continue',
    { cursor },
    as,
  )) {
    all.push(...entries);
  }
  return all;
}

async function cursorAt({ team }: Subject, path: string, as: As): Promise<string> {
  const argument = { path, recursive: true };
  const { cursor } = await team.api.ok<{ cursor: string }>('files/list_folder/get_latest_cursor', argument, as);
  return cursor;
}

const idAcrossNamespaces: Probe<Choices['idAcrossNamespaces']> = {
  claim: 'the ids of items that are moved to another namespace',
  async see(subject) {
    const { as, path } = await sharedFolder(subject);
    const { api } = subject.team;
    const from_path = `${await subject.scratch.newFolder(await subject.team.admin())}/file`;
    const { id } = await api.upload(from_path, as);
    const moved = await api.ok<files.RelocationResult>('files/move_v2', { from_path, to_path: `${path}/file` }, as);
    return 'id' in moved.metadata && moved.metadata.id === id ? 'kept' : 'new';
  },
};

const MOVES = 12;

const moveOrder: Probe<Choices['moveOrder']> = {
  claim: 'the order of the two changes of a move in a stream',
  async see(subject) {
    const admin = await subject.team.admin();
    const as = asMember(admin);
    const folder = await subject.scratch.newFolder(admin);
    const orders = new Set<'delete_first' | 'add_first'>();
    for (let move = 0; move < MOVES; move++) {
      const [from_path, to_path] = [`${folder}/from ${move}`, `${folder}/to ${move}`];
      await subject.team.api.upload(from_path, as);
      const cursor = await cursorAt(subject, folder, as);
      await subject.team.api.ok('files/move_v2', { from_path, to_path }, as);
      const entries = await changes(subject, cursor, as);
      const deleted = entries.findIndex((entry) => entry['.tag'] === 'deleted' && entry.name === `from ${move}`);
      const added = entries.findIndex((entry) => entry['.tag'] === 'file' && entry.name === `to ${move}`);
      if (deleted < 0 || added < 0) return new Other('a move without both changes');
      orders.add(deleted < added ? 'delete_first' : 'add_first');
    }
    const [order] = orders;
    return orders.size === 2 || order === undefined ? 'seeded' : order;
  },
};

const DELETIONS = 12;

const deletesListDescendants: Probe<number> = {
  claim: 'the share of deleted folders whose content is reported as deleted too',
  async see(subject) {
    const admin = await subject.team.admin();
    const as = asMember(admin);
    const folder = await subject.scratch.newFolder(admin);
    let count = 0;
    for (let deletion = 0; deletion < DELETIONS; deletion++) {
      const path = `${folder}/${deletion}`;
      await subject.team.api.upload(`${path}/inner`, as);
      const cursor = await cursorAt(subject, folder, as);
      await subject.team.api.ok('files/delete_v2', { path }, as);
      if ((await changes(subject, cursor, as)).some(({ name }) => name === 'inner')) count++;
    }
    return new Share(count, DELETIONS);
  },
};

const fileMemberChangeDeliversFile: Probe<boolean> = {
  claim: 'whether a stream delivers a file when its own members change',
  async see(subject) {
    const admin = await subject.team.admin();
    const as = asMember(admin);
    const folder = await subject.scratch.newFolder(admin);
    const { id } = await subject.team.api.upload(`${folder}/file`, as);
    const cursor = await cursorAt(subject, folder, as);
    await addFileMember(subject, id, as);
    return (await changes(subject, cursor, as)).some((entry) => 'id' in entry && entry.id === id);
  },
};

async function addFileMember({ team }: Subject, file: string, as: As): Promise<void> {
  const member = idOf((await team.other()).team_member_id);
  const results = await team.api.ok<sharing.FileMemberActionResult[]>(
    'sharing/add_file_member',
    { file, members: [member], quiet: true },
    as,
  );
  if (results[0]?.result['.tag'] !== 'success') throw new NotTried('sharing/add_file_member adds no one');
}

type Given = 'editor' | 'viewer';

function levelOf(members: sharing.UserMembershipInfo[], id: string): Given | Other {
  const level = members.find(({ user }) => user.team_member_id === id)?.access_type['.tag'] ?? 'no member';
  return level === 'editor' || level === 'viewer' ? level : new Other(level);
}

const defaultFileLevel: Probe<Given> = {
  claim: 'the level that add_file_member gives without access_level',
  async see(subject) {
    const { team, scratch } = subject;
    const admin = await team.admin();
    const as = asMember(admin);
    const { id } = await team.api.upload(`${await scratch.newFolder(admin)}/file`, as);
    await addFileMember(subject, id, as);
    const list = await team.api.ok<sharing.SharedFileMembers>('sharing/list_file_members', { file: id }, as);
    return levelOf(list.users, (await team.other()).team_member_id);
  },
};

async function addFolderMember({ team }: Subject, shared_folder_id: string, as: As, level?: Given): Promise<string> {
  const { team_member_id } = await team.other();
  const access_level = level === undefined ? {} : { access_level: level };
  const members = [{ member: idOf(team_member_id), ...access_level }];
  await team.api.ok('sharing/add_folder_member', { shared_folder_id, members, quiet: true }, as);
  return team_member_id;
}

const defaultFolderLevel: Probe<Given> = {
  claim: 'the level that add_folder_member gives without access_level',
  async see(subject) {
    const { as, id } = await sharedFolder(subject);
    const member = await addFolderMember(subject, id, as);
    const argument = { shared_folder_id: id };
    const list = await subject.team.api.ok<sharing.SharedFolderMembers>('sharing/list_folder_members', argument, as);
    return levelOf(list.users, member);
  },
};

const autoMount: Probe<boolean> = {
  claim: 'whether a shared folder is mounted as soon as a member is added to it',
  async see(subject) {
    const { as, id } = await sharedFolder(subject);
    const member = await addFolderMember(subject, id, as, 'viewer');
    const argument = { shared_folder_id: id };
    const found = await subject.team.api.ok<sharing.SharedFolderMetadata>('sharing/get_folder_metadata', argument, {
      member,
    });
    return found.path_lower !== undefined;
  },
};

const jobPollsInProgress: Probe<number> = {
  claim: 'how often the job of remove_folder_member is in progress when it is asked for',
  async see(subject) {
    const { as, id } = await sharedFolder(subject);
    const member = idOf(await addFolderMember(subject, id, as, 'viewer'));
    const argument = { shared_folder_id: id, member, leave_a_copy: false };
    const { api } = subject.team;
    const job = await api.ok<async.LaunchResultBaseAsyncJobId>('sharing/remove_folder_member', argument, as);
    let polls = 0;
    const done = await until(async () => {
      const poll = { async_job_id: job.async_job_id };
      const route = 'sharing/check_remove_member_job_status';
      const status = await api.ok<sharing.RemoveMemberJobStatus>(route, poll, as);
      if (status['.tag'] !== 'in_progress') return status;
      polls++;
      return undefined;
    }, subject.scratch.waitSeconds);
    return done?.['.tag'] === 'complete' ? polls : new Other(done?.['.tag'] ?? 'never complete');
  },
};

const archiveAnswersInProgress: Probe<number> = {
  claim: 'how many answers show a team folder as archive_in_progress that a job archives',
  async see({ team: subject, scratch }) {
    if ((await subject.model()) === 'B') throw new NotTried('the team has a shared root instead of team folders');
    const { api } = subject;
    const team_folder_id = await scratch.newTeamFolder();
    await api.ok('team/team_folder/archive', { team_folder_id });
    let shown = 0;
    const done = await until(async () => {
      const argument = { team_folder_ids: [team_folder_id] };
      const [folder] = await api.ok<team.TeamFolderGetInfoItem[]>('team/team_folder/get_info', argument);
      const status = folder?.['.tag'] === 'team_folder_metadata' ? folder.status['.tag'] : 'gone';
      if (status !== 'archive_in_progress') return status;
      shown++;
      return undefined;
    }, scratch.waitSeconds);
    return done === 'archived' ? shown : new Other(done ?? 'never archived');
  },
};

const shareInsideSharedFolder: Probe<boolean> = {
  claim: 'whether a folder inside a personal shared folder can be shared',
  async see(subject) {
    const { as, path } = await sharedFolder(subject);
    const inner = await subject.scratch.subfolder(path, as);
    const answer = await subject.team.api.call('sharing/share_folder', { path: inner }, as);
    if (answer.status === 200) return true;
    return answer.tags === 'bad_path/inside_shared_folder' ? false : new Other(described(answer));
  },
};

const ownershipTransferNeedsConsent: Probe<boolean> = {
  claim: 'whether own items can be moved into the folder of another owner only with allow_ownership_transfer',
  async see(subject) {
    const { team, scratch } = subject;
    const [admin, other] = [await team.admin(), await team.other()];
    const [as, asOther] = [asMember(admin), asMember(other)];
    const shared = await scratch.share(await scratch.newFolder(other), asOther);
    const members = [{ member: idOf(admin.team_member_id), access_level: 'editor' }];
    await team.api.ok('sharing/add_folder_member', { shared_folder_id: shared, members, quiet: true }, asOther);
    const from_path = `${await scratch.newFolder(admin)}/file`;
    await team.api.upload(from_path, as);
    const answer = await team.api.call('files/move_v2', { from_path, to_path: `ns:${shared}/file` }, as);
    if (answer.status === 200) return false;
    return answer.tags === 'cant_transfer_ownership' ? true : new Other(described(answer));
  },
};

const inheritanceOfTeamFolders: Probe<boolean> = {
  claim: 'whether set_access_inheritance works in team folders without a shared root',
  async see(subject) {
    const { team, scratch } = subject;
    if ((await team.model()) !== 'C') throw new NotTried('the team has no root for each member');
    const folder = await scratch.newTeamFolder();
    const admin = await team.admin();
    const asAdmin = await team.asAdmin();
    const members = [{ member: idOf(admin.team_member_id), access_level: 'editor' }];
    await team.api.ok('sharing/add_folder_member', { shared_folder_id: folder, members, quiet: true }, asAdmin);
    const inFolder = { ...asAdmin, root: folder };
    const nested = await scratch.share(await scratch.subfolder('', inFolder), inFolder);
    const argument = { shared_folder_id: nested, access_inheritance: 'no_inherit' };
    const answer = await team.api.call('sharing/set_access_inheritance', argument, asMember(admin));
    return answer.status === 200;
  },
};

export const writeProbes = {
  idAcrossNamespaces,
  moveOrder,
  deletesListDescendants,
  fileMemberChangeDeliversFile,
  defaultFileLevel,
  defaultFolderLevel,
  autoMount,
  jobPollsInProgress,
  archiveAnswersInProgress,
  shareInsideSharedFolder,
  ownershipTransferNeedsConsent,
  inheritanceOfTeamFolders,
};
