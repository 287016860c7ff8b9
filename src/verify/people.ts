import { inactiveMembersWithEdges, wrongAppRelations } from '../graph/readers/verification';
import type { Check } from './check';

/**
 * Checks that each active member has exactly one relation to the app, without which none of their edges counts, and
 * that members who are suspended or removed have neither a relation nor a permission edge.
 */
export async function checkPeople({ graph, connectorId, findings }: Check): Promise<void> {
  for await (const batch of wrongAppRelations(graph, connectorId)) {
    for (const { email, status, active, relations } of batch) {
      for (const key of relations.slice(active ? 1 : 0)) findings.addSurplusEdge('userAppRelation', key);
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
