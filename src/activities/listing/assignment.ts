import { chunks } from '../../chunks';
import type { AssignInput, RunInput } from '../../contract/activities';
import { membersPart } from '../../graph/access/members';
import { namespacesWithCursors } from '../../graph/state/folderCursors';
import { readNamespaces } from '../../graph/state/namespaces';
import { storeProgress } from '../../graph/state/progress';
import type { SyncPoint } from '../../graph/state/syncPoints';
import { folderCursorName } from '../../sync/keys';
import { delegateAssigned } from '../../sync/listingState';
import { hasMemberList, isListed, needsListing } from '../../sync/namespaceState';
import { Readers } from '../../sync/readers';
import type { NamespaceDocument } from '../../sync/syncDocuments';
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

/** A namespace that needs a delegate; null: it is not kept in memory. */
interface Unassigned {
  namespace: NamespaceDocument | null;
  point: SyncPoint | null;
}

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
  const chooser = new DelegateChooser(readers);
  const unassigned = new Map<string, Unassigned>();
  for await (const { namespace, point } of each(namespacesWithCursors(open.graph, open.context()))) {
    if (!concerns(namespace)) continue;
    const delegate = chooser.kept(namespace);
    // One without a cursor has nothing to continue at, as where PipesHub has deleted it: it is listed from the start.
    const hasWork = point !== null || needsListing(namespace);
    if (!isListed(namespace)) visit(namespace, point);
    else if (delegate !== null && hasWork) {
      chooser.count(delegate);
      visit(namespace, point);
    } else {
      const isKept = unassigned.size < NAMESPACES_IN_MEMORY;
      unassigned.set(namespace.namespaceId, { namespace: isKept ? namespace : null, point });
    }
  }
  // All kept delegates are counted before the first new one is chosen.
  for (const ids of chunks([...unassigned.keys()], NAMESPACES_IN_MEMORY)) {
    for (const namespace of await assignSome(open, chooser, ids, unassigned))
      visit(namespace, unassigned.get(namespace.namespaceId)?.point ?? null);
  }
  return (namespace) => chooser.chooseOther(namespace);
}

/** Stores delegates for these namespaces, and returns them with it. */
async function assignSome(
  open: OpenConnector,
  chooser: DelegateChooser,
  ids: readonly string[],
  unassigned: ReadonlyMap<string, Unassigned>,
): Promise<NamespaceDocument[]> {
  const { graph, connector } = open;
  const inMemory = ids.flatMap((id) => unassigned.get(id)?.namespace ?? []);
  const others = ids.filter((id) => unassigned.get(id)?.namespace === null);
  const namespaces = [...inMemory, ...(await readNamespaces(graph, connector._key, others)).values()];
  const patches = namespaces.map((namespace) => delegateAssigned(namespace, chooser.choose(namespace)));
  // A request that the server carries out late must not assign a namespace again that has been listed since.
  const since = namespaces.map(({ namespaceId }) => ({
    name: folderCursorName(namespaceId),
    cursor: unassigned.get(namespaceId)?.point?.cursor ?? null,
  }));
  await storeProgress(graph, open.context(), { points: [], namespaces: patches, since });
  return namespaces.map((namespace, at) => ({ ...namespace, ...patches[at] }));
}

/** Chooses delegates so that the namespaces spread over the members who can read them. */
class DelegateChooser {
  /** How many namespaces each delegate lists. */
  private readonly load = new Map<string, number>();

  constructor(private readonly readers: Readers) {}

  /** The delegate of a namespace, unless it has none, or they can't read it any more. */
  kept(namespace: NamespaceDocument): string | null {
    const { delegate } = namespace;
    return delegate === 'admin' || (delegate !== null && this.readers.of(namespace).has(delegate)) ? delegate : null;
  }

  count(delegate: string): void {
    this.load.set(delegate, (this.load.get(delegate) ?? 0) + 1);
  }

  /** The delegate for a namespace, who counts from now on. */
  choose(namespace: NamespaceDocument): string {
    const delegate = this.kept(namespace) ?? this.leastLoaded(this.readers.of(namespace)) ?? 'admin';
    this.count(delegate);
    return delegate;
  }

  /** Another delegate than the one that it has, who counts from now on; null: none is known. */
  chooseOther(namespace: NamespaceDocument): string | null {
    const others = new Set(this.readers.of(namespace));
    if (namespace.delegate !== null) others.delete(namespace.delegate);
    const other = this.leastLoaded(others) ?? null;
    if (other !== null) this.count(other);
    return other;
  }

  /**
   * The member with the fewest namespaces. Of several, it is the one with the smallest id, so that two runs make the same
   * choice.
   */
  private leastLoaded(eligible: ReadonlySet<string>): string | undefined {
    let best: string | undefined;
    for (const id of eligible) {
      if (best === undefined) best = id;
      else {
        const difference = (this.load.get(id) ?? 0) - (this.load.get(best) ?? 0);
        if (difference < 0 || (difference === 0 && id < best)) best = id;
      }
    }
    return best;
  }
}
