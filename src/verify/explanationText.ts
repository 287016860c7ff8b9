import type { AccessPath } from '../graph/readers/accessPaths';
import type { Explanation } from './explanation';

/** The explanation in sentences: the answer, then the reasons, then what Dropbox says. */
export function explanationText(explanation: Omit<Explanation, 'sentences'>): string[] {
  const { user, item, graph, dropbox, agree } = explanation;
  return [
    `${user.email} ${graph.allowed ? 'can' : "can't"} read ${item.name} in PipesHub.`,
    ...userSentences(explanation),
    ...(graph.paths.length === 0 ? ['No chain of edges leads from the user to the item.'] : pathSentences(graph.paths)),
    ...(graph.allowed ? [] : item.places.map(placeSentence)),
    dropbox.allowed === null
      ? `Dropbox ${dropbox.reason}.`
      : `Dropbox ${dropbox.allowed ? 'lets' : 'does not let'} the member read it: ${user.email} ${dropbox.reason}.`,
    ...(agree === false ? ['The two differ: run dropbox-teams verify --repair.'] : []),
  ];
}

function userSentences({ user, graph }: Omit<Explanation, 'sentences'>): string[] {
  if (user.userKey === null) return ['PipesHub knows no user with this address.'];
  return [
    ...(user.hasAccount
      ? []
      : ['There is no active PipesHub account with this address: the access below takes effect when there is one.']),
    ...(graph.hasApp ? [] : ['The user has no relation to the connector, so PipesHub shows nothing of it.']),
  ];
}

/** A record belongs to the record group that it inherits from: the two paths are one sentence. */
const pathSentences = (paths: readonly AccessPath[]): string[] => {
  const inherited = new Set(paths.filter(({ kind }) => kind === 'recordGroup').map(({ target }) => target));
  return paths.filter(({ kind, target }) => kind !== 'place' || !inherited.has(target)).map(pathSentence);
};

function pathSentence({ kind, via, viaName, target, targetName, hops, role }: AccessPath): string {
  const as = role === null ? '' : ` as ${role}`;
  const folder = `the folder "${targetName ?? target}"${as}`;
  const between = `"${viaName ?? via ?? ''}"`;
  const inherits = `from which the item inherits its access${hops > 1 ? ` (over ${hops} steps)` : ''}`;
  switch (kind) {
    case 'direct':
      return `The user is named on the item itself${as}.`;
    case 'group':
      return `The user is in the group ${between}, which is named on the item itself${as}.`;
    case 'recordGroup':
      return `The user is named on ${folder}, ${inherits}.`;
    case 'groupRecordGroup':
      return `The user is in the group ${between}, which is named on ${folder}, ${inherits}.`;
    case 'organization':
      return `The user's organization is named on ${folder}.`;
    case 'place':
      return `The user is named on ${folder}, to which the item belongs.`;
    case 'teamPlace':
      return `The user is in the team ${between}, which is named on ${folder}, to which the item belongs.`;
  }
}

function placeSentence({ name, path, people, groups }: Explanation['item']['places'][number]): string {
  const many = (number: number, one: string, more: string): string => `${number} ${number === 1 ? one : more}`;
  return `It is at ${path} in the folder "${name}", which is open to ${many(people, 'member', 'members')} and ${many(groups, 'group', 'groups')}.`;
}
