import type { DropboxSession, TeamNamespace } from '../dropbox';
import { allNamespaces } from '../graph/state/namespaces';
import type { Check } from './check';

/** A namespace of the team that no sync lists, and why. */
export interface Unlisted {
  namespaceId: string;
  name: string;
  type: string;
  reason: string;
}

/** Every namespace of the team, each once, as Dropbox lists them. */
export async function teamNamespaces(session: DropboxSession): Promise<TeamNamespace[]> {
  const found = new Map<string, TeamNamespace>();
  for await (const page of session.team.namespaces()) for (const space of page) found.set(space.namespaceId, space);
  return [...found.values()];
}

/** Namespaces of app folders by the team_member_id of their owner. */
export function appFoldersOf(namespaces: readonly TeamNamespace[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const { type, teamMemberId, namespaceId } of namespaces) {
    if (type !== 'app_folder' || teamMemberId === null) continue;
    folders.set(teamMemberId, [...(folders.get(teamMemberId) ?? []), namespaceId]);
  }
  return folders;
}

/** Namespaces that are not in the graph because no active member can read them. */
export async function unlistedNamespaces(
  { graph, connectorId, team }: Check,
  namespaces: readonly TeamNamespace[],
): Promise<Unlisted[]> {
  const problems = new Map<string, string | null>();
  for await (const batch of allNamespaces(graph, connectorId)) {
    for (const { namespaceId, problem, delegate } of batch) {
      problems.set(namespaceId, problem ?? (delegate === null ? 'no member of the team can read it' : null));
    }
  }
  const reasonOf = ({ namespaceId, teamMemberId }: TeamNamespace): string | null => {
    const known = problems.get(namespaceId);
    if (known !== undefined) return known;
    const owner = teamMemberId === null ? undefined : team.byMemberId(teamMemberId);
    if (owner && owner.status !== 'active') return `${owner.email} is ${owner.status}`;
    return 'the last sync did not find it';
  };
  return namespaces.flatMap((space) => {
    // A member's root holds only mounts of other namespaces.
    const reason = space.type === 'team_member_root' ? null : reasonOf(space);
    return reason === null ? [] : [{ namespaceId: space.namespaceId, name: space.name, type: space.type, reason }];
  });
}
