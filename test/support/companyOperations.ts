import type { sharing } from 'dropbox';
import { guest, NothingThere, one, type CompanyWorld, type Picks } from './companyWorld';

const LEVELS = ['editor', 'viewer', 'viewer_no_comment'] as const;

interface Operation {
  /** How often it is taken, beside the others. */
  weight: number;
  /** Throws the model's refusal when Dropbox would not do it. */
  run(world: CompanyWorld, picks: Picks): void;
}

const userOf = (world: CompanyWorld, pick: number, ...statuses: Parameters<CompanyWorld['members']>) => ({
  '.tag': 'team_member_id' as const,
  team_member_id: one(world.members(...statuses), pick).memberId ?? '',
});
const groupOf = (world: CompanyWorld, pick: number) => ({
  '.tag': 'group_id' as const,
  group_id: one(world.groups, pick).groupId,
});
const level = (pick: number): { '.tag': (typeof LEVELS)[number] } => ({ '.tag': one(LEVELS, pick) });

/** Somebody who is on the list of a namespace. */
function listed(world: CompanyWorld, namespaceId: string, pick: number): sharing.MemberSelector {
  const acl = world.company.namespaceById(namespaceId)?.acl;
  if (acl === undefined) throw new NothingThere();
  return one<sharing.MemberSelector>(
    [
      ...[...acl.accounts.keys()].map(({ accountId }) => ({ '.tag': 'dropbox_id' as const, dropbox_id: accountId })),
      ...[...acl.groups.keys()].map(({ groupId }) => ({ '.tag': 'dropbox_id' as const, dropbox_id: groupId })),
      ...[...acl.invitees.keys()].map((email) => ({ '.tag': 'email' as const, email })),
    ],
    pick,
  );
}

/** A file with members of its own, and one of them. */
function sharedFile(world: CompanyWorld, picks: Picks): { file: string; member: sharing.MemberSelector } {
  const { fileAcls, itemIds } = world.company.state;
  const [node, acl] = one([...fileAcls], picks.a);
  const member = one<sharing.MemberSelector>(
    [
      ...[...acl.accounts.keys()].map(({ accountId }) => ({ '.tag': 'dropbox_id' as const, dropbox_id: accountId })),
      ...[...acl.groups.keys()].map(({ groupId }) => ({ '.tag': 'dropbox_id' as const, dropbox_id: groupId })),
      ...[...acl.invitees.keys()].map((email) => ({ '.tag': 'email' as const, email })),
    ],
    picks.b,
  );
  return { file: itemIds.encode(node.number), member };
}

const fileOperations: Record<string, Operation> = {
  upload: {
    weight: 5,
    run: (world, { who, a, b, c }) => {
      const path = `${one(world.holders(), a).address}/${world.name(b)}`;
      world.act(who, (actor) =>
        world.company.files.upload(actor, { path, mode: { '.tag': 'overwrite' } }, world.content(c)),
      );
    },
  },
  edit: {
    weight: 4,
    run: (world, { who, a, c }) => {
      const path = one(world.files(), a).address;
      world.act(who, (actor) =>
        world.company.files.upload(actor, { path, mode: { '.tag': 'overwrite' } }, world.content(c)),
      );
    },
  },
  createFolder: {
    weight: 3,
    run: (world, { who, a, b }) => {
      const path = `${one(world.holders(), a).address}/${world.name(b)}`;
      world.act(who, (actor) => world.company.files.createFolder(actor, { path }));
    },
  },
  rename: {
    weight: 4,
    run: (world, { who, a, b }) => {
      const from_path = one([...world.files(), ...world.folders()], a).address;
      const to_path = `${from_path.slice(0, from_path.lastIndexOf('/'))}/${world.name(b)}`;
      world.act(who, (actor) => world.company.files.move(actor, { from_path, to_path }));
    },
  },
  moveFile: {
    weight: 5,
    run: (world, { who, a, b, c }) => {
      const from_path = one(world.files(), a).address;
      const to_path = `${one(world.holders(), b).address}/${world.name(c)}`;
      world.act(who, (actor) =>
        world.company.files.move(actor, { from_path, to_path, autorename: true, allow_ownership_transfer: true }),
      );
    },
  },
  moveFolder: {
    weight: 4,
    run: (world, { who, a, b, c }) => {
      const from_path = one(world.folders(), a).address;
      const to_path = `${one(world.holders(), b).address}/${world.name(c)}`;
      world.act(who, (actor) =>
        world.company.files.move(actor, { from_path, to_path, autorename: true, allow_ownership_transfer: true }),
      );
    },
  },
  /** A shared folder goes to another place of the same member, or into other shared content. */
  moveShared: {
    weight: 2,
    run: (world, { who, a, b, c }) => {
      const from_path = `ns:${world.shared(a).id}`;
      const to_path = `${one(world.holders(), b).address}/${world.name(c)}`;
      world.act(who, (actor) =>
        world.company.files.move(actor, { from_path, to_path, autorename: true, allow_ownership_transfer: true }),
      );
    },
  },
  /** Two files change places by way of a third name. */
  swap: {
    weight: 1,
    run: (world, { who, a, b }) => {
      const first = one(world.files(), a).address;
      const second = one(world.files(), b).address;
      if (first === second) throw new NothingThere();
      world.act(who, (actor) => {
        const { files } = world.company;
        const { metadata } = files.move(actor, { from_path: first, to_path: `${first} aside` });
        try {
          files.move(actor, { from_path: second, to_path: first });
        } finally {
          files.move(actor, {
            from_path: 'id' in metadata ? metadata.id : `${first} aside`,
            to_path: second,
            autorename: true,
          });
        }
      });
    },
  },
  deleteFile: {
    weight: 3,
    run: (world, { who, a }) => {
      const { address } = one(world.files(), a);
      world.act(who, (actor) => world.company.files.delete(actor, { path: address }));
    },
  },
  deleteFolder: {
    weight: 1.5,
    run: (world, { who, a }) => {
      const { address } = one(world.folders(), a);
      world.act(who, (actor) => world.company.files.delete(actor, { path: address }));
    },
  },
  restore: {
    weight: 2,
    run: (world, { who, a, b, c }) => {
      const deleted = world
        .holders()
        .flatMap(({ node, address }) =>
          [...(node.deleted ?? [])].flatMap(([, item]) => ('version' in item ? [{ item, address }] : [])),
        );
      const { item, address } = one(deleted, a);
      const rev = (item.number * 0x10000 + 1 + (b % item.version)).toString(16).padStart(14, '0');
      const path = `${c % 3 === 0 ? one(world.holders(), c).address : address}/${item.name}`;
      world.act(who, (actor) => world.company.files.restore(actor, { path, rev }));
    },
  },
  fileBecomesFolder: {
    weight: 1,
    run: (world, { who, a, b, c }) => {
      const { address } = one(world.files(), a);
      world.act(who, (actor) => {
        world.company.files.delete(actor, { path: address });
        world.company.files.createFolder(actor, { path: address });
        world.company.files.upload(actor, { path: `${address}/${world.name(b)}` }, world.content(c));
      });
    },
  },
  folderBecomesFile: {
    weight: 1,
    run: (world, { who, a, c }) => {
      const { address } = one(world.folders(), a);
      world.act(who, (actor) => {
        world.company.files.delete(actor, { path: address });
        world.company.files.upload(actor, { path: address }, world.content(c));
      });
    },
  },
  copy: {
    weight: 1,
    run: (world, { who, a, b, c }) => {
      const all = [...world.files(), ...world.folders()];
      if (all.length > 300) throw new NothingThere();
      const from_path = one(all, a).address;
      const to_path = `${one(world.holders(), b).address}/${world.name(c)}`;
      world.act(who, (actor) => world.company.files.copy(actor, { from_path, to_path, autorename: true }));
    },
  },
};

const memberOperations: Record<string, Operation> = {
  addMember: {
    weight: 1.5,
    run: ({ company, accounts }, { a, b }) => {
      if (accounts.length > 22) throw new NothingThere();
      const member_email = b % 2 === 0 ? guest(a) : `person${a % 40}@team.test`;
      const [added] = company.team.addMembers([{ member_email, member_given_name: `Person ${a % 40}` }]);
      if (added?.['.tag'] !== 'success') throw new NothingThere();
    },
  },
  activateMember: {
    weight: 1.5,
    run: (world, { a }) => world.company.team.activateMember(userOf(world, a, 'invited').team_member_id),
  },
  suspend: {
    weight: 1.2,
    run: (world, { a }) => {
      if (world.members('active').length < 4) throw new NothingThere();
      world.company.team.suspendMember({ user: userOf(world, a, 'active') });
    },
  },
  unsuspend: {
    weight: 1.5,
    run: (world, { a }) => world.company.team.unsuspendMember({ user: userOf(world, a, 'suspended') }),
  },
  removeMember: {
    weight: 0.7,
    run: (world, { a, b, c }) => {
      if (world.members('active').length < 4) throw new NothingThere();
      const transfer = b % 2 === 0 ? { transfer_dest_id: userOf(world, c, 'active') } : {};
      world.company.team.removeMember({ user: userOf(world, a, 'active', 'suspended', 'invited'), ...transfer });
    },
  },
  recoverMember: {
    weight: 0.7,
    run: (world, { a }) => world.company.team.recoverMember({ user: userOf(world, a, 'removed') }),
  },
  renameMember: {
    weight: 1,
    run: (world, { a, b }) => {
      const user = userOf(world, a, 'active', 'suspended', 'invited');
      world.company.team.setProfile({ user, new_given_name: `Given ${b % 50}`, new_surname: `Surname ${b % 7}` });
    },
  },
  changeEmail: {
    weight: 1,
    run: (world, { a, b }) => {
      const user = userOf(world, a, 'active', 'suspended', 'invited');
      world.company.team.setProfile({ user, new_email: `Moved${b % 12}@team.test` });
    },
  },
  setRole: {
    weight: 0.5,
    run: (world, { a, b }) => {
      const role = b % 3 === 0 ? 'team_admin' : 'member_only';
      world.company.team.setRole(userOf(world, a, 'active'), role);
    },
  },
};

const groupOperations: Record<string, Operation> = {
  createGroup: {
    weight: 1,
    run: ({ company, groups }, { a }) => {
      if (groups.length > 7) throw new NothingThere();
      company.team.createGroup({ group_name: `Group ${a % 20}` });
    },
  },
  deleteGroup: { weight: 0.5, run: (world, { a }) => void world.company.team.deleteGroup(groupOf(world, a)) },
  renameGroup: {
    weight: 0.7,
    run: (world, { a, b }) =>
      void world.company.team.updateGroup({ group: groupOf(world, a), new_group_name: `Renamed ${b % 20}` }),
  },
  addGroupMember: {
    weight: 3,
    run: (world, { a, b }) => {
      const user = userOf(world, b, 'active', 'suspended', 'invited');
      const members = [{ user, access_type: { '.tag': 'member' as const } }];
      world.company.team.addGroupMembers({ group: groupOf(world, a), members });
    },
  },
  removeGroupMember: {
    weight: 2,
    run: (world, { a, b }) => {
      const group = one(world.groups, a);
      const member = one([...group.members.keys()], b);
      if (member.memberId === undefined) throw new NothingThere();
      const users = [{ '.tag': 'team_member_id' as const, team_member_id: member.memberId }];
      world.company.team.removeGroupMembers({ group: { '.tag': 'group_id', group_id: group.groupId }, users });
    },
  },
  setGroupAccess: {
    weight: 0.3,
    run: (world, { a, b, c }) => {
      const group = one(world.groups, a);
      const member = one([...group.members.keys()], b);
      if (member.memberId === undefined) throw new NothingThere();
      world.company.team.setGroupMemberAccess({
        group: { '.tag': 'group_id', group_id: group.groupId },
        user: { '.tag': 'team_member_id', team_member_id: member.memberId },
        access_type: { '.tag': c % 2 === 0 ? 'owner' : 'member' },
      });
    },
  },
};

const teamFolderOperations: Record<string, Operation> = {
  createTeamFolder: {
    weight: 1,
    run: (world, { a, b }) => {
      const folders = world.namespaces.filter(({ kind }) => kind === 'team_folder');
      if (folders.length > 6) throw new NothingThere();
      const { team_folder_id } = world.company.team.createTeamFolder({ name: `Team folder ${a % 30}` });
      world.act(b, (actor) =>
        world.company.sharing.addFolderMember(actor, {
          shared_folder_id: team_folder_id,
          members: [{ member: world.grantee(b), access_level: level(a) }],
        }),
      );
    },
  },
  renameTeamFolder: {
    weight: 0.7,
    run: (world, { a, b }) => {
      const team_folder_id = world.teamFolder(a, 'active').id;
      world.company.team.renameTeamFolder({ team_folder_id, name: `Team renamed ${b % 30}` });
    },
  },
  archiveTeamFolder: {
    weight: 0.5,
    run: (world, { a }) =>
      void world.company.team.archiveTeamFolder({ team_folder_id: world.teamFolder(a, 'active').id }),
  },
  activateTeamFolder: {
    weight: 1,
    run: (world, { a }) =>
      void world.company.team.activateTeamFolder({ team_folder_id: world.teamFolder(a, 'archived').id }),
  },
  deleteTeamFolder: {
    weight: 0.4,
    run: (world, { a }) =>
      world.company.team.permanentlyDeleteTeamFolder({ team_folder_id: world.teamFolder(a, 'archived').id }),
  },
};

const sharingOperations: Record<string, Operation> = {
  share: {
    weight: 4,
    run: (world, { who, a, b }) => {
      const path = one(world.folders(), a).address;
      const access_inheritance = { '.tag': b % 3 === 0 ? ('no_inherit' as const) : ('inherit' as const) };
      world.act(who, (actor) => world.company.sharing.shareFolder(actor, { path, access_inheritance }));
    },
  },
  unshare: {
    weight: 1,
    run: (world, { who, a, b }) => {
      const shared_folder_id = world.shared(a).id;
      world.act(who, (actor) =>
        world.company.sharing.unshareFolder(actor, { shared_folder_id, leave_a_copy: b % 4 === 0 }),
      );
    },
  },
  addFolderMember: {
    weight: 5,
    run: (world, { who, a, b, c }) => {
      const shared_folder_id = world.shared(a).id;
      const members = [{ member: world.grantee(b), access_level: level(c) }];
      world.act(who, (actor) => world.company.sharing.addFolderMember(actor, { shared_folder_id, members }));
    },
  },
  updateFolderMember: {
    weight: 2,
    run: (world, { who, a, b, c }) => {
      const shared_folder_id = world.shared(a).id;
      const member = listed(world, shared_folder_id, b);
      world.act(who, (actor) =>
        world.company.sharing.updateFolderMember(actor, { shared_folder_id, member, access_level: level(c) }),
      );
    },
  },
  removeFolderMember: {
    weight: 3,
    run: (world, { who, a, b, c }) => {
      const shared_folder_id = world.shared(a).id;
      const member = listed(world, shared_folder_id, b);
      world.act(who, (actor) =>
        world.company.sharing.removeFolderMember(actor, { shared_folder_id, member, leave_a_copy: c % 5 === 0 }),
      );
    },
  },
  transfer: {
    weight: 1,
    run: (world, { who, a, b }) => {
      const shared_folder_id = world.shared(a).id;
      const to_dropbox_id = one(world.accounts, b).accountId;
      world.act(who, (actor) => world.company.sharing.transferFolder(actor, { shared_folder_id, to_dropbox_id }));
    },
  },
  mount: {
    weight: 1,
    run: (world, { who, a }) => {
      const shared_folder_id = world.shared(a).id;
      world.act(who, (actor) => world.company.sharing.mountFolder(actor, { shared_folder_id }));
    },
  },
  unmount: {
    weight: 1,
    run: (world, { who, a }) => {
      const shared_folder_id = world.shared(a).id;
      world.act(who, (actor) => world.company.sharing.unmountFolder(actor, { shared_folder_id }));
    },
  },
  relinquish: {
    weight: 1,
    run: (world, { who, a, b }) => {
      const shared_folder_id = world.shared(a).id;
      world.act(who, (actor) =>
        world.company.sharing.relinquishFolderMembership(actor, { shared_folder_id, leave_a_copy: b % 4 === 0 }),
      );
    },
  },
  setInheritance: {
    weight: 2,
    run: (world, { who, a, b }) => {
      const nested = world.namespaces.filter(
        ({ location, kind }) => location !== undefined && kind === 'shared_folder',
      );
      const shared_folder_id = one(nested, a).id;
      const access_inheritance = { '.tag': b % 2 === 0 ? ('no_inherit' as const) : ('inherit' as const) };
      world.act(who, (actor) =>
        world.company.sharing.setAccessInheritance(actor, { shared_folder_id, access_inheritance }),
      );
    },
  },
  setPolicy: {
    weight: 0.5,
    run: (world, { who, a, b }) => {
      const shared_folder_id = world.shared(a).id;
      const acl_update_policy = { '.tag': b % 2 === 0 ? ('owner' as const) : ('editors' as const) };
      world.act(who, (actor) =>
        world.company.sharing.updateFolderPolicy(actor, { shared_folder_id, acl_update_policy }),
      );
    },
  },
  addFileMember: {
    weight: 4,
    run: (world, { who, a, b, c }) => {
      const file = one(world.files(), a).address;
      const members = [world.grantee(b)];
      world.act(who, (actor) => {
        const [result] = world.company.sharing.addFileMember(actor, { file, members, access_level: level(c) });
        if (result?.result['.tag'] !== 'success') throw new NothingThere();
      });
    },
  },
  updateFileMember: {
    weight: 1,
    run: (world, picks) => {
      const { file, member } = sharedFile(world, picks);
      world.act(picks.who, (actor) =>
        world.company.sharing.updateFileMember(actor, { file, member, access_level: level(picks.c) }),
      );
    },
  },
  removeFileMember: {
    weight: 2,
    run: (world, picks) => {
      const { file, member } = sharedFile(world, picks);
      world.act(picks.who, (actor) => world.company.sharing.removeFileMember(actor, { file, member }));
    },
  },
  unshareFile: {
    weight: 0.7,
    run: (world, picks) => {
      const { file } = sharedFile(world, picks);
      world.act(picks.who, (actor) => world.company.sharing.unshareFile(actor, { file }));
    },
  },
  relinquishFile: {
    weight: 0.7,
    run: (world, picks) => {
      const { file } = sharedFile(world, picks);
      world.act(picks.who, (actor) => world.company.sharing.relinquishFileMembership(actor, { file }));
    },
  },
};

/** What happens to a client of the API without anybody changing anything. */
const troubles: Record<string, Operation> = {
  delayEvents: { weight: 1, run: ({ company }, { a }) => company.log.delay(a % 600) },
  resetEventCursors: { weight: 0.4, run: ({ company }) => company.log.reset() },
  resetFolderCursors: {
    weight: 1,
    run: (world, { a, b }) => world.company.resetCursors(b % 6 === 0 ? undefined : one(world.namespaces, a).id),
  },
};

export const operations: Readonly<Record<string, Operation>> = {
  ...fileOperations,
  ...memberOperations,
  ...groupOperations,
  ...teamFolderOperations,
  ...sharingOperations,
  ...troubles,
};
