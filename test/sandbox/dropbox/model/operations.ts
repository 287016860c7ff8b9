import type { sharing, team } from 'dropbox';
import type { Account } from '../../../../sandbox/dropbox/model';
import { FileNode } from '../../../../sandbox/dropbox/model';
import type { World } from './world';

/** Random numbers of one operation: they select the acting account and the other things that it uses. */
export interface Picks {
  readonly who: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export type Operation = (world: World, picks: Picks) => void;

function one<T>(list: readonly T[], pick: number): T {
  const item = list[pick % list.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function acting(world: World, { who }: Picks) {
  const account = one(
    world.accounts.filter((candidate) => candidate.status === 'active'),
    who,
  );
  return { account, actor: { account, root: account.root } };
}

function shared(world: World, pick: number): string {
  const ids = world.namespaces
    .filter(({ kind }) => kind === 'shared_folder' || kind === 'team_folder')
    .map(({ id }) => id);
  return one(['1', ...ids], pick);
}

function member(world: World, pick: number): sharing.MemberSelector {
  const ids = [...world.accounts.map(({ accountId }) => accountId), ...world.groups.map(({ groupId }) => groupId)];
  if (pick % 7 === 0) return { '.tag': 'email', email: `guest${pick % 3}@out.test` };
  return { '.tag': 'dropbox_id', dropbox_id: one(ids, pick) };
}

const LEVELS = ['editor', 'viewer', 'viewer_no_comment'] as const;

function user(world: World, pick: number): team.UserSelectorArg {
  const members = world.accounts.filter(({ memberId }) => memberId !== undefined);
  return { '.tag': 'team_member_id', team_member_id: one(members, pick).memberId ?? '' };
}

function group(world: World, pick: number): team.GroupSelector {
  return { '.tag': 'group_id', group_id: one(world.groups, pick).groupId };
}

function file(world: World, account: Account, pick: number): string {
  return world.path(account, pick) || '/nothing';
}

/** All operations by name. An operation that Dropbox would refuse changes nothing. */
export const operations: Record<string, Operation> = {
  createFolder: (world, picks) => {
    const { account, actor } = acting(world, picks);
    const path = `${world.path(account, picks.a)}/${world.name(picks.b)}`;
    world.company.files.createFolder(actor, { path, autorename: picks.c % 4 === 0 });
  },
  upload: (world, picks) => {
    const { account, actor } = acting(world, picks);
    const mode = picks.c % 2 === 0 ? ({ '.tag': 'overwrite' } as const) : ({ '.tag': 'add' } as const);
    const path =
      picks.c % 3 === 0 ? file(world, account, picks.a) : `${world.path(account, picks.a)}/${world.name(picks.b)}`;
    world.company.files.upload(actor, { path, mode }, world.content(picks.b));
  },
  delete: (world, picks) => {
    const { account, actor } = acting(world, picks);
    world.company.files.delete(actor, { path: file(world, account, picks.a) });
  },
  move: (world, picks) => {
    const { account, actor } = acting(world, picks);
    const to_path = `${world.path(account, picks.b)}/${world.name(picks.c)}`;
    world.company.files.move(actor, { from_path: file(world, account, picks.a), to_path });
  },
  copy: (world, picks) => {
    const { account, actor } = acting(world, picks);
    if (world.company.state.items.length > 600) return;
    const to_path = `${world.path(account, picks.b)}/${world.name(picks.c)}`;
    world.company.files.copy(actor, { from_path: file(world, account, picks.a), to_path, autorename: true });
  },
  restore: (world, picks) => {
    const { account, actor } = acting(world, picks);
    const all = world.company.state.items.filter((item) => item instanceof FileNode);
    const item = one(all, picks.a);
    const rev = (item.number * 0x10000 + 1 + (picks.b % item.version)).toString(16).padStart(14, '0');
    world.company.files.restore(actor, { path: `${world.path(account, picks.c)}/${item.name}`, rev });
  },
  changeCase: (world, picks) => {
    const all = world.company.state.items.filter((item) => item?.parent !== undefined);
    const item = one(all, picks.a);
    if (item === undefined) return;
    const turned = picks.b % 2 === 0 ? item.name.toUpperCase() : item.name.toLowerCase();
    if (turned.toLowerCase() === item.name.toLowerCase()) world.company.build.rename(item, turned);
  },
  share: (world, picks) => {
    const { account, actor } = acting(world, picks);
    world.company.sharing.shareFolder(actor, {
      path: file(world, account, picks.a),
      access_inheritance: { '.tag': picks.b % 3 === 0 ? 'no_inherit' : 'inherit' },
    });
  },
  unshare: (world, picks) => {
    const { actor } = acting(world, picks);
    const arg = { shared_folder_id: shared(world, picks.a), leave_a_copy: picks.b % 4 === 0 };
    world.company.sharing.unshareFolder(actor, arg);
  },
  addFolderMember: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.addFolderMember(actor, {
      shared_folder_id: shared(world, picks.a),
      members: [{ member: member(world, picks.b), access_level: { '.tag': one(LEVELS, picks.c) } }],
    });
  },
  updateFolderMember: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.updateFolderMember(actor, {
      shared_folder_id: shared(world, picks.a),
      member: member(world, picks.b),
      access_level: { '.tag': one(LEVELS, picks.c) },
    });
  },
  removeFolderMember: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.removeFolderMember(actor, {
      shared_folder_id: shared(world, picks.a),
      member: member(world, picks.b),
      leave_a_copy: picks.c % 5 === 0,
    });
  },
  transfer: (world, picks) => {
    const { actor } = acting(world, picks);
    const to_dropbox_id = one(world.accounts, picks.b).accountId;
    world.company.sharing.transferFolder(actor, { shared_folder_id: shared(world, picks.a), to_dropbox_id });
  },
  mount: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.mountFolder(actor, { shared_folder_id: shared(world, picks.a) });
  },
  unmount: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.unmountFolder(actor, { shared_folder_id: shared(world, picks.a) });
  },
  relinquish: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.relinquishFolderMembership(actor, { shared_folder_id: shared(world, picks.a) });
  },
  setInheritance: (world, picks) => {
    const { actor } = acting(world, picks);
    world.company.sharing.setAccessInheritance(actor, {
      shared_folder_id: shared(world, picks.a),
      access_inheritance: { '.tag': picks.b % 2 === 0 ? 'no_inherit' : 'inherit' },
    });
  },
  addFileMember: (world, picks) => {
    const { account, actor } = acting(world, picks);
    world.company.sharing.addFileMember(actor, {
      file: file(world, account, picks.a),
      members: [member(world, picks.b)],
    });
  },
  removeFileMember: (world, picks) => {
    const { account, actor } = acting(world, picks);
    world.company.sharing.removeFileMember(actor, {
      file: file(world, account, picks.a),
      member: member(world, picks.b),
    });
  },
  createGroup: (world, picks) => {
    if (world.groups.length < 8) world.company.team.createGroup({ group_name: `Group ${picks.a % 5}` });
  },
  deleteGroup: (world, picks) => {
    if (picks.b % 4 === 0) world.company.team.deleteGroup(group(world, picks.a));
  },
  addGroupMember: (world, picks) => {
    const members: team.MemberAccess[] = [{ user: user(world, picks.b), access_type: { '.tag': 'member' } }];
    world.company.team.addGroupMembers({ group: group(world, picks.a), members });
  },
  removeGroupMember: (world, picks) => {
    world.company.team.removeGroupMembers({ group: group(world, picks.a), users: [user(world, picks.b)] });
  },
  createTeamFolder: (world, picks) => {
    if (world.namespaces.length < 60) world.company.team.createTeamFolder({ name: `Team ${world.name(picks.a)}` });
  },
  renameTeamFolder: (world, picks) => {
    const arg = { team_folder_id: shared(world, picks.a), name: `Renamed ${world.name(picks.b)}` };
    world.company.team.renameTeamFolder(arg);
  },
  archiveTeamFolder: (world, picks) => {
    if (picks.b % 6 === 0) world.company.team.archiveTeamFolder({ team_folder_id: shared(world, picks.a) });
  },
  activateTeamFolder: (world, picks) => {
    world.company.team.activateTeamFolder({ team_folder_id: shared(world, picks.a) });
  },
  deleteTeamFolder: (world, picks) => {
    if (picks.b % 3 === 0) world.company.team.permanentlyDeleteTeamFolder({ team_folder_id: shared(world, picks.a) });
  },
  suspend: (world, picks) => world.company.team.suspendMember({ user: user(world, picks.a) }),
  unsuspend: (world, picks) => world.company.team.unsuspendMember({ user: user(world, picks.a) }),
  removeMember: (world, picks) => {
    const transfer = picks.b % 2 === 0 ? { transfer_dest_id: user(world, picks.c) } : {};
    if (picks.b % 3 === 0) world.company.team.removeMember({ user: user(world, picks.a), ...transfer });
  },
  recoverMember: (world, picks) => world.company.team.recoverMember({ user: user(world, picks.a) }),
  addMember: (world, picks) => {
    if (world.accounts.length > 8) return;
    const member_email = `guest${picks.a % 3}@out.test`;
    const [added] = world.company.team.addMembers([{ member_email, member_given_name: `Guest ${picks.a % 3}` }]);
    if (added?.['.tag'] !== 'success') return;
    world.company.team.activateMember(added.profile.team_member_id);
    const account = world.company.memberById(added.profile.team_member_id);
    if (account !== undefined) world.follow(account);
  },
  nest: (world, picks) => {
    const { account, actor } = acting(world, picks);
    const id = shared(world, picks.a);
    const mounted = [...account.mounts].find(([namespace]) => namespace.id === id)?.[1];
    if (mounted === undefined) return;
    const from = [...world.path(account, picks.b)].join('');
    world.company.files.move(actor, { from_path: `ns:${id}`, to_path: `${from}/${world.name(picks.c)}` });
  },
  resetCursors: (world, picks) => {
    if (picks.b % 5 === 0) world.company.resetCursors(picks.c % 2 === 0 ? undefined : shared(world, picks.a));
  },
};
