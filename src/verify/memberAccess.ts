import type { DropboxSession } from '../dropbox';
import { readEntriesOfItems } from '../graph/entries/entries';
import { readableRecords } from '../graph/readers/readable';
import { storedItems, type StoredItem } from '../graph/readers/recordStructure';
import type { MemberDocument, SyncFilters } from '../sync/documents';
import { passes } from '../sync/filters';
import type { Findings } from './findings';
import { viewOf, type SeenFile } from './memberView';
import { chunks } from '../chunks';
import type { StandaloneGraph } from '../graph/driver/graph';

/** Keys or ids that one query looks up. */
const KEYS_PER_QUERY = 1000;

export interface MemberCheck {
  graph: StandaloneGraph;
  connectorId: string;
  session: DropboxSession;
  filters: SyncFilters;
  findings: Findings;
  /** Namespaces of app folders by team_member_id. */
  appFolders: ReadonlyMap<string, readonly string[]>;
  /**
   * Every file that some member has seen, and whether all that Dropbox says of it has been compared: what is in
   * nobody's view may be gone. Grows by an id a file.
   */
  seen: Map<string, boolean>;
}

/** A record that a user may read and the member does not see; what it means is known when everybody has been asked. */
export interface Extra extends Pick<StoredItem, 'recordKey' | 'itemId' | 'name'> {
  member: string;
  email: string;
}

/** Compares what Dropbox shows one member with what PipesHub lets the user read who he is. */
export async function checkMember(check: MemberCheck, member: MemberDocument): Promise<Extra[]> {
  const { graph, connectorId, session, filters, findings, seen, appFolders } = check;
  const { teamMemberId, email, userKey } = member;
  const actor = session.as({ kind: 'member', teamMemberId });
  const view = await viewOf(actor, member, filters, appFolders.get(teamMemberId) ?? []);
  const open = [...view.wanted.values()].filter(({ itemId }) => seen.get(itemId) !== true);
  await checkFacts(check, open);
  for (const itemId of view.readable) if (!seen.has(itemId)) seen.set(itemId, false);
  for (const { itemId, revision } of open) if (revision !== null) seen.set(itemId, true);

  const extras: Extra[] = [];
  if (userKey !== null) {
    for await (const batch of readableRecords(graph, userKey, connectorId)) {
      for (const { key, externalRecordId, name, isFolder } of batch) {
        if (isFolder) continue;
        view.wanted.delete(externalRecordId);
        if (!view.readable.has(externalRecordId)) {
          extras.push({ recordKey: key, itemId: externalRecordId, name, member: teamMemberId, email });
        }
      }
    }
  }
  // What is left he can read in Dropbox and not in PipesHub.
  for (const part of chunks([...view.wanted.values()], KEYS_PER_QUERY)) {
    const stored = new Map(
      (
        await storedItems(
          graph,
          connectorId,
          part.map(({ itemId }) => itemId),
        )
      ).map((item) => [item.itemId, item]),
    );
    const keptOut = await keptOutItems(
      check,
      part.filter(({ itemId, namespaceId }) => namespaceId === null && !stored.has(itemId)),
    );
    for (const { itemId, name, namespaceId } of part) {
      const record = stored.get(itemId);
      const place = namespaceId === null ? '' : ` in ${namespaceId}`;
      if (keptOut.has(itemId)) continue;
      if (!record) {
        findings.add({ kind: 'missing', text: `${name}${place} is not in the graph`, namespaceId, itemId });
      } else if (userKey !== null) {
        findings.add({
          kind: 'tooNarrow',
          text: `${email} can't read ${name}${place}, and can in Dropbox`,
          namespaceId: record.namespaces[0] ?? namespaceId,
          recordKey: record.recordKey,
          itemId,
          member: teamMemberId,
        });
      }
    }
  }
  return dropDoubles(extras);
}

/**
 * Of files that were shared one by one, those that a filter keeps out by their dates: Dropbox does not tell them in
 * that list, and the connector has them from the folder where the file lies.
 */
async function keptOutItems(
  { graph, connectorId, filters }: MemberCheck,
  files: readonly SeenFile[],
): Promise<Set<string>> {
  if (files.length === 0) return new Set();
  const entries = await readEntriesOfItems(
    graph,
    connectorId,
    files.map(({ itemId }) => itemId),
  );
  return new Set(entries.filter(({ facts }) => !passes(filters, facts)).map(({ itemId }) => itemId));
}

/** Whether the records of these files say of them what Dropbox says. */
async function checkFacts({ graph, connectorId, findings }: MemberCheck, files: readonly SeenFile[]): Promise<void> {
  for (const part of chunks(files, KEYS_PER_QUERY)) {
    const stored = await storedItems(
      graph,
      connectorId,
      part.map(({ itemId }) => itemId),
    );
    const seenFiles = new Map(part.map((file) => [file.itemId, file]));
    for (const record of stored) {
      const file = seenFiles.get(record.itemId);
      for (const fault of file ? factsThatDiffer(record, file) : []) findings.addFault(record, fault);
    }
  }
}

function* factsThatDiffer(record: StoredItem, { name, revision, size }: SeenFile): Generator<string> {
  // Dropbox reports no renaming that changes upper and lower case only: it waits for the next full sync.
  const isCalled = (given: string | null): boolean => given?.toLowerCase() === name.toLowerCase();
  if (!isCalled(record.name)) yield `is called ${name} in Dropbox`;
  else if (record.fileName !== null && !isCalled(record.fileName))
    yield `has a files document called ${record.fileName}`;
  if (revision !== null && record.revision !== revision) yield 'is of another revision than in Dropbox';
  else if (size !== null && record.size !== size) yield `has ${record.size ?? 'no'} bytes instead of ${size}`;
}

/** Several ways may lead to one record. */
const dropDoubles = (extras: readonly Extra[]): Extra[] => [
  ...new Map(extras.map((extra) => [extra.recordKey, extra])).values(),
];
