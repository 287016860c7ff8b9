import { aql, type Database } from 'arangojs';

const SWEPT = ['belongsTo', 'recordRelations', 'permission', 'inheritPermissions', 'userAppRelation'];

/**
 * What PipesHub does when it orders a full sync: it deletes the connector's sync points, and every edge that touches one
 * of its records, record groups or groups, or its app. The documents and isOfType stay.
 */
export async function orderFullSync(db: Database, connectorId: string): Promise<void> {
  await db.query(aql`FOR point IN syncPoints FILTER point.connectorId == ${connectorId} REMOVE point IN syncPoints`);
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
  for (const name of SWEPT) {
    const edges = db.collection(name);
    await db.query(aql`
      FOR edge IN ${edges}
        FILTER edge._from IN ${ids} OR edge._to IN ${ids}
        REMOVE edge IN ${edges}`);
  }
}
