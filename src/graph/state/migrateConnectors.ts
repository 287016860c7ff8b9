import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { formOf, migrations, type Migration, type StoredConnector } from './connectorForms';
import { connectorById, storedConnectors, updateConnector } from './connectors';
import { graphOfRemoval } from './runFence';

const CONNECTORS = 'dropboxConnectors';
/** The fencing token of a migration. Workers that migrate at the same time share it. */
const MIGRATION = 'migration';

/**
 * Brings the documents of all connectors into the form of this version. A sync of a connector that is migrated is
 * superseded: it fails, and the next one continues from its cursors. Safe to repeat, and to run from several workers.
 * @returns the connectors that were in an older form
 * @throws GraphRefused if a connector is in a newer form
 */
export async function migrateConnectors(
  graph: StandaloneGraph,
  steps: readonly Migration[] = migrations,
): Promise<string[]> {
  const migrated: string[] = [];
  for (const stored of await storedConnectors(graph)) {
    const isOlder = formOf(stored, steps.length) < steps.length;
    if (isOlder && (await migrateConnector(graph, stored._key, steps))) migrated.push(stored._key);
  }
  return migrated;
}

async function migrateConnector(
  graph: StandaloneGraph,
  connectorId: string,
  steps: readonly Migration[],
): Promise<boolean> {
  for (let migrated = false; ; migrated = true) {
    const form = await takeForm(graph, connectorId, steps);
    const step = form === undefined ? undefined : steps[form];
    if (form === undefined || step === undefined) return migrated;
    await step.documents?.(graphOfRemoval(graph, { connectorId, runId: MIGRATION }), connectorId);
    await inTransaction(
      graph,
      [],
      async (tx) => {
        const stored = await readStored(tx, connectorId);
        // Another worker may have done this step, too.
        if (stored === undefined || formOf(stored, steps.length) !== form) return;
        const next: StoredConnector = { ...step.connector(stored), schemaVersion: form + 1 };
        await tx.insertAll(CONNECTORS, [next], 'replace');
      },
      [CONNECTORS],
    );
  }
}

/**
 * Takes the fencing token from the runs of a connector that has to be migrated, and returns its form. undefined: there
 * is nothing to migrate.
 */
const takeForm = (
  graph: StandaloneGraph,
  connectorId: string,
  steps: readonly Migration[],
): Promise<number | undefined> =>
  inTransaction(
    graph,
    [],
    async (tx) => {
      const stored = await readStored(tx, connectorId);
      const form = stored === undefined ? steps.length : formOf(stored, steps.length);
      if (form === steps.length) return undefined;
      await updateConnector(tx, connectorId, { runToken: MIGRATION });
      return form;
    },
    [CONNECTORS],
  );

async function readStored(graph: Graph, connectorId: string): Promise<StoredConnector | undefined> {
  const [stored] = await graph.run(connectorById, { connectorId });
  return stored;
}
