import { guest, NothingThere, one } from './companyWorld';
import { groupOf, level, userOf, type Operation } from './operation';

export const memberOperations: Record<string, Operation> = {
  addMember: {
    weight: 1.5,
    run: ({ company, accounts }, { a, b, c }) => {
      if (accounts.length > 22) throw new NothingThere();
      const outsiders = accounts.filter(
        ({ status, foreignTeam }) => status === 'external' && foreignTeam === undefined,
      );
      const invited = c % 4 === 0 ? one(outsiders, b).email : `person${a % 40}@team.test`;
      const member_email = b % 2 === 0 ? guest(a) : invited;
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

export const groupOperations: Record<string, Operation> = {
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

export const teamFolderOperations: Record<string, Operation> = {
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
