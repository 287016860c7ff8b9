import type { Account, FileNode, FolderNode } from './entities';

/** A shared link. Links give access to nobody in the team's member lists; they are listed beside them. */
export interface SharedLink {
  readonly url: string;
  readonly item: FileNode | FolderNode;
  readonly by: Account;
  readonly audience: 'public' | 'team' | 'members';
}
