import { chunks } from '../../chunks';
import type { DropboxActor } from '../../dropbox';
import type { StandaloneGraph } from '../../graph/driver/graph';
import { readEntriesOfItems, walkMissing } from '../../graph/entries/entries';
import { mapConcurrently } from '../../mapConcurrently';
import { isBelowAny } from '../../sync/folderEntries';
import { isSince } from '../../sync/keys';
import { isConfirmed, type Miss } from '../../sync/notSeen';
import type { EntryDocument, NamespaceDocument } from '../../sync/syncDocuments';
import { checkpoint } from '../runtime/services';
import { askById } from '../team/askById';
import { lastPointers } from './pendingDeletions';

/** Most items that one listing asks for, a call each. What is below a folder goes with it, and costs no call. */
export const MOST_QUESTIONS = 300;
const CONCURRENT_QUESTIONS = 8;

/**
 * What Dropbox says of the items that a complete listing has not shown. `none`: it has shown all of them. `gone`: none of
 * them is in the namespace any more. `leftOut`: one of them still is, so the listing is short. `unknown`: Dropbox did not
 * answer, or there are too many to ask for.
 */
type Answer = 'none' | 'gone' | 'leftOut' | 'unknown';

export const missingProblems: Readonly<Record<Exclude<Answer, 'none' | 'gone'>, string>> = {
  leftOut: 'its listing leaves out what Dropbox still has; it is listed again in the next run',
  unknown: 'its listing leaves out what was there before; a later run has to confirm that it is gone',
};

/** Asks for what the listing that `mark` names has not shown, by id, as the delegate who listed it. */
export async function askForMissing(
  graph: StandaloneGraph,
  actor: Pick<DropboxActor, 'contains'>,
  namespace: Pick<NamespaceDocument, 'connectorId' | 'namespaceId' | 'mark' | 'leftOut'>,
  run: Miss,
): Promise<Answer> {
  const missing = await findMissing(graph, namespace, run);
  if (missing === 'none') return 'none';
  let isAnswered = missing.isAll;
  for (const ids of chunks(missing.toAsk, CONCURRENT_QUESTIONS)) {
    const answers = await askById(ids, async (asked) => new Map(await mapConcurrently([...asked], asked.length, ask)));
    for (const id of ids) {
      const answer = answers.get(id) ?? null;
      if (answer === true) return 'leftOut';
      isAnswered &&= answer !== null;
    }
    checkpoint();
  }
  return isAnswered ? 'gone' : 'unknown';

  async function ask(itemId: string): Promise<[string, boolean | null]> {
    return [itemId, await actor.contains(namespace.namespaceId, itemId)];
  }
}

/** What a complete listing has not shown. `toAsk`: ids of items; `isAll`: there are no more than may be asked for. */
type Missing = 'none' | { toAsk: string[]; isAll: boolean };

/**
 * The items to ask for: each has a record that no other entry points to, and lies below none of the others.
 * What the listing of an earlier run left out, long enough ago, and each one since, is gone.
 */
async function findMissing(
  graph: StandaloneGraph,
  {
    connectorId,
    namespaceId,
    mark,
    leftOut,
  }: Pick<NamespaceDocument, 'connectorId' | 'namespaceId' | 'mark' | 'leftOut'>,
  run: Miss,
): Promise<Missing> {
  const first = leftOut && isConfirmed(leftOut, run) ? leftOut.generation : null;
  const isAsked = ({ mark: seen }: EntryDocument): boolean => first === null || isSince(seen, first);
  const toAsk: string[] = [];
  const folders = new Set<string>();
  let isNone = true;
  for await (const page of walkMissing(graph, { connectorId, namespaceId }, mark ?? '')) {
    isNone &&= page.length === 0;
    const missing = await lastPointers(graph, page.filter(isAsked));
    const shown = await shownElsewhere(graph, { connectorId, namespaceId, mark }, missing);
    // A folder comes before what it contains.
    for (const { path, kind, itemId } of missing) {
      if (shown.has(itemId)) continue;
      if (isBelowAny(path, folders)) continue;
      if (toAsk.length === MOST_QUESTIONS) return { toAsk, isAll: false };
      toAsk.push(itemId);
      if (kind === 'folder') folders.add(path);
    }
    checkpoint();
  }
  return isNone ? 'none' : { toAsk, isAll: true };
}

/** The items among these that the listing has shown at another path, where the filters keep them without a record. */
async function shownElsewhere(
  graph: StandaloneGraph,
  { connectorId, namespaceId, mark }: Pick<NamespaceDocument, 'connectorId' | 'namespaceId' | 'mark'>,
  missing: readonly EntryDocument[],
): Promise<Set<string>> {
  if (missing.length === 0) return new Set();
  const ids = missing.map(({ itemId }) => itemId);
  const entries = await readEntriesOfItems(graph, connectorId, ids);
  const shown = entries.filter((entry) => entry.namespaceId === namespaceId && entry.mark === mark);
  return new Set(shown.map(({ itemId }) => itemId));
}
