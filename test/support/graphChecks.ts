import type { Database } from 'arangojs';
import { CollectionSchema } from '../../sandbox/arangodb/schema/collectionSchema';
import { pipesHubEdges } from '../../src/graph/driver/collections';

interface EdgeRow {
  _key: string;
  _from: string;
  _to: string;
}

/** Faults in a graph, a line each: edges to missing documents, duplicate edges, documents that violate their schema. */
export async function graphFaults(db: Database): Promise<string[]> {
  const faults: string[] = [];
  const ids = new Set<string>();
  const edges = new Map<string, EdgeRow[]>();
  for (const { name } of await db.listCollections(true)) {
    const schema = await schemaOf(db, name);
    const cursor = await db.query<EdgeRow & { _id: string }>(`FOR d IN @@name RETURN d`, { '@name': name });
    await cursor.forEach((document) => {
      ids.add(document._id);
      try {
        schema?.checkInsert({ ...document });
      } catch (error) {
        faults.push(`${document._id} violates its schema: ${String(error)}`);
      }
      if ((pipesHubEdges as readonly string[]).includes(name)) {
        const known = edges.get(name);
        if (known) known.push(document);
        else edges.set(name, [document]);
      }
    });
  }
  for (const [name, rows] of edges) faults.push(...edgeFaults(name, rows, ids));
  return faults;
}

async function schemaOf(db: Database, name: string): Promise<CollectionSchema | undefined> {
  const { schema } = (await db.collection(name).properties()) as { schema?: unknown };
  return CollectionSchema.parse(schema ?? undefined);
}

function edgeFaults(name: string, rows: readonly EdgeRow[], ids: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { _key, _from, _to } of rows) {
    for (const end of [_from, _to])
      if (!ids.has(end)) faults.push(`${name}/${_key} points to ${end}, which does not exist`);
    const pair = `${_from} ${_to}`;
    if (seen.has(pair)) faults.push(`${name}/${_key} is a duplicate: ${pair}`);
    seen.add(pair);
  }
  return faults;
}
