import { NothingThere, one } from './companyWorld';
import { level, memberOfFolder, sharedFile, type Operation } from './operation';

export const sharingOperations: Record<string, Operation> = {
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
      const member = memberOfFolder(world, shared_folder_id, b);
      world.act(who, (actor) =>
        world.company.sharing.updateFolderMember(actor, { shared_folder_id, member, access_level: level(c) }),
      );
    },
  },
  removeFolderMember: {
    weight: 3,
    run: (world, { who, a, b, c }) => {
      const shared_folder_id = world.shared(a).id;
      const member = memberOfFolder(world, shared_folder_id, b);
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
