import type { Truth } from './api';
import type { Account, Acl, FolderNode, Level, Namespace } from './entities';
import { FileNode, MountNode } from './entities';
import type { State } from './state';

/**
 * The readers of each file: active members of the team who are members of the file, of its namespace, or of a container
 * from which the namespace inherits. Computed from the member lists, with no code in common with the API's answers.
 */
export function truth(state: State): Truth {
  const files: Truth['files'] = {};
  for (const namespace of state.namespaces.values()) {
    if (namespace.deleted) continue;
    const readers = readersOf(namespace);
    const emails = activeEmails(readers);
    for (const [path, file] of filesBelow(namespace.root, '')) {
      const acl = namespace.status === 'archived' ? undefined : state.fileAcls.get(file);
      files[state.itemIds.encode(file.number)] = {
        path,
        namespace_id: namespace.id,
        readers: acl === undefined ? emails : activeEmails(new Set([...readers, ...directReaders(acl)])),
      };
    }
  }
  return { files };
}

function readersOf(namespace: Namespace): Set<Account> {
  if (namespace.status === 'archived') return new Set();
  if (namespace.owner !== undefined) return new Set([namespace.owner]);
  const readers = directReaders(namespace.acl);
  let container = namespace.inherits ? namespace.location?.parent : undefined;
  while (container !== undefined && container.namespace === undefined) container = container.parent;
  if (container?.namespace !== undefined) {
    for (const account of readersOf(container.namespace)) readers.add(account);
  }
  return readers;
}

const CAN_READ: Record<Level, boolean> = {
  owner: true,
  editor: true,
  viewer: true,
  viewer_no_comment: true,
  traverse: false,
  no_access: false,
};

function directReaders(acl: Acl): Set<Account> {
  const accounts = new Set<Account>();
  for (const [account, level] of acl.accounts) if (CAN_READ[level]) accounts.add(account);
  for (const [group, level] of acl.groups) {
    if (CAN_READ[level]) for (const account of group.members.keys()) accounts.add(account);
  }
  return accounts;
}

function activeEmails(accounts: ReadonlySet<Account>): string[] {
  return [...accounts]
    .filter((account) => account.status === 'active')
    .map((account) => account.email)
    .sort();
}

function* filesBelow(folder: FolderNode, path: string): Generator<[string, FileNode]> {
  for (const child of folder.children.values()) {
    if (child instanceof MountNode) continue;
    const childPath = `${path}/${child.name}`;
    if (child instanceof FileNode) yield [childPath, child];
    else yield* filesBelow(child, childPath);
  }
}
