import type { Engine } from './engine';

/** Sequence number that every snapshot includes. */
const BEFORE_START = 0;

/**
 * Creates a database with the collections, indexes and documents that another one has while no transaction is open. A
 * client of ArangoDB has no such call: it serves tests that begin with the same contents.
 */
export function copyDatabase(engine: Engine, from: string, to: string): void {
  const source = engine.database(from);
  const target = engine.addDatabase(String(engine.tick()), to);
  for (const original of source.list()) {
    const copy = target.add({ ...original.properties, id: String(engine.tick()) });
    for (const { definition } of original.indexes.values()) {
      copy.addIndex({ ...definition, id: String(engine.tick()) });
    }
    for (const version of original.versions) {
      if (!version?.isStored) continue;
      const { doc } = version;
      copy.keyGenerator.note(doc._key);
      copy.addVersion(doc, BEFORE_START);
      copy.commitCount(1, BEFORE_START, Infinity);
    }
  }
}
