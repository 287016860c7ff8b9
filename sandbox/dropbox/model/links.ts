import type { Account, FileNode, FolderNode } from './entities';

/** A shared link. Links are listed separately from members and do not affect member lists. */
export interface SharedLink {
  readonly url: string;
  readonly item: FileNode | FolderNode;
  readonly by: Account;
  readonly audience: 'public' | 'team' | 'members';
}
