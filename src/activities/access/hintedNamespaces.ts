import { chunks } from '../../chunks';
import { readEntries } from '../../graph/entries/entries';
import { allNamespaces, readNamespaces } from '../../graph/state/namespaces';
import type { Hints } from '../../sync/events';
import { entryKey } from '../../sync/keys';
import { lowerForms } from '../../sync/lowerForms';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { OpenConnector } from '../runtime/services';

/** Namespaces with their member lists that are in memory at once. */
const PER_BATCH = 500;

/**
 * Namespaces that events name by id or by the path of their mount point, in batches; all of them if events did not say
 * which.
 */
export async function* hintedNamespaces(
  open: OpenConnector,
  hints: Hints,
  { everywhere }: { everywhere: boolean },
): AsyncGenerator<NamespaceDocument[]> {
  const connectorId = open.connector._key;
  if (everywhere) {
    yield* allNamespaces(open.graph, connectorId);
    return;
  }
  const mountPoints = hints.folders.flatMap(({ namespaceId, path }) =>
    lowerForms(path).map((form) => entryKey(connectorId, namespaceId, form)),
  );
  const mounted: string[] = [];
  for (const batch of chunks(mountPoints, 1000)) {
    for (const { mounts } of await readEntries(open.graph, batch)) if (mounts !== undefined) mounted.push(mounts);
  }
  for (const ids of chunks([...new Set([...hints.namespaces, ...mounted])], PER_BATCH))
    yield [...(await readNamespaces(open.graph, connectorId, ids)).values()];
}
