import { NothingThere, one } from './companyWorld';
import type { Operation } from './operation';

export const fileOperations: Record<string, Operation> = {
  upload: {
    weight: 5,
    run: (world, { who, a, b, c }) => {
      const path = `${one(world.containers(), a).address}/${world.name(b)}`;
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
      const path = `${one(world.containers(), a).address}/${world.name(b)}`;
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
      const to_path = `${one(world.containers(), b).address}/${world.name(c)}`;
      world.act(who, (actor) =>
        world.company.files.move(actor, { from_path, to_path, autorename: true, allow_ownership_transfer: true }),
      );
    },
  },
  moveFolder: {
    weight: 4,
    run: (world, { who, a, b, c }) => {
      const from_path = one(world.folders(), a).address;
      const to_path = `${one(world.containers(), b).address}/${world.name(c)}`;
      world.act(who, (actor) =>
        world.company.files.move(actor, { from_path, to_path, autorename: true, allow_ownership_transfer: true }),
      );
    },
  },
  /** Moves a shared folder to another folder of the same member, or into other shared content. */
  moveShared: {
    weight: 2,
    run: (world, { who, a, b, c }) => {
      const from_path = `ns:${world.shared(a).id}`;
      const to_path = `${one(world.containers(), b).address}/${world.name(c)}`;
      world.act(who, (actor) =>
        world.company.files.move(actor, { from_path, to_path, autorename: true, allow_ownership_transfer: true }),
      );
    },
  },
  /** Swaps two files by way of a temporary name. */
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
        .containers()
        .flatMap(({ node, address }) =>
          [...(node.deleted ?? [])].flatMap(([, item]) => ('version' in item ? [{ item, address }] : [])),
        );
      const { item, address } = one(deleted, a);
      const rev = (item.number * 0x10000 + 1 + (b % item.version)).toString(16).padStart(14, '0');
      const path = `${c % 3 === 0 ? one(world.containers(), c).address : address}/${item.name}`;
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
      const to_path = `${one(world.containers(), b).address}/${world.name(c)}`;
      world.act(who, (actor) => world.company.files.copy(actor, { from_path, to_path, autorename: true }));
    },
  },
};
