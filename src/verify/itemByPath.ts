import { chunks } from '../chunks';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { failureTypeOf } from '../failures';
import { readEntries } from '../graph/entries/entries';
import { locateRecord, type RecordLocation } from '../graph/readers/recordLocation';
import { recordKeyOfItem } from '../graph/readers/recordStructure';
import { allNamespaces } from '../graph/state/namespaces';
import { entryKey } from '../sync/keys';
import { lowerForms } from '../sync/lowerForms';
import type { EntryDocument, MemberDocument } from '../sync/syncDocuments';
import type { Check } from './check';
import type { ExplainRequest } from './explanation';

/** Keys that one query looks up. */
const KEYS_PER_QUERY = 1000;
/** How deep mounted folders are followed. */
const MAX_MOUNT_DEPTH = 20;

/** Where an item is searched for. */
export type ItemScope = Pick<Check, 'graph' | 'connectorId' | 'session'>;

/**
 * Finds a record by its key, by Dropbox's `id:`, or by a path. A path may be as the user sees it in Dropbox, a folder's
 * name and the path in it (through mounted folders, even if the user can't see them), or `ns:<namespace id>/<path>`.
 * @throws RecordUnknown, InvalidArgument for a path that several folders have
 */
export async function findItem(
  scope: ItemScope,
  { path, record }: Omit<ExplainRequest, 'user'>,
  member: MemberDocument | null,
): Promise<RecordLocation> {
  const { graph, connectorId } = scope;
  const key =
    path !== undefined
      ? await keyOfPath(scope, absolute(path), member)
      : record?.startsWith('id:') === true
        ? await recordKeyOfItem(graph, connectorId, record)
        : record;
  const found = key === undefined ? null : await locateRecord(graph, key);
  if (found?.connectorId === connectorId) return found;
  throw unknown(
    `the graph holds no item ${path ?? record}: give the path as the user sees it, the shared folder's name and the path in it, or ns:<namespace id>/<path>`,
  );
}

const unknown = (message: string): DropboxTeamsError => new DropboxTeamsError('RecordUnknown', message);

/** People write paths with or without the slashes at both ends. */
function absolute(path: string): string {
  const plain = path.trim().replace(/\/+$/, '');
  return plain.startsWith('/') || plain.startsWith('ns:') ? plain : `/${plain}`;
}

const keyOfPath = async (scope: ItemScope, path: string, member: MemberDocument | null): Promise<string | undefined> =>
  (await keyAsSeen(scope, path, member)) ?? (await keyAsStored(scope, path, member));

/** Looks the path up as the member: in their root first, which also contains what is mounted. */
async function keyAsSeen(
  { graph, connectorId, session }: ItemScope,
  path: string,
  member: MemberDocument | null,
): Promise<string | undefined> {
  if (member?.status !== 'active' || path.startsWith('ns:')) return undefined;
  const actor = session.as({ kind: 'member', teamMemberId: member.teamMemberId });
  for (const namespaceId of new Set([member.rootNamespaceId, member.homeNamespaceId])) {
    try {
      const entry = await actor.metadata(path, namespaceId === null ? {} : { namespaceId });
      const key = entry ? await recordKeyOfItem(graph, connectorId, entry.id) : undefined;
      if (key !== undefined) return key;
    } catch (error) {
      const type = failureTypeOf(error) ?? '';
      if (!refusals.has(type) && !outages.has(type)) throw error;
    }
  }
  return undefined;
}

/** Failures that mean that a member does not see the item. */
export const refusals: ReadonlySet<string> = new Set([
  'NamespaceUnreachable',
  'PathRootChanged',
  'AccessDenied',
  'RecordUnknown',
  'DropboxUnexpected',
]);

/** Failures that say nothing about the item. */
export const outages: ReadonlySet<string> = new Set(['DropboxUnavailable', 'DropboxRateLimited']);

interface Place {
  namespaceId: string;
  /** Lower case, from the root of the namespace; empty: the root itself. */
  path: string;
}

/**
 * Looks the path up in the stored namespaces. It starts with `ns:`, or with the name of a namespace, or is relative to
 * one.
 */
async function keyAsStored(scope: ItemScope, path: string, member: MemberDocument | null): Promise<string | undefined> {
  const named = /^ns:([^/]+)(\/.*)$/.exec(path);
  const forms = lowerForms(named?.[2] ?? path).map((form) => {
    const [, first = '', rest = ''] = /^\/([^/]+)(\/.*)?$/.exec(form) ?? [];
    return { form, first, rest };
  });
  // A namespace of that name comes first, then the member's home, then all others.
  const candidates: Place[][] = [[], [], []];
  for await (const batch of allNamespaces(scope.graph, scope.connectorId)) {
    for (const { namespaceId, name } of batch) {
      if (named && named[1] !== namespaceId) continue;
      const names = named ? [] : lowerForms(name);
      for (const { form, first, rest } of forms) {
        if (names.includes(first)) candidates[0]?.push({ namespaceId, path: rest });
        candidates[namespaceId === member?.homeNamespaceId ? 1 : 2]?.push({ namespaceId, path: form });
      }
    }
  }
  for (const places of candidates) {
    const found = await entriesAt(scope, places, MAX_MOUNT_DEPTH);
    const keys = new Set(found.flatMap(({ recordKey }) => recordKey ?? []));
    if (keys.size > 1) {
      const all = found.map((entry) => `ns:${entry.namespaceId}${entry.path}`).join(', ');
      throw new DropboxTeamsError('InvalidArgument', `several folders have an item ${path}: name one, ${all}`);
    }
    const [key] = keys;
    if (key !== undefined) return key;
    if (found.some(({ kind, recordKey }) => kind === 'file' && recordKey === null)) {
      throw unknown(`the graph does not hold ${path}: the connector's filters keep it out`);
    }
    if (found.some(({ kind }) => kind === 'mount') || places.some((place) => place.path === '')) {
      throw unknown(`${path} is a shared folder itself: ask for an item that is in it`);
    }
  }
  return undefined;
}

/** The entries at these places, also inside of folders that are mounted above them. */
async function entriesAt(scope: ItemScope, places: readonly Place[], maxDepth: number): Promise<EntryDocument[]> {
  const { graph, connectorId } = scope;
  const keyOf = ({ namespaceId, path }: Place): string => entryKey(connectorId, namespaceId, path);
  const entries = new Map<string, EntryDocument>();
  for (const part of chunks(places.flatMap(withFoldersAbove), KEYS_PER_QUERY))
    for (const entry of await readEntries(graph, part.map(keyOf))) entries.set(entry._key, entry);
  const found: EntryDocument[] = [];
  const mounted: Place[] = [];
  for (const place of places) {
    const [itself, ...above] = withFoldersAbove(place);
    const entry = itself && entries.get(keyOf(itself));
    if (entry) found.push(entry);
    for (const folder of above) {
      const mounts = entries.get(keyOf(folder))?.mounts;
      if (mounts !== undefined) mounted.push({ namespaceId: mounts, path: place.path.slice(folder.path.length) });
    }
  }
  if (mounted.length > 0 && maxDepth > 0) found.push(...(await entriesAt(scope, mounted, maxDepth - 1)));
  return [...new Map(found.map((entry) => [entry._key, entry])).values()];
}

/** The place and the folders above it, the nearest first. */
function withFoldersAbove({ namespaceId, path }: Place): Place[] {
  const places: Place[] = [];
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) places.push({ namespaceId, path: at });
  return places;
}
