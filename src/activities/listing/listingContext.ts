import type { Database } from 'arangojs';
import { readTeam } from '../../graph/access/team';
import type { CommitContext } from '../../graph/entries/commitContext';
import type { FileMembers } from '../../graph/entries/fileMembers';
import { listedNamespace } from '../../graph/state/namespaces';
import { LIVE_GENERATION } from '../../sync/planTypes';
import type { NamespaceDocument, Principal } from '../../sync/syncDocuments';
import type { PrincipalVertices, TeamIndex } from '../../sync/team';
import type { OpenConnector } from '../runtime/services';

export function openCommit(open: OpenConnector, namespace: NamespaceDocument, attempt?: string): CommitContext {
  const { connector, graph, runId, services } = open;
  return {
    graph,
    namespace: listedNamespace(connector.orgId, namespace),
    // The filters that its records were made with, while a change of them awaits approval.
    filters: namespace.heldFilters ? (connector.appliedFilters ?? connector.filters) : connector.filters,
    batchSize: connector.batchSize,
    generation: namespace.mark ?? LIVE_GENERATION,
    runId,
    now: services.now,
    onBatch: open.onBatch,
    ...(attempt === undefined ? {} : { attempt }),
  };
}

export const fileMembersOf = (
  principals: ReadonlyMap<string, Principal[]>,
  index: PrincipalVertices,
  due: ReadonlySet<string> = new Set(),
): FileMembers => ({
  principals,
  due,
  vertexOf: (principal) => index.vertexOf(principal),
});

const teams = new WeakMap<Database, { run: string; team: Promise<TeamIndex> }>();

/** Read once for all listings of a run, which come after the phases that write it: a large team takes tens of MB. */
export function teamOfRun(open: OpenConnector): Promise<TeamIndex> {
  const run = `${open.connector._key}/${open.runId}`;
  const { database } = open.graph;
  const known = teams.get(database);
  if (known?.run === run) return known.team;
  const team = readTeam(open.graph, open.connector._key);
  teams.set(database, { run, team });
  team.catch(() => {
    if (teams.get(database)?.team === team) teams.delete(database);
  });
  return team;
}
