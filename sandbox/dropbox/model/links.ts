import type { Account, FileNode, FolderNode } from './entities';

export type Audience = 'public' | 'team' | 'members' | 'no_one';

/** A shared link. Links are listed separately from members and do not affect member lists. */
export interface SharedLink {
  readonly url: string;
  readonly item: FileNode | FolderNode;
  readonly by: Account;
  readonly audience: Audience;
  readonly access?: 'viewer' | 'editor';
  /** Whether a password is required. */
  readonly password?: boolean;
  /** API timestamp after which the link no longer works. */
  readonly expires?: string;
  /** False when the content can only be viewed. */
  readonly download?: boolean;
}
