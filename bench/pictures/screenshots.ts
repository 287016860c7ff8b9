import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export const DOCS = path.join(__dirname, '..', '..', '..', 'docs');
const run = promisify(execFile);

export async function findChromium(): Promise<string | undefined> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const isThere = await run(name, ['--version']).then(
      () => true,
      () => false,
    );
    if (isThere) return name;
  }
  return undefined;
}

export class Screenshots {
  constructor(
    private readonly chromium: string,
    /** For the browser's profile. */
    private readonly folder: string,
  ) {}

  /** Writes docs/NAME.png of a page, after its scripts had time to draw it. */
  async take(name: string, url: string, width: number, height: number): Promise<void> {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--virtual-time-budget=15000'];
    const profile = `--user-data-dir=${path.join(this.folder, 'profile')}`;
    const file = path.join(DOCS, `${name}.png`);
    await run(this.chromium, [...flags, profile, `--window-size=${width},${height}`, `--screenshot=${file}`, url]);
    process.stdout.write(`docs/${name}.png\n`);
  }
}
