/** The Dropbox simulator with a generated team that has more of something than a generated one has. */
import { parseArgs } from 'node:util';
import { FileNode, GeneratedContent, type Company, type FolderNode } from '../sandbox/dropbox/model';
import { startDropboxSimulator } from '../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../sandbox/dropbox/sources';
import { everyoneGroup } from '../sandbox/dropbox/sources/everyoneGroup';

const FILES_PER_FOLDER = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      team: { type: 'string', default: 'demo' },
      'latency-ms': { type: 'string', default: '0' },
      /** How many files have members of their own. */
      shared: { type: 'string', default: '0' },
      /** Files of one more team folder, which everyone may read. */
      largest: { type: 'string', default: '0' },
      /** Levels of folders in that one, each in the one before. */
      depth: { type: 'string', default: '0' },
    },
  });
  const company = buildTeam(teamSource(values.team), 'A');
  shareFiles(company, Number(values.shared));
  if (Number(values.largest) > 0) addLargest(company, Number(values.largest), Number(values.depth));
  const { url } = await startDropboxSimulator({ port: 0, company, latencyMs: Number(values['latency-ms']) });
  process.stdout.write(`listening on ${url}\n`);
}

function shareFiles(company: Company, count: number): void {
  const members = [...company.state.accounts.values()].filter(({ status }) => status === 'active');
  let shared = 0;
  for (const item of company.state.items) {
    if (shared >= count) break;
    if (!(item instanceof FileNode)) continue;
    // One to three members, the same ones in each run.
    for (let at = 0; at <= shared % 3; at += 1) {
      const account = members[(shared * 7 + at * 13) % members.length];
      if (account) company.build.fileMember(item, account, 'viewer');
    }
    shared += 1;
  }
  if (shared < count) throw new Error(`the team has ${shared} files only`);
}

function addLargest(company: Company, files: number, depth: number): void {
  const { build } = company;
  const namespace = build.teamFolder('The largest one');
  const { root } = namespace;
  const [someone] = company.state.accounts.values();
  if (someone) build.folderMember(namespace, everyoneGroup(someone), 'viewer');
  const content = new GeneratedContent(1_000, 1);
  let made = 0;
  const fill = (folder: FolderNode): void => {
    for (let at = 0; at < FILES_PER_FOLDER && made < files; at += 1) build.file(folder, `file ${made++}.txt`, content);
  };
  let deepest = root;
  for (let level = 1; level <= depth; level += 1) fill((deepest = build.folder(deepest, `level ${level}`)));
  for (let outer = 0; made < files; outer += 1) {
    const parent = build.folder(root, `part ${outer}`);
    for (let inner = 0; inner < FILES_PER_FOLDER && made < files; inner += 1)
      fill(build.folder(parent, `sub ${inner}`));
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
