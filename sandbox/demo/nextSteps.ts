import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE = '.env.demo';
/** A file in a restricted folder, and a member who reads the folder around it. The sample company has both. */
const REFUSED = { path: '/Engineering/Security/Pen test 2025.pdf', user: 'femi@lumenoak.example' };

/**
 * Writes the settings of the demo into a file of the working directory, with which commands in another terminal use the
 * running demo.
 *
 * @returns lines with commands to try, and what removes the file
 */
export async function writeNextSteps(
  environment: Record<string, string>,
  connector: string,
): Promise<{ lines: string[]; remove: () => Promise<void> }> {
  const file = path.resolve(FILE);
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(file, exports.join(''), { mode: 0o600 });
  const command = (text: string, what: string): string => `    npx dropbox-teams ${text}   # ${what}`;
  return {
    lines: [
      'To go further, type in a second terminal, in this folder:',
      `    . ./${FILE}`,
      command(`status ${connector}`, 'what the last run did'),
      command(`explain ${connector} --path '${REFUSED.path}' --user ${REFUSED.user}`, 'why they may not read it'),
      command(`verify ${connector}`, 'compares the graph with Dropbox'),
      command(`sync ${connector}`, 'another incremental sync'),
    ],
    remove: () => rm(file, { force: true }),
  };
}
