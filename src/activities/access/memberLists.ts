import { chunks } from '../../chunks';
import type { ReadMembersInput, ReadMembersResult } from '../../contract/activities';
import { dueNamespacesPart, readNamespace } from '../../graph/state/namespaces';
import { mapConcurrently } from '../../mapConcurrently';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { openWithTeam } from '../runtime/openWithTeam';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { isImplausible, MemberListReader, CONCURRENT_LISTS, unreadMembers } from './memberListReader';
import { nothingWritten, writeMemberLists, type MemberList, type WrittenMemberLists } from './memberListWriter';

/** Lists in one transaction. More of them would be read again after a crash. */
const LISTS_PER_BATCH = 32;

/** Activities that read the member lists of folders. */
export function memberListActivities(services: ActivityServices) {
  return {
    /**
     * Reads and stores the member lists that are due. A namespace whose list can't be read grants nothing. A member who
     * loses access to a folder may also lose it in the folders nested in it: those become due. A repeat continues where
     * the last attempt stopped.
     */
    async readNamespaceMembers(input: ReadMembersInput): Promise<ReadMembersResult> {
      const { connectorId, limit, runId } = input;
      const total = nothingWritten();
      const due: NamespaceDocument[] = [];
      const duePart = dueNamespacesPart({ connectorId, runId, limit: limit + 1 }, (one) => void due.push(one));
      const { open, team } = await openWithTeam(services, input, [duePart]);
      if (due.length === 0) return { ...withoutNested(total), done: true };
      const reader = new MemberListReader(open, team);
      const todo = due.slice(0, limit);
      const failed: FailedList[] = [];
      for (const batch of chunks(todo, LISTS_PER_BATCH)) {
        const answers = await mapConcurrently(batch, CONCURRENT_LISTS, async (namespace) => {
          try {
            return { namespace, result: await reader.read(namespace) };
          } catch (error) {
            if (!isIsolatable(error)) throw error;
            failed.push({ namespace, error });
            return null;
          }
        });
        const lists = answers.filter((answer) => answer !== null);
        await writeMemberLists(open, team, lists, total);
        checkpoint();
      }
      if (failed.length > 0) {
        if (!shouldIsolate(failed, todo.length)) throw failed[0]?.error;
        await writeMemberLists(open, team, await unreadLists(reader, failed, runId), total);
      }
      return { ...withoutNested(total), done: due.length <= limit && total.nested === 0, ...open.calls };
    },
  };
}

interface FailedList {
  namespace: NamespaceDocument;
  error: unknown;
}

/**
 * What to store where a few lists could not be read. That Dropbox answers has to show first: by another folder's list, or
 * by answers that can't be true. Without another folder to compare with, such an answer takes access away only when it is
 * read again. @throws the first error if Dropbox does not answer
 */
async function unreadLists(
  reader: MemberListReader,
  failed: readonly FailedList[],
  runId: string,
): Promise<MemberList[]> {
  const readAnother = await reader.canReadAnother(new Set(failed.map(({ namespace }) => namespace.namespaceId)));
  const isAnswered = readAnother ?? failed.every(({ error }) => isImplausible(error));
  if (!isAnswered) throw failed[0]?.error;
  const isDoubtful = ({ ownerless }: NamespaceDocument): boolean =>
    readAnother === null && (ownerless ?? runId) === runId;
  return failed.map(({ namespace, error }) => ({
    namespace,
    result: unreadMembers(error, isDoubtful(namespace) ? namespace : undefined),
  }));
}

const withoutNested = ({ nested: _, ...counts }: WrittenMemberLists): Omit<WrittenMemberLists, 'nested'> => counts;

/** Reads and stores the member list of one namespace, for an activity that can't continue without it. */
export async function readMemberListOf(
  open: OpenConnector,
  team: TeamIndex,
  namespace: NamespaceDocument,
): Promise<WrittenMemberLists> {
  // Read again, since an attempt at its listing has stored a fencing token in the meantime.
  const stored = (await readNamespace(open.graph, open.connector._key, namespace.namespaceId)) ?? namespace;
  const result = await new MemberListReader(open, team).read(stored);
  const total = nothingWritten();
  await writeMemberLists(open, team, [{ namespace: stored, result }], total);
  return total;
}
