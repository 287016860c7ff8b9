import type { Explanation } from '../../client';
import { escapeHtml } from '../html';
import { grouped } from '../output';
import { reportPage } from './report';

type AccessPath = Explanation['graph']['paths'][number];

/** The explanation as a page: the answer, each chain of edges from the user to the item, and Dropbox's own answer. */
export function explanationPage(explanation: Explanation, now = new Date()): string {
  const { user, item, graph, dropbox, agree } = explanation;
  const answer = `${user.email} ${graph.allowed ? 'can' : "can't"} read ${item.name}`;
  const body = `<h1 class="${graph.allowed ? 'good' : 'bad'}">${escapeHtml(answer)}</h1>
<h2>In PipesHub</h2>${chains(explanation)}
${item.places.length === 0 ? '' : `<h2>Where the item is</h2>${places(explanation)}`}
<h2>In Dropbox</h2><p>${escapeHtml(dropboxText(dropbox))}</p>
${agree === false ? '<p class="bad" id="differ">The two differ. Run dropbox-teams verify --repair.</p>' : ''}
<h2>In words</h2><ul>${explanation.sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`;
  return reportPage(answer, explanation.connectorId, body, now);
}

const node = (name: string, kind: string): string =>
  `<div class="node">${escapeHtml(name)}<small>${escapeHtml(kind)}</small></div>`;
const edge = (text: string, broken = false): string =>
  `<div class="edge${broken ? ' broken' : ''}"><small>${escapeHtml(text)}</small></div>`;

const noChain = ({ user, item }: Explanation): string =>
  `<div class="chain">${node(user.email, userKind(user))}${edge('no chain of edges', true)}${node(item.name, 'item')}</div>`;

const userKind = (user: Explanation['user']): string =>
  user.userKey === null ? 'no user of PipesHub' : user.hasAccount ? 'user' : 'user without an active account';

/** A record belongs to the folder that it inherits from: the two paths look the same. */
const chains = (explanation: Explanation): string =>
  [...new Set(explanation.graph.paths.map((path) => chain(explanation, path)))].join('') || noChain(explanation);

/** What is between the user and the edge that grants the access. */
const between: Record<AccessPath['kind'], string | null> = {
  direct: null,
  group: 'group',
  recordGroup: null,
  groupRecordGroup: 'group',
  organization: 'organization',
  place: null,
  teamPlace: 'team',
};

function chain({ user, item, graph }: Explanation, path: AccessPath): string {
  const kind = between[path.kind];
  const onItem = path.target.startsWith('records/');
  const steps = path.hops > 1 ? `inherits, ${path.hops} steps` : 'inherits';
  const parts = [
    node(user.email, userKind(user)),
    ...(kind === null ? [] : [edge('is in'), node(path.viaName ?? path.via ?? '', kind)]),
    edge(`is named${path.role === null ? '' : ` as ${path.role}`}`, !graph.hasApp),
    ...(onItem ? [] : [node(path.targetName ?? path.target, 'folder'), edge(steps)]),
    node(item.name, 'item'),
  ];
  return `<div class="chain">${parts.join('')}</div>`;
}

const places = ({ item }: Explanation): string =>
  `<table><thead><tr><th>Folder</th><th>Path</th><th>Members named</th><th>Groups named</th></tr></thead><tbody>${item.places
    .map(({ name, path, people, groups }) => {
      const cells = [name, path, grouped(people), grouped(groups)];
      return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
    })
    .join('')}</tbody></table>`;

const dropboxText = ({ allowed, reason }: Explanation['dropbox']): string =>
  `${allowed === null ? 'Not known' : allowed ? 'Allowed' : 'Not allowed'}: the member ${reason}.`;
