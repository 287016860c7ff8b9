import { appId } from '../graph/driver/context';
import { defineQuery } from '../graph/driver/query';
import type { Findings } from './findings';
import type { StandaloneGraph } from '../graph/driver/graph';

interface MemberEdges {
  email: string;
  status: string;
  /** Somebody stands for this user who may read: himself, or another member with the same address. */
  active: boolean;
  relations: string[];
}

const appRelations = defineQuery<{ connectorId: string; app: string }, MemberEdges>(
  'verify.appRelations',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.userKey != null
     LET user = CONCAT("users/", member.userKey)
     LET holders = LENGTH(FOR one IN dropboxMembers
       FILTER one.connectorId == @connectorId AND one.userKey == member.userKey AND one.status == "active"
       LIMIT 1 RETURN 1)
     LET relations = (FOR edge IN userAppRelation
       FILTER edge._from == user AND edge._to == @app
       SORT edge._key
       RETURN edge._key)
     FILTER LENGTH(relations) != holders
     RETURN { email: member.email, status: member.status, active: holders > 0, relations: relations }`,
  { connectorId: 'connector', app: 'apps/connector' },
);

const edgesOfOthers = defineQuery<{ connectorId: string }, { email: string; status: string; edges: number }>(
  'verify.edgesOfOthers',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.status != "active" AND member.userKey != null
     LET user = CONCAT("users/", member.userKey)
     LET others = LENGTH(FOR one IN dropboxMembers
       FILTER one.connectorId == @connectorId AND one.userKey == member.userKey AND one.status == "active"
       LIMIT 1 RETURN 1)
     FILTER others == 0
     LET edges = LENGTH(FOR edge IN permission
       FILTER edge._from == user
       LET target = DOCUMENT(edge._to)
       FILTER target.connectorId == @connectorId
       RETURN 1)
     FILTER edges > 0
     RETURN { email: member.email, status: member.status, edges: edges }`,
  { connectorId: 'connector' },
);

/**
 * Whether each member has what he needs before any edge of his counts, the one relation to the app, and whether those
 * who are suspended or gone have nothing: nobody lets them in, so no edge may.
 */
export async function checkPeople(graph: StandaloneGraph, connectorId: string, findings: Findings): Promise<void> {
  for await (const batch of graph.stream(appRelations, { connectorId, app: appId(connectorId) })) {
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
  for await (const batch of graph.stream(edgesOfOthers, { connectorId })) {
    for (const { email, status, edges } of batch) {
      findings.teamDiffers = true;
      findings.add({ kind: 'tooWide', text: `${email} is ${status} and has ${edges} permission edges` });
    }
  }
}
