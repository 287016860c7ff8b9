import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'arangojs';
import { foreignEdges } from '../../src/graph/driver/collections';

const src = join(__dirname, '../../src');

/** Loads every file of src that defines a query, so that `definedQueries` has all of them. */
export async function loadQueries(): Promise<void> {
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts') && readFileSync(join(src, file), 'utf8').includes('defineQuery')) {
      await import(join(src, file));
    }
  }
}

/** Creates the collections that only other parts of PipesHub fill. */
export async function createForeignEdges(db: Database): Promise<void> {
  const existing = new Set((await db.listCollections(true)).map(({ name }) => name));
  for (const name of foreignEdges) if (!existing.has(name)) await db.createEdgeCollection(name);
}
