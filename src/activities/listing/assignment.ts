import { chunks } from '../../chunks';
import type { AssignInput, RunInput } from '../../contract/activities';
import { membersPart } from '../../graph/access/members';
import { namespacesWithCursors, type NamespaceWithCursor } from '../../graph/state/folderCursors';
import { readNamespaces } from '../../graph/state/namespaces';
import { storeProgress } from '../../graph/state/progress';
import type { SyncPoint } from '../../graph/state/syncPoints';
import type { NamespaceDocument } from '../../sync/documents';
import { folderCursorName } from '../../sync/keys';
import { delegateAssigned } from '../../sync/listingState';
import { hasMemberList, isListed, needsListing } from '../../sync/namespaceState';
import { Readers } from '../../sync/readers';
import { each } from '../runtime/each';
import { OpenConnector, type ActivityServices } from '../runtime/services';

/** Most namespaces that are kept in memory with their member lists. Further ones are read again. */
export const NAMESPACES_IN_MEMORY = 500;

export function assignmentActivities(services: ActivityServices) {
  return {
    /**
     * Assigns delegates again, after a probe has found that some have lost access; or to those namespaces of which
     * Dropbox keeps no member list, while the lists of the others are read. `probeNamespaces` begins by assigning all
     * of them.
     */
    async assignDelegates({ connectorId, runId, withoutList = false }: AssignInput): Promise<void> {
      const { open, readers } = await openWithReaders(services, { connectorId, runId });
      await assignDelegates(open, readers, { concerns: (namespace) => !withoutList || !hasMemberList(namespace) });
    },
  };
}

/** Opens a connector, and reads who can read its namespaces. @throws as `OpenConnector.open` */
export async function openWithReaders(
  services: ActivityServices,
  run: RunInput,
): Promise<{ open: OpenConnector; readers: Readers }> {
  const readers = new Readers();
  const members = membersPart(run.connectorId, (member) => readers.add(member));
  return { open: await OpenConnector.open(services, run, [members]), readers };
}

interface Assignment {
  /** Gets each namespace of the connector once, with its delegate and its cursor. */
  visit?: (namespace: NamespaceDocument, point: SyncPoint | null) => void;
  /** Other namespaces are left as they are. */
  concerns?: (namespace: NamespaceDocument) => boolean;
}

/** Chooses a member other than the delegate to list a namespace, by the rule for delegates; null: none is known. */
export type ChooseOther = (namespace: NamespaceDocument) => string | null;

/**
 * Assigns each namespace a delegate: the active member who can read it and lists the fewest namespaces, since Dropbox
 * limits the rate of each member on their own. If no active member can read it, an admin is the delegate. A delegate who
 * can still read it is kept, and so is an admin, since a cursor is bound to the person that it was given to. What has no
 * cursor is marked to be listed from the start. Returns how to choose another one.
 */
export async function assignDelegates(
  open: OpenConnector,
  readers: Readers,
  { visit = () => undefined, concerns = () => true }: Assignment,
): Promise<ChooseOther> {
  const { graph, connector } = open;
  const load = new Map<string, number>();
  const toAssign = new Map<string, NamespaceWithCursor | { namespace: null; point: SyncPoint | null }>();
  const add = (delegate: string): void => void load.set(delegate, (load.get(delegate) ?? 0) + 1);
  for await (const { namespace, point } of each(namespacesWithCursors(graph, open.context()))) {
    if (!concerns(namespace)) continue;
    const delegate = keptDelegate(namespace, readers);
    // One without a cursor has nothing to continue at, as where PipesHub has deleted it: it is listed from the start.
    const hasWork = point !== null || needsListing(namespace);
    if (!isListed(namespace)) visit(namespace, point);
    else if (delegate !== null && hasWork) {
      add(delegate);
      visit(namespace, point);
    } else {
      const isKept = toAssign.size < NAMESPACES_IN_MEMORY;
      toAssign.set(namespace.namespaceId, { namespace: isKept ? namespace : null, point });
    }
  }
  for (const ids of chunks([...toAssign.keys()], NAMESPACES_IN_MEMORY)) {
    const kept = ids.flatMap((id) => toAssign.get(id)?.namespace ?? []);
    const others = ids.filter((id) => toAssign.get(id)?.namespace === null);
    const namespaces = [...kept, ...(await readNamespaces(graph, connector._key, others)).values()];
    const assigned = namespaces.map((namespace) => {
      const delegate = keptDelegate(namespace, readers) ?? leastLoaded(readers.of(namespace), load) ?? 'admin';
      add(delegate);
      return { namespace, patch: delegateAssigned(namespace, delegate) };
    });
    // A request that the server carries out late must not assign a namespace again that has been listed since.
    const since = assigned.map(({ namespace: { namespaceId } }) => ({
      name: folderCursorName(namespaceId),
      cursor: toAssign.get(namespaceId)?.point?.cursor ?? null,
    }));
    await storeProgress(graph, open.context(), { points: [], namespaces: assigned.map(({ patch }) => patch), since });
    for (const { namespace, patch } of assigned) {
      const point = toAssign.get(namespace.namespaceId)?.point ?? null;
      visit({ ...namespace, ...patch }, point);
    }
  }
  return (namespace) => {
    const others = new Set(readers.of(namespace));
    if (namespace.delegate !== null) others.delete(namespace.delegate);
    const other = leastLoaded(others, load) ?? null;
    if (other !== null) add(other);
    return other;
  };
}

/** Its delegate, unless it has none, or they can't read it any more. */
const keptDelegate = (namespace: NamespaceDocument, readers: Readers): string | null => {
  const { delegate } = namespace;
  return delegate === 'admin' || (delegate !== null && readers.of(namespace).has(delegate)) ? delegate : null;
};

/**
 * The member with the fewest namespaces. Of several, it is the one with the smallest id, so that two runs make the same
 * choice.
 */
function leastLoaded(eligible: ReadonlySet<string>, load: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  for (const id of eligible) {
    if (best === undefined) best = id;
    else {
      const difference = (load.get(id) ?? 0) - (load.get(best) ?? 0);
      if (difference < 0 || (difference === 0 && id < best)) best = id;
    }
  }
  return best;
}
