import { activityInfo } from '@temporalio/activity';
import { chunks } from '../../chunks';
import type { ProbeInput, ProbeResult } from '../../contract/activities';
import { failureTypeOf } from '../../failures';
import { readWithCursors, type NamespaceWithCursor } from '../../graph/state/folderCursors';
import { storeProgress } from '../../graph/state/progress';
import type { SyncPoint } from '../../graph/state/syncPoints';
import { mapConcurrently } from '../../mapConcurrently';
import { folderCursorName } from '../../sync/keys';
import { contentChanged, delegateLost, relistFromStart } from '../../sync/listingState';
import { isLeaving, isProbeable, needsListing, type NamespacePatch } from '../../sync/namespaceState';
import type { Readers } from '../../sync/readers';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { isIsolatable, isSmallShare } from '../runtime/failureIsolation';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { assignDelegates, NAMESPACES_IN_MEMORY, openWithReaders, type ChooseOther } from './assignment';

/** Namespaces that are probed concurrently. Each delegate's budget delays what would exceed their rate limit. */
const CONCURRENT_PROBES = 32;
const PROBES_PER_WRITE = 96;

export function probeActivities(services: ActivityServices) {
  return {
    /**
     * Assigns the delegates, and asks for each namespace that was up to date whether something has changed: one call
     * each, many concurrently. An unchanged one gets only its new cursor. The others are marked for their child workflow,
     * and what was read here is discarded. So are those of a delegate whose rate limit is exhausted, and a few that can't
     * be asked: each waits or fails alone in its child workflow. A repeat continues after the batch that was stored last.
     */
    async probeNamespaces({ connectorId, runId, members, listsAll = false }: ProbeInput): Promise<ProbeResult> {
      const { open, readers } = await openWithReaders(services, { connectorId, runId });
      const earlier = activityInfo().heartbeatDetails as ProbeProgress | undefined;
      const { after, ...counts } = earlier ?? { after: '', probed: 0, changed: 0, lost: 0 };
      const { ids: found, inMemory, chooseOther, ...waiting } = await namespacesToProbe(open, readers, members, after);
      const ids = listsAll ? [] : found;
      let failed = 0;
      for (const idsOfBatch of chunks(ids, PROBES_PER_WRITE)) {
        const batch = await readBatch(open, idsOfBatch, inMemory);
        const answers = await mapConcurrently(batch, CONCURRENT_PROBES, (one) => probe(open, one, chooseOther));
        const patches: NamespacePatch[] = [];
        const points: SyncPoint[] = [];
        for (const answer of answers) {
          if (answer.error !== undefined) failed += 1;
          if (!isSmallShare(failed, ids.length)) throw answer.error;
          if (answer.point) points.push(answer.point);
          if (answer.patch) patches.push(answer.patch);
          if (answer.isLost) counts.lost += 1;
        }
        const changed = patches.length;
        const since = batch.map(({ namespace: { namespaceId }, point }) => ({
          name: folderCursorName(namespaceId),
          cursor: point?.cursor ?? null,
        }));
        await storeProgress(open.graph, open.context(), { points, namespaces: patches, since });
        counts.probed += batch.length;
        counts.changed += changed;
        waiting.listed += changed;
        checkpoint({ after: idsOfBatch.at(-1) ?? '', ...counts } satisfies ProbeProgress);
      }
      return { ...counts, ...waiting, ...open.calls };
    },
  };
}

/** What is stored, in the order of the ids of namespaces. */
type ProbeProgress = Pick<ProbeResult, 'probed' | 'changed' | 'lost'> & { after: string };

interface ToProbe {
  /** Of the namespaces, sorted. */
  ids: string[];
  /** Those of them that are in memory already. */
  inMemory: Map<string, NamespaceWithCursor>;
  chooseOther: ChooseOther;
  listed: number;
  leaving: number;
}

async function namespacesToProbe(
  open: OpenConnector,
  readers: Readers,
  members: readonly string[] | undefined,
  after: string,
): Promise<ToProbe> {
  const named = members && new Set(members);
  const ids: string[] = [];
  const inMemory: ToProbe['inMemory'] = new Map();
  const waiting = { listed: 0, leaving: 0 };
  const visit = (namespace: NamespaceDocument, point: SyncPoint | null): void => {
    const { namespaceId } = namespace;
    if (isLeaving(namespace)) waiting.leaving += 1;
    else if (needsListing(namespace)) waiting.listed += 1;
    else if (namespaceId > after && isProbeable(namespace) && (!named || concerns(namespace, named))) {
      ids.push(namespaceId);
      if (inMemory.size < NAMESPACES_IN_MEMORY) inMemory.set(namespaceId, { namespace, point });
    }
  };
  const chooseOther = await assignDelegates(open, readers, { visit });
  return { ids: ids.sort(), inMemory, chooseOther, ...waiting };
}

/** The namespaces of a batch that can still be probed, from memory or from the graph. */
async function readBatch(
  open: OpenConnector,
  ids: readonly string[],
  inMemory: ToProbe['inMemory'],
): Promise<NamespaceWithCursor[]> {
  const others = ids.filter((id) => !inMemory.has(id));
  const read = others.length === 0 ? [] : await readWithCursors(open.graph, open.context(), others);
  const found = [...ids.flatMap((id) => inMemory.get(id) ?? []), ...read.filter((one) => isProbeable(one.namespace))];
  for (const id of ids) inMemory.delete(id);
  return found;
}

/** Whether one of these members lists a namespace, owns it, or may see it through their own access or a group. */
const concerns = ({ delegate, ownerMemberId, principals }: NamespaceDocument, members: ReadonlySet<string>): boolean =>
  (delegate !== null && members.has(delegate)) ||
  (ownerMemberId !== null && members.has(ownerMemberId)) ||
  (principals ?? []).some(({ id, kind }) => kind === 'group' || members.has(id));

/** Empty: nothing has changed, and the cursor is the same. */
interface ProbeAnswer {
  point?: SyncPoint;
  patch?: NamespacePatch;
  isLost?: boolean;
  error?: unknown;
}

async function probe(
  open: OpenConnector,
  { namespace, point }: NamespaceWithCursor,
  chooseOther: ChooseOther,
): Promise<ProbeAnswer> {
  const { namespaceId, delegate } = namespace;
  if (!point || delegate === null) return { patch: relistFromStart(namespace) };
  try {
    if (point.boundTo !== (await open.cursorOwner(delegate))) return { patch: relistFromStart(namespace) };
    const page = await (await open.as(delegate)).continueFolder(namespaceId, point.cursor);
    if (page.hasMore || page.entries.length > 0 || page.refused) return { patch: contentChanged(namespace) };
    return page.cursor === point.cursor ? {} : { point: { ...point, cursor: page.cursor } };
  } catch (error) {
    switch (failureTypeOf(error)) {
      case 'CursorReset':
        return { patch: relistFromStart(namespace) };
      case 'NamespaceUnreachable':
      case 'PathRootChanged':
        // Its member list may still name the delegate, whom Dropbox has just refused. If no one else is known, they are
        // tried again, so that it is listed in this run: its listing reads the member list, and comes to an admin.
        return { patch: delegateLost(namespace, chooseOther(namespace) ?? delegate), isLost: true };
      case 'DropboxRateLimited':
        return { patch: contentChanged(namespace) };
      default:
        if (isIsolatable(error)) return { patch: contentChanged(namespace), error };
        throw error;
    }
  }
}
