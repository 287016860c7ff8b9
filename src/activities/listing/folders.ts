import { failure, failureTypeOf } from '../../failures';
import { activeGroupMembers } from '../../graph/access/groupMembership';
import {
  allNamespaces,
  patchNamespaces,
  putNamespaces,
  removeNamespaces,
  readNamespace,
  readNamespaces,
  workByDelegate,
} from '../../graph/state/namespaces';
import { removeRecordGroup } from '../../graph/access/recordGroups';
import { deleteSyncPoints, readSyncPoints, writeSyncPoints, type SyncPoint } from '../../graph/state/syncPoints';
import { removePaths } from '../../graph/entries/commit';
import type { NamespaceDocument } from '../../sync/documents';
import { gapLine } from '../../sync/gaps';
import { folderCursorName } from '../../sync/keys';
import type {
  DelegatesInput,
  DelegateWork,
  NamespaceInput,
  NamespaceResult,
  ProbeInput,
  ProbeResult,
  RunInput,
  StepResult,
} from '../../contract/activities';
import { activeReaders } from '../team/discovery';
import { Listing } from './listing';
import { openCommit } from './listingContext';
import { MemberListReader } from '../access/memberLists';
import { isSmallShare, isIsolatable } from '../runtime/failureIsolation';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';
import { inTransaction } from '../../graph/driver/graph';

/** Namespaces that are probed at the same time; each delegate's budget holds back what would be too much for him. */
const PROBE_TOGETHER = 32;
const CURSORS_PER_WRITE = 100;

export function folderActivities(services: ActivityServices) {
  return {
    /**
     * Asks each namespace that was up to date whether something has changed: one call, many at a time. An unchanged one
     * only gets its new cursor; the rest is marked for its child workflow, and what was read here is thrown away. A few
     * that can't be asked are left to their child workflows as well, where each stops alone.
     */
    async probeNamespaces({ connectorId, members }: ProbeInput): Promise<ProbeResult> {
      const open = await OpenConnector.open(services, connectorId);
      const wanted = members ? new Set(members) : undefined;
      const probed: NamespaceDocument[] = [];
      const waiting = { listed: 0, leaving: 0 };
      for await (const batch of allNamespaces(open.graph, connectorId)) {
        for (const one of batch) {
          if (one.work === 'remove') waiting.leaving += 1;
          else if (one.work !== 'none') waiting.listed += 1;
          else if (isProbed(one, wanted)) probed.push(one);
        }
      }
      const cursors = await readSyncPoints(
        open.graph,
        open.context(),
        probed.map(({ namespaceId }) => folderCursorName(namespaceId)),
      );
      let fresh: SyncPoint[] = [];
      const counts = { probed: probed.length, changed: 0, lost: 0 };
      let failed = 0;
      for (const batch of chunks(probed, PROBE_TOGETHER)) {
        const answers = await Promise.all(
          batch.map((namespace) => probe(open, namespace, cursors.get(folderCursorName(namespace.namespaceId)))),
        );
        const patches: { namespaceId: string; work: NamespaceDocument['work']; due?: boolean; delegate?: null }[] = [];
        for (const [at, { namespaceId }] of batch.entries()) {
          const answer = answers[at];
          if (!answer) continue;
          if ('error' in answer) {
            failed += 1;
            if (!isSmallShare(failed, probed.length)) throw answer.error;
            patches.push({ namespaceId, work: 'continue' });
          } else if ('point' in answer) fresh.push(answer.point);
          else if (answer.work === 'lost') patches.push({ namespaceId, work: 'relist', due: true, delegate: null });
          else patches.push({ namespaceId, work: answer.work });
        }
        counts.changed += patches.length;
        counts.lost += patches.filter(({ due }) => due).length;
        if (patches.length > 0) await patchNamespaces(open.graph, open.context(), patches);
        if (fresh.length >= CURSORS_PER_WRITE) {
          await writeSyncPoints(open.graph, open.context(), fresh);
          fresh = [];
        }
        checkpoint();
      }
      await writeSyncPoints(open.graph, open.context(), fresh);
      return { ...counts, ...waiting, listed: waiting.listed + counts.changed, ...open.calls };
    },

    /** The next acting members, in the order of their ids, with the namespaces that they have to list in this run. */
    async nextDelegates({ connectorId, after, limit, only }: DelegatesInput): Promise<DelegateWork[]> {
      if (!only) return workByDelegate(services.graph, connectorId, after, limit);
      const works = new Map<string, string[]>();
      for (const { namespaceId, delegate, work } of (
        await readNamespaces(services.graph, connectorId, only)
      ).values()) {
        if (delegate === null || (work !== 'relist' && work !== 'continue')) continue;
        works.set(delegate, [...(works.get(delegate) ?? []), namespaceId]);
      }
      return [...works]
        .map(([delegate, namespaceIds]) => ({ delegate, namespaceIds }))
        .sort((a, b) => (a.delegate < b.delegate ? -1 : 1));
    },

    /**
     * Reads on in one namespace, for about a minute: page by page, batch by batch. Resumes at the stored cursor, so any
     * attempt may die at any moment. When somebody else has to read it, that is settled here, and the next call goes on.
     */
    async syncNamespace(input: NamespaceInput): Promise<NamespaceResult> {
      const { connectorId, namespaceId } = input;
      const open = await OpenConnector.open(services, connectorId);
      const namespace = await readNamespace(open.graph, connectorId, namespaceId);
      if (namespace === null || namespace.work === 'remove' || namespace.work === 'none') return { done: true };
      const listing = await Listing.open(open, namespace, input);
      try {
        return { ...(await listing.readPages()), ...open.calls };
      } catch (error) {
        switch (failureTypeOf(error)) {
          case 'CursorReset':
            await listing.restart();
            return { done: false, restarted: true, ...listing.counts, ...open.calls };
          case 'NamespaceUnreachable':
          case 'PathRootChanged':
            return {
              ...(await replaceDelegate(open, namespace, input.refused ?? [], error)),
              ...listing.counts,
              ...open.calls,
            };
          default:
            throw error;
        }
      }
    },

    /** Namespaces that are to be removed, some at a time. */
    async nextRemovals({ connectorId }: RunInput): Promise<string[]> {
      const ids: string[] = [];
      for await (const batch of allNamespaces(services.graph, connectorId)) {
        for (const { work, namespaceId } of batch) if (work === 'remove' && ids.length < 100) ids.push(namespaceId);
      }
      return ids;
    },

    /** Removes what is left of a namespace that is gone: its entries, its record group, its cursor, itself. */
    async removeNamespace({
      connectorId,
      runId,
      namespaceId,
    }: RunInput & { namespaceId: string }): Promise<StepResult> {
      const open = await OpenConnector.open(services, connectorId);
      const namespace = await readNamespace(open.graph, connectorId, namespaceId);
      if (namespace === null) return { done: true };
      const commit = openCommit(open, namespace, runId);
      const counts = await removePaths(commit, [''], 'below them');
      await deleteSyncPoints(open.graph, open.context(), [folderCursorName(namespaceId)]);
      if (await isGroupOfAnother(open, namespace)) {
        await removeNamespaces(open.graph, connectorId, [namespaceId]);
        return { ...counts, done: true };
      }
      const { revoked } = await removeRecordGroup(open.graph, connectorId, namespaceId);
      if (namespace.unseenBy !== undefined) {
        // It is in the team's list all the same: what is known of it spares the next run the same questions.
        await putNamespaces(open.graph, [{ ...namespace, delegate: null, mark: null, work: 'none' }]);
      }
      return { ...counts, revoked: counts.revoked + revoked, done: true };
    },
  };
}

/** A member's folder keeps its record group when it becomes another namespace. */
async function isGroupOfAnother(open: OpenConnector, namespace: NamespaceDocument): Promise<boolean> {
  const { connectorId, namespaceId, externalGroupId } = namespace;
  for await (const batch of allNamespaces(open.graph, connectorId)) {
    if (
      batch.some(
        (one) => one.externalGroupId === externalGroupId && one.namespaceId !== namespaceId && one.work !== 'remove',
      )
    )
      return true;
  }
  return false;
}

const isProbed = (namespace: NamespaceDocument, members: ReadonlySet<string> | undefined): boolean =>
  namespace.work === 'none' &&
  namespace.kind !== 'received' &&
  namespace.delegate !== null &&
  (members === undefined ||
    members.has(namespace.delegate) ||
    (namespace.ownerMemberId !== null && members.has(namespace.ownerMemberId)) ||
    (namespace.principals ?? []).some(({ id, kind }) => kind === 'group' || members.has(id)));

/** What is to be done with a namespace; nothing where it is unchanged under its stored cursor. */
type ProbeAnswer = { point: SyncPoint } | { work: 'continue' | 'relist' | 'lost' } | { error: unknown } | undefined;

async function probe(
  open: OpenConnector,
  namespace: NamespaceDocument,
  point: SyncPoint | undefined,
): Promise<ProbeAnswer> {
  const { namespaceId, delegate } = namespace;
  if (!point || delegate === null || point.boundTo !== delegate) return { work: 'relist' };
  try {
    const page = await (await open.as(delegate)).continueFolder(namespaceId, point.cursor);
    if (page.hasMore || page.entries.length > 0) return { work: 'continue' };
    return page.cursor === point.cursor ? undefined : { point: { ...point, cursor: page.cursor } };
  } catch (error) {
    switch (failureTypeOf(error)) {
      case 'CursorReset':
        return { work: 'relist' };
      case 'NamespaceUnreachable':
      case 'PathRootChanged':
        return { work: 'lost' };
      default:
        if (isIsolatable(error)) return { error };
        throw error;
    }
  }
}

/**
 * Whoever listed the namespace can't any more. Its members are read again, somebody else takes over, and it is listed
 * anew by him: a cursor is bound to its reader. Where nobody is left, the namespace has a problem, and nothing in it is
 * deleted for that.
 */
async function replaceDelegate(
  open: OpenConnector,
  namespace: NamespaceDocument,
  refused: readonly string[],
  error: unknown,
): Promise<NamespaceResult> {
  const { namespaceId, delegate } = namespace;
  if (namespace.kind === 'team_folder' || namespace.kind === 'shared_folder') {
    const reader = await MemberListReader.open(open);
    const { held: waiting, failed } = await reader.read([namespace], new Set());
    if (failed[0]) throw failed[0].error;
    const [held] = waiting;
    // Listed by somebody else when an operator has answered.
    if (held) return { done: false, held };
    // Nobody can see it any more: what is stored of it goes with the other removals of this run.
    if ((await readNamespace(open.graph, open.connector._key, namespaceId))?.work === 'remove')
      return { done: true, leaving: 1 };
  }
  const next = await nextReader(open, namespaceId, delegate === null ? refused : [...refused, delegate]);
  const problem = `can't be listed (${error instanceof Error ? error.message : String(error)})`;
  await inTransaction(open.graph, ['dropboxNamespaces', 'syncPoints'], async (tx) => {
    const patch = next === null ? { problem, delegate: null } : { delegate: next };
    await patchNamespaces(tx, open.context(), [{ namespaceId, work: 'relist', mark: null, ...patch }]);
    await deleteSyncPoints(tx, open.context(), [folderCursorName(namespaceId)]);
  });
  return next === null
    ? { done: false, gap: gapLine(namespaceId, problem) }
    : { done: false, ...(delegate === null ? {} : { refused: delegate }) };
}

/** Members who are tried, although the member list names them, before an admin is. */
const READERS_TRIED = 5;

/** Another active member who can read it; then an admin; then nobody. Nobody is asked twice in a run. */
async function nextReader(
  open: OpenConnector,
  namespaceId: string,
  refused: readonly string[],
): Promise<string | null> {
  if (refused.includes('admin')) return null;
  if (refused.length >= READERS_TRIED) return 'admin';
  const namespace = await readNamespace(open.graph, open.connector._key, namespaceId);
  if (namespace === null) throw failure('NamespaceUnreachable', `namespace ${namespaceId} is not known any more`);
  const readers = await activeReaders(open, await activeGroupMembers(open.graph, open.connector._key));
  const others = [...readers.of(namespace)].filter((id) => !refused.includes(id)).sort();
  return others[0] ?? 'admin';
}
