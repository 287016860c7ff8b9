import { chunks } from '../../chunks';
import { readEntries } from '../../graph/entries/entries';
import { allNamespaces, readNamespaces } from '../../graph/state/namespaces';
import type { NamespaceDocument } from '../../sync/documents';
import type { Hints } from '../../sync/events';
import { entryKey } from '../../sync/keys';
import type { OpenConnector } from '../runtime/services';

/** Namespaces that events name by id or by the path of their mount point; all of them if events did not say which. */
export async function hintedNamespaces(
  open: OpenConnector,
  hints: Hints,
  { everywhere }: { everywhere: boolean },
): Promise<NamespaceDocument[]> {
  const connectorId = open.connector._key;
  if (everywhere) {
    const all: NamespaceDocument[] = [];
    for await (const batch of allNamespaces(open.graph, connectorId)) all.push(...batch);
    return all;
  }
  const mountPoints = hints.folders.map(({ namespaceId, path }) =>
    entryKey(connectorId, namespaceId, path.toLowerCase()),
  );
  const mounted: string[] = [];
  for (const batch of chunks(mountPoints, 1000)) {
    for (const { mounts } of await readEntries(open.graph, batch)) if (mounts !== undefined) mounted.push(mounts);
  }
  return [...(await readNamespaces(open.graph, connectorId, [...new Set([...hints.namespaces, ...mounted])])).values()];
}
