import type { StandaloneGraph } from '../graph/driver/graph';
import { inactiveMembersWithEdges, wrongAppRelations } from '../graph/readers/verification';
import type { Findings } from './findings';

/**
 * Whether each member has what he needs before any edge of his counts, the one relation to the app, and whether those
 * who are suspended or gone have nothing: nobody lets them in, so no edge may.
 */
export async function checkPeople(graph: StandaloneGraph, connectorId: string, findings: Findings): Promise<void> {
  for await (const batch of wrongAppRelations(graph, connectorId)) {
    for (const { email, status, active, relations } of batch) {
      for (const key of relations.slice(active ? 1 : 0)) findings.strayEdge('userAppRelation', key);
      findings.add(
        !active
          ? { kind: 'tooWide', text: `${email} is ${status} and has a relation to the connector` }
          : relations.length > 1
            ? { kind: 'structure', text: `${email} has ${relations.length} relations to the connector` }
            : {
                kind: 'tooNarrow',
                text: `${email} has no relation to the connector, so that PipesHub shows nothing of it`,
              },
      );
    }
  }
  for await (const batch of inactiveMembersWithEdges(graph, connectorId)) {
    for (const { email, status, edges } of batch) {
      findings.teamDiffers = true;
      findings.add({ kind: 'tooWide', text: `${email} is ${status} and has ${edges} permission edges` });
    }
  }
}
