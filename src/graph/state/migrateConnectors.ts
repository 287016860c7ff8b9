import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { formOf, migrations, type Migration, type StoredConnector } from './connectorForms';
import { updateConnector } from './connectors';
import { graphOfRemoval } from './runFence';

const CONNECTORS = 'dropboxConnectors';
/** The fencing token of a migration. Workers that migrate at the same time share it. */
const MIGRATION = 'migration';

const connectorKeys = defineQuery<Record<string, never>, string>(
  'migrateConnectors.keys',
  `FOR connector IN dropboxConnectors
     SORT connector._key
     RETURN connector._key`,
  {},
);

const storedConnector = defineQuery<{ connectorId: string }, StoredConnector>(
  'migrateConnectors.stored',
  `FOR connector IN dropboxConnectors
     FILTER connector._key == @connectorId
     RETURN connector`,
  { connectorId: 'connector' },
);

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
  for (const connectorId of await graph.run(connectorKeys, {})) {
    if (await migrateConnector(graph, connectorId, steps)) migrated.push(connectorId);
  }
  return migrated;
}

async function migrateConnector(
  graph: StandaloneGraph,
  connectorId: string,
  steps: readonly Migration[],
): Promise<boolean> {
  for (let migrated = false; ; migrated = true) {
    const form = await formToLeave(graph, connectorId, steps);
    const step = form === undefined ? undefined : steps[form];
    if (form === undefined || step === undefined) return migrated;
    await step.documents?.(graphOfRemoval(graph, { connectorId, runId: MIGRATION }), connectorId);
    await inTransaction(
      graph,
      [],
      async (tx) => {
        const stored = await read(tx, connectorId);
        // Another worker may have done this step, too.
        if (stored === undefined || formOf(stored, steps.length) !== form) return;
        const next: StoredConnector = { ...step.connector(stored), schemaVersion: form + 1 };
        await tx.insertAll(CONNECTORS, [next], 'replace');
      },
      [CONNECTORS],
    );
  }
}

/** Keeps a run that is under way from writing. undefined: the connector is in the newest form, or gone. */
const formToLeave = (
  graph: StandaloneGraph,
  connectorId: string,
  steps: readonly Migration[],
): Promise<number | undefined> =>
  inTransaction(
    graph,
    [],
    async (tx) => {
      const stored = await read(tx, connectorId);
      const form = stored === undefined ? steps.length : formOf(stored, steps.length);
      if (form === steps.length) return undefined;
      await updateConnector(tx, connectorId, { runToken: MIGRATION });
      return form;
    },
    [CONNECTORS],
  );

async function read(graph: Graph, connectorId: string): Promise<StoredConnector | undefined> {
  const [stored] = await graph.run(storedConnector, { connectorId });
  return stored;
}
