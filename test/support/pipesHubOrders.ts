import { aql, type Database } from 'arangojs';
import { change } from './change';

const DELETED_EDGES = ['belongsTo', 'recordRelations', 'permission', 'inheritPermissions', 'userAppRelation'];

/**
 * Changes the graph as PipesHub does when it orders a full sync: it deletes the connector's sync points and all edges of
 * its records, record groups, groups and app. The documents and their isOfType edges are kept.
 */
export async function orderFullSync(db: Database, connectorId: string): Promise<void> {
  await change(db, aql`FOR point IN syncPoints FILTER point.connectorId == ${connectorId} REMOVE point IN syncPoints`);
  const cursor = await db.query<string>(
    aql`
    FOR id IN UNION(
      (FOR document IN records FILTER document.connectorId == ${connectorId} RETURN document._id),
      (FOR document IN recordGroups FILTER document.connectorId == ${connectorId} RETURN document._id),
      (FOR document IN groups FILTER document.connectorId == ${connectorId} RETURN document._id),
      [${`apps/${connectorId}`}]
    )
      RETURN id`,
    { batchSize: 10_000 },
  );
  const ids = await cursor.all();
  for (const name of DELETED_EDGES) {
    const edges = db.collection(name);
    await change(
      db,
      aql`
      FOR edge IN ${edges}
        FILTER edge._from IN ${ids} OR edge._to IN ${ids}
        REMOVE edge IN ${edges}`,
    );
  }
}

/** Changes the graph as PipesHub does when it deletes a connector: its app, its documents and all of their edges. */
export async function deleteConnector(db: Database, connectorId: string): Promise<void> {
  await orderFullSync(db, connectorId);
  const keys = aql`FOR record IN records FILTER record.connectorId == ${connectorId} RETURN record._key`;
  const records = await (await db.query<string>(keys, { batchSize: 10_000 })).all();
  await change(
    db,
    aql`FOR edge IN isOfType FILTER edge._to IN ${records.map((key) => `files/${key}`)} REMOVE edge IN isOfType`,
  );
  await change(db, aql`FOR key IN ${records} REMOVE key IN files OPTIONS { ignoreErrors: true }`);
  for (const name of ['records', 'recordGroups', 'groups']) {
    const documents = db.collection(name);
    await change(db, aql`FOR d IN ${documents} FILTER d.connectorId == ${connectorId} REMOVE d IN ${documents}`);
  }
  await db.collection('apps').remove(connectorId);
}
