import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DropboxTeamsError } from '../../client';
import type { CommandContext } from '../context';
import { escapeHtml, htmlPage } from '../html';
import { moment } from '../output';

const STYLE = `
:root{color-scheme:light dark;--line:#8886;--soft:#8881;--good:#157347;--bad:#b02a37}
@media(prefers-color-scheme:dark){:root{--good:#5cc98f;--bad:#f08a93}}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.1rem;margin-top:2rem}
.good{color:var(--good)}.bad{color:var(--bad)}.soft{opacity:.7}
.figures{display:flex;flex-wrap:wrap;gap:.75rem;padding:0;list-style:none}
.figures li{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .9rem;min-width:8rem}
.figures b{display:block;font-size:1.4rem;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}th{position:sticky;top:0;background:Canvas}
input,select{font:inherit;padding:.3rem .5rem;margin:0 .5rem .75rem 0}
.chain{display:flex;flex-wrap:wrap;align-items:stretch;margin:.75rem 0}
.node{border:1px solid var(--line);border-radius:.5rem;background:var(--soft);padding:.5rem .9rem;max-width:20rem;overflow-wrap:anywhere}
.node small{display:block;opacity:.7}
.edge{display:flex;flex-direction:column;justify-content:center;padding:0 .75rem;text-align:center}
.edge::after{content:"→";font-size:1.4rem;line-height:1}.edge.broken::after{content:"✕";color:var(--bad)}
`;

/** A report as a page: its title, and when and of which connector it was made. */
export const reportPage = (title: string, connectorId: string, body: string, now: Date): string =>
  htmlPage(title, STYLE, `${body}<p class="soft">Connector ${escapeHtml(connectorId)}, ${moment(now)}.</p>`);

/** Writes a page, and says where it is. @throws InvalidArgument when the file can't be written */
export async function writePage({ notes }: Pick<CommandContext, 'notes'>, file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new DropboxTeamsError('InvalidArgument', `--html: ${file} can't be written (${code})`);
  }
  notes.write(`the page is in ${path.resolve(file)}\n`);
}
