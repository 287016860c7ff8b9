import type { TeamFolder } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { readMembers } from '../../graph/access/members';
import { confirmedGone, missingFromTeam, seenNowhere } from '../../sync/discoveryState';
import { hasJoined, isActive, isRemoved } from '../../sync/memberState';
import { hasMemberList, isUnseen } from '../../sync/namespaceState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { MemberListReader } from '../access/memberListReader';
import { isIsolatable } from '../runtime/failureIsolation';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { askById } from './askById';
import type { TeamNamespaces } from './teamNamespaces';

/** What Dropbox answers about a namespace that is asked for directly. `unseen`: everyone who was asked is refused. */
type Existence = 'gone' | 'exists' | 'unseen' | 'unknown';

const problems = {
  exists: "missing from the team's list, although Dropbox still shows it",
  unknown: "missing from the team's list, and Dropbox does not say whether it is gone",
};

/** The problem of a namespace that is listed as something unknown. */
export const listedAs = (what: string): string => `listed as one ${what}`;

/** What the decision about missing namespaces is based on. */
export interface MissingInput {
  open: OpenConnector;
  /** What the team's lists say of namespaces that they do not list as usable ones. */
  listedNow: Pick<TeamNamespaces, 'archived' | 'unknown'>;
  reader: MemberListReader;
  /** Whether the member list of a namespace that Dropbox still has is read again. Default: it is not. */
  isDue?: (known: NamespaceDocument) => boolean;
}

/**
 * What becomes of known namespaces that are not in the team's lists. One is gone if Dropbox says so of that very
 * namespace, or if two runs find no one who sees it. Otherwise its content stays.
 */
export async function decideMissing(
  input: MissingInput,
  missing: readonly NamespaceDocument[],
): Promise<NamespaceDocument[]> {
  const { open, listedNow } = input;
  const isAsked = (known: NamespaceDocument): boolean =>
    isTeamFolder(known) && !listedNow.archived.has(known.namespaceId);
  const folderIds = missing.filter(isAsked).map(({ namespaceId }) => namespaceId);
  const folders = await askById(folderIds, (ids) => open.session.team.teamFoldersByIds(ids));
  const decided: NamespaceDocument[] = [];
  for (const known of missing) {
    decided.push(await decide(input, known, folders.get(known.namespaceId)));
    checkpoint();
  }
  return decided;
}

/** `folder`: the team folder, when Dropbox was asked for it; null: it has none with this id. */
async function decide(
  { open, listedNow, reader, isDue = () => false }: MissingInput,
  known: NamespaceDocument,
  folder: TeamFolder | null | undefined,
): Promise<NamespaceDocument> {
  const { namespaceId } = known;
  // Nothing is stored of what no one could see.
  if (listedNow.archived.has(namespaceId) || isUnseen(known)) return confirmedGone(known);
  const readsMembers = known.due || (hasMemberList(known) && isDue(known));
  const unknown = listedNow.unknown.get(namespaceId);
  if (unknown !== undefined) {
    // Dropbox still has it, and its member list says who can read it, whatever else is unknown of it.
    return folder && isGone(folder) ? confirmedGone(known) : missingFromTeam(known, listedAs(unknown), readsMembers);
  }
  const answer = isTeamFolder(known)
    ? await askAboutTeamFolder(known, folder, reader)
    : await askAbout(open, known, reader);
  switch (answer) {
    case 'gone':
      return confirmedGone(known);
    case 'unseen':
      return seenNowhere(known, open.miss());
    case 'exists':
      return missingFromTeam(known, problems[answer], readsMembers);
    case 'unknown':
      return missingFromTeam(known, problems[answer]);
  }
}

const isGone = ({ status }: TeamFolder): boolean => status !== 'active' && status !== 'other';

const isTeamFolder = ({ kind }: NamespaceDocument): boolean => kind === 'team_folder' || kind === 'team_root';

async function askAboutTeamFolder(
  known: NamespaceDocument,
  folder: TeamFolder | null | undefined,
  reader: MemberListReader,
): Promise<Existence> {
  if (folder === undefined || folder?.status === 'other') return 'unknown';
  if (folder) return isGone(folder) ? 'gone' : 'exists';
  // It may be a shared folder now.
  return known.kind === 'team_root' ? 'gone' : askAboutSharedFolder(known, reader);
}

async function askAbout(open: OpenConnector, known: NamespaceDocument, reader: MemberListReader): Promise<Existence> {
  if (known.kind !== 'personal' && known.kind !== 'app_folder') return askAboutSharedFolder(known, reader);
  const { ownerMemberId: id } = known;
  const owner = id === null ? undefined : (await readMembers(open.graph, known.connectorId, [id])).get(id);
  if (owner === undefined || isRemoved(owner) || owner.status === 'invited') return 'gone';
  // Nothing can be said of what belongs to a member of an unknown status.
  if (!hasJoined(owner)) return 'unknown';
  for (const delegate of isActive(owner) ? [owner.teamMemberId, 'admin'] : ['admin']) {
    const answer = await answerTo(async () => (await open.as(delegate)).listFolder(known.namespaceId, { limit: 1 }));
    if (answer !== 'unseen') return answer;
  }
  return 'unseen';
}

async function askAboutSharedFolder(known: NamespaceDocument, reader: MemberListReader): Promise<Existence> {
  let read: Awaited<ReturnType<MemberListReader['read']>> | undefined;
  const answer = await answerTo(async () => (read = await reader.read(known, { isMissing: true })));
  if (!read) return answer;
  if ('unseenBy' in read) return read.doesNotExist ? 'gone' : 'unseen';
  return 'problem' in read ? 'unknown' : 'exists';
}

async function answerTo(ask: () => Promise<unknown>): Promise<Existence> {
  try {
    await ask();
    return 'exists';
  } catch (error) {
    const type = failureTypeOf(error);
    if (type === 'NamespaceUnreachable' || type === 'PathRootChanged') return 'unseen';
    if (isIsolatable(error)) return 'unknown';
    throw error;
  }
}
