import type { DropboxActor, FileMembersAnswer, FolderPage } from '../../dropbox';
import { readEntriesOfItems } from '../../graph/entries/entries';
import { newDeadLetter } from '../../graph/state/deadLetters';
import { hasUnknownLevel, principalsOf, unreadableNames } from '../../sync/access';
import { filesWithMembers } from '../../sync/folderEntries';
import type { DeadLetterDocument, NamespaceDocument, Principal } from '../../sync/syncDocuments';
import { addUngranted, noneUngranted, type UngrantedPart } from '../access/ungranted';
import type { OpenConnector } from '../runtime/services';
import { teamOfRun } from './listingContext';

/** The member lists of the files of a page that have one. */
export interface PageMembers {
  /** By item id. */
  principals: ReadonlyMap<string, Principal[]>;
  /** Files with an access level on their list that is unknown to this version: the sharing phase reads them again. */
  levelsUnknown: ReadonlySet<string>;
  /** Names on the lists that grant nothing. */
  ungranted: UngrantedPart;
  /** Files whose members can't be read. They grant nothing to anyone, and are read again in the next run. */
  deadLetters: DeadLetterDocument[];
}

/** A call per hundred files. A list that can't be read grants nothing, and its file becomes a dead letter. */
export async function readPageMembers(
  open: OpenConnector,
  actor: DropboxActor,
  { connectorId, namespaceId }: NamespaceDocument,
  page: FolderPage,
): Promise<PageMembers> {
  const ids = filesWithMembers(page.entries);
  const principals = new Map<string, Principal[]>();
  const deadLetters: DeadLetterDocument[] = [];
  const levelsUnknown = new Set<string>();
  const ungranted = noneUngranted();
  if (ids.length === 0) return { principals, levelsUnknown, deadLetters, ungranted };
  const team = await teamOfRun(open);
  const answers = await actor.fileMembersBatch(ids);
  const stored = await storedOfUnreadable(open, { connectorId, namespaceId }, answers);
  for (const [subject, answer] of answers) {
    if ('members' in answer) {
      const access = principalsOf(answer.members, team, stored.get(subject));
      principals.set(subject, access.principals);
      addUngranted(ungranted, access.ungranted);
      if (hasUnknownLevel(answer.members)) levelsUnknown.add(subject);
    }
    const problem = 'members' in answer ? unreadableNames(answer.members) : answer.problem;
    if (problem === undefined) continue;
    const reason = `its members can't be read (${problem})`;
    const letter = { kind: 'fileMembers' as const, namespaceId, subject, reason };
    deadLetters.push(newDeadLetter(connectorId, letter, open.services.now()));
  }
  return { principals, levelsUnknown, deadLetters, ungranted };
}

/** What is stored of the lists that have names which can't be read. */
async function storedOfUnreadable(
  open: OpenConnector,
  { connectorId, namespaceId }: Pick<NamespaceDocument, 'connectorId' | 'namespaceId'>,
  answers: ReadonlyMap<string, FileMembersAnswer>,
): Promise<Map<string, Principal[]>> {
  const ids = [...answers].flatMap(([id, answer]) =>
    'members' in answer && unreadableNames(answer.members) !== undefined ? [id] : [],
  );
  const entries = ids.length === 0 ? [] : await readEntriesOfItems(open.graph, connectorId, ids);
  const here = entries.filter((entry) => entry.namespaceId === namespaceId);
  return new Map(here.map(({ itemId, principals = [] }) => [itemId, principals]));
}
