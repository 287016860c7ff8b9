import { failure } from '../../failures';
import type { StandaloneGraph } from '../driver/graph';

/** A connector's document in the form of any version. */
export type StoredConnector = Readonly<Record<string, unknown>> & { readonly _key: string };

/** One step from a form of the stored documents of a connector to the next one. There is no way back. */
export interface Migration {
  /** The connector's own document in the next form. Pure, since readers apply it to documents of an older form. */
  connector(stored: StoredConnector): StoredConnector;
  /**
   * Changes the connector's other documents, in bounded batches. A killed worker repeats it, so it has to accept
   * documents that are in the next form already.
   */
  documents?(graph: StandaloneGraph, connectorId: string): Promise<void>;
}

/**
 * All steps, in order: the number of a form is the number of steps to it. A step is added when a former version would
 * misread what this one stores; an optional field needs none.
 */
export const migrations: readonly Migration[] = [
  // `fullRunAt` was absent until the first full run had completed.
  { connector: (stored) => ({ ...stored, fullRunAt: stored['fullRunAt'] ?? null }) },
];

/** The form that this version writes. */
export const SCHEMA_VERSION = migrations.length;

/** The number of the form of a stored connector; documents without one are the oldest. @throws GraphRefused if newer */
export function formOf(stored: StoredConnector, newest = SCHEMA_VERSION): number {
  const { schemaVersion = 0 } = stored;
  if (typeof schemaVersion === 'number' && schemaVersion <= newest) return schemaVersion;
  throw failure(
    'GraphRefused',
    `the stored connector ${stored._key} has the form ${String(schemaVersion)}, and this version of dropbox-teams knows ` +
      `forms up to ${newest}: run the version that has written it, or a later one`,
  );
}

/** A connector's document as this version would store it. @throws GraphRefused if its form is newer */
export function inCurrentForm(stored: StoredConnector, steps: readonly Migration[] = migrations): StoredConnector {
  const missing = steps.slice(formOf(stored, steps.length));
  return { ...missing.reduce((document, step) => step.connector(document), stored), schemaVersion: steps.length };
}
