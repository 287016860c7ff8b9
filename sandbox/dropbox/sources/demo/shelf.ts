import {
  FolderNode,
  GeneratedContent,
  StoredContent,
  type CompanyApi,
  type FileNode,
  type NewFileFacts,
} from '../../model';

/** 2024-01-08, 09:00 UTC; each further file of the demo is this many seconds younger. */
const FIRST_TIME = 1_704_704_400;
const STEP = 7_919;

/** Puts files into a company by path, as one would describe them on paper. */
export class Shelf {
  private count = 0;

  constructor(readonly company: CompanyApi) {}

  /** The folder at a path below `root`, made where it is missing. Does not lead into nested shared folders. */
  folder(root: FolderNode, path: string): FolderNode {
    let at = root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const known = at.children.get(name.toLowerCase());
      if (known !== undefined && !(known instanceof FolderNode)) throw new Error(`${path}: ${name} is no folder`);
      at = known ?? this.company.build.folder(at, name);
    }
    return at;
  }

  /** A file of `size` bytes; without a size, a short text that names it. */
  file(root: FolderNode, path: string, size?: number, facts: NewFileFacts = {}): FileNode {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const number = ++this.count;
    const content =
      size === undefined
        ? new StoredContent(Buffer.from(`${name}\n\nPage ${number} of the demo company.\n`))
        : new GeneratedContent(size, number);
    const modified = FIRST_TIME + number * STEP;
    return this.company.build.file(this.folder(root, path.slice(0, Math.max(0, slash))), name, content, {
      serverModified: modified,
      clientModified: modified - (number % 5) * 3_600,
      ...facts,
    });
  }

  files(root: FolderNode, paths: readonly string[], facts: NewFileFacts = {}): FileNode[] {
    return paths.map((path, index) => this.file(root, path, index % 3 === 0 ? undefined : 900 * (index + 3), facts));
  }
}
