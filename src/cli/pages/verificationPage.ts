import type { VerifyReport } from '../../client';
import { escapeHtml } from '../html';
import { grouped } from '../output';
import { reportPage } from './report';

/** The kinds of findings, in a reader's words. */
export const kinds: Readonly<Record<VerifyReport['findings'][number]['kind'], string>> = {
  missing: 'missing in PipesHub',
  shouldBeGone: 'gone in Dropbox',
  tooWide: 'access too wide',
  tooNarrow: 'access too narrow',
  accessList: 'access list differs',
  structure: 'structure',
};

/** Shows the rows that have the text and the kind that were chosen, and counts them. */
const FILTER = `
const text=document.getElementById('text'),kind=document.getElementById('kind'),shown=document.getElementById('shown');
const rows=[...document.querySelectorAll('#findings tbody tr')];
function filter(){let number=0;for(const row of rows){
const match=row.textContent.toLowerCase().includes(text.value.toLowerCase())&&(kind.value===''||row.dataset.kind===kind.value);
row.hidden=!match;if(match)number+=1}shown.textContent=number+' of '+rows.length}
text.addEventListener('input',filter);kind.addEventListener('change',filter);filter();`;

/** The report as a page: figures, the differences as a table that can be filtered, and what no member lists. */
export function verificationPage(report: VerifyReport, now = new Date()): string {
  const title = report.ok ? 'The graph equals Dropbox' : 'The graph differs from Dropbox';
  const body = `<h1 class="${report.ok ? 'good' : 'bad'}">${title}</h1>${figures(report)}
${report.findings.length === 0 ? '' : findings(report)}${report.unlisted.length === 0 ? '' : unlisted(report)}`;
  return reportPage(title, report.connectorId, body, now);
}

function figures(report: VerifyReport): string {
  const { members, files } = report;
  const list: [number | string, string][] = [
    [`${grouped(members.checked)} of ${grouped(members.total)}`, 'members compared'],
    [files.dropbox, 'files in Dropbox'],
    [files.records, 'records of files and folders'],
    [report.tooWide, kinds.tooWide],
    [report.tooNarrow, kinds.tooNarrow],
    [report.missing, kinds.missing],
    [report.shouldBeGone, kinds.shouldBeGone],
    [report.accessLists, 'access lists differ'],
    [report.structure, 'faults of structure'],
  ];
  const text = (value: number | string): string => (typeof value === 'number' ? grouped(value) : value);
  return `<ul class="figures">${list.map(([value, name]) => `<li><b>${text(value)}</b>${name}</li>`).join('')}</ul>`;
}

function findings({ findings: all }: VerifyReport): string {
  const found = [...new Set(all.map(({ kind }) => kind))];
  const options = found.map((kind) => `<option value="${kind}">${kinds[kind]}</option>`).join('');
  const rows = all.map(
    ({ kind, text, namespaceId, recordKey }) =>
      `<tr data-kind="${kind}"><td>${kinds[kind]}</td><td>${escapeHtml(text)}</td>` +
      `<td>${escapeHtml(namespaceId ?? '')}</td><td>${escapeHtml(recordKey ?? '')}</td></tr>`,
  );
  return `<h2>Differences</h2>
<label>Text <input id="text" type="search"></label><label>Kind <select id="kind"><option value="">all</option>${options}</select></label><span id="shown" class="soft"></span>
<table id="findings"><thead><tr><th>Kind</th><th>Difference</th><th>Namespace</th><th>Record</th></tr></thead><tbody>${rows.join('')}</tbody></table>
<script>${FILTER}</script>`;
}

const unlisted = ({ unlisted: all }: VerifyReport): string =>
  `<h2>Listed by no member</h2><table><thead><tr><th>Folder</th><th>Type</th><th>Namespace</th><th>Reason</th></tr></thead><tbody>${all
    .map(({ name, type, namespaceId, reason }) => {
      const cells = [name, type, namespaceId, reason].map((cell) => `<td>${escapeHtml(cell)}</td>`);
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('')}</tbody></table>`;
