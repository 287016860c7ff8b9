/** An in-memory company on Dropbox: one team with the external accounts that it shares with. HTTP is not part of it. */
export type * from './api';
export type * from './entities';
export { FileNode, FolderNode, MountNode } from './entities';
export { type Choices, calm, defaultChoices } from './choices';
export { exportedExtension } from './exportFormats';
export { BadArgument, DropboxProblem, PathRootProblem } from './problems';
export { type Content, DiskContent, GeneratedContent, StoredContent, contentHash } from './content';
export { Company } from './company';
export { chance } from './ids';
export { fold } from './fold';
