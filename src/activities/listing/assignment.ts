import type { RunInput } from '../../contract/activities';
import { chunks } from '../../chunks';
import { readReaders } from '../../graph/access/readers';
import { allNamespaces, patchNamespaces, readNamespaces } from '../../graph/state/namespaces';
import type { NamespaceDocument } from '../../sync/documents';
import { delegateAssigned, isListed } from '../../sync/namespaceState';
import { each } from '../runtime/each';
import { OpenConnector, type ActivityServices } from '../runtime/services';

/** Namespaces with their member lists that are in memory at once. */
const NAMESPACES_HELD = 500;

export function assignmentActivities(services: ActivityServices) {
  return {
    /** Assigns delegates again, after a probe has found that some have lost access. The probe begins with the same. */
    async assignDelegates({ connectorId, runId }: RunInput): Promise<void> {
      await assignDelegates(await OpenConnector.open(services, { connectorId, runId }));
    },
  };
}

/** Who else can list a namespace than its delegate, chosen like a delegate; null: no other member who is known. */
export type ChooseOther = (namespace: NamespaceDocument) => string | null;

/**
 * Assigns each namespace a delegate: the active member who can read it and lists the fewest namespaces, since Dropbox
 * limits the rate of each member on their own. If no active member can read it, an admin is the delegate. A delegate who
 * can still read it is kept, and so is an admin, since a cursor is bound to the person that it was given to. `visit` gets
 * each namespace of the connector once, with its delegate. Returns how to choose another one.
 */
export async function assignDelegates(
  open: OpenConnector,
  visit: (namespace: NamespaceDocument) => void = () => undefined,
): Promise<ChooseOther> {
  const { graph, connector } = open;
  const readers = await readReaders(graph, connector._key);
  const load = new Map<string, number>();
  const toAssign: string[] = [];
  const add = (delegate: string): void => void load.set(delegate, (load.get(delegate) ?? 0) + 1);
  for await (const namespace of each(allNamespaces(graph, connector._key))) {
    const { namespaceId, delegate } = namespace;
    if (!isListed(namespace)) visit(namespace);
    else if (delegate !== null && (delegate === 'admin' || readers.of(namespace).has(delegate))) {
      add(delegate);
      visit(namespace);
    } else toAssign.push(namespaceId);
  }
  for (const ids of chunks(toAssign, NAMESPACES_HELD)) {
    const namespaces = [...(await readNamespaces(graph, connector._key, ids)).values()];
    const assigned = namespaces.map((namespace) => {
      const delegate = leastLoaded(readers.of(namespace), load) ?? 'admin';
      add(delegate);
      return { namespace, patch: delegateAssigned(namespace, delegate) };
    });
    await patchNamespaces(
      graph,
      open.context(),
      assigned.map(({ patch }) => patch),
    );
    for (const { namespace, patch } of assigned) visit({ ...namespace, ...patch });
  }
  return (namespace) => {
    const others = new Set(readers.of(namespace));
    if (namespace.delegate !== null) others.delete(namespace.delegate);
    const other = leastLoaded(others, load) ?? null;
    if (other !== null) add(other);
    return other;
  };
}

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
