import {
  FolderNode,
  GeneratedContent,
  StoredContent,
  fold,
  type Company,
  type FileNode,
  type NewFileFacts,
} from '../../model';

/** 2024-01-08, 09:00 UTC, in seconds since the epoch. */
const FIRST_TIME = 1_704_704_400;
/** Each file is this much newer than the one before. */
const AGE_STEP_SECONDS = 7_919;

/** Adds files to a company by their paths. */
export class FileBuilder {
  private count = 0;

  constructor(readonly company: Company) {}

  /** The folder at a path below `root`. Missing folders are created; nested shared folders are not entered. */
  folder(root: FolderNode, path: string): FolderNode {
    let at = root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const known = at.children.get(fold(name));
      if (known !== undefined && !(known instanceof FolderNode))
        throw new Error(`${path}: ${name} is not a plain folder`);
      at = known ?? this.company.build.folder(at, name);
    }
    return at;
  }

  /** Adds a file of `size` bytes; without a size, a short text file. */
  add(root: FolderNode, path: string, size?: number, facts: NewFileFacts = {}): FileNode {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const number = ++this.count;
    const content =
      size === undefined
        ? new StoredContent(Buffer.from(`${name}\n\nPage ${number} of the demo company.\n`))
        : new GeneratedContent(size, number);
    const modified = FIRST_TIME + number * AGE_STEP_SECONDS;
    return this.company.build.file(this.folder(root, path.slice(0, Math.max(0, slash))), name, content, {
      serverModified: modified,
      clientModified: modified - (number % 5) * 3_600,
      ...facts,
    });
  }

  addAll(root: FolderNode, paths: readonly string[], facts: NewFileFacts = {}): FileNode[] {
    return paths.map((path, index) => this.add(root, path, index % 3 === 0 ? undefined : 900 * (index + 3), facts));
  }
}
