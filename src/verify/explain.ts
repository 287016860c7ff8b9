import { DropboxTeamsError } from '../DropboxTeamsError';
import { failureTypeOf } from '../failures';
import { findUser } from '../graph/access/users';
import { accessPaths } from '../graph/readers/accessPaths';
import type { RecordLocation } from '../graph/readers/recordLocation';
import { memberByEmail, userByKey } from '../graph/readers/verification';
import { readNamespaces } from '../graph/state/namespaces';
import type { MemberDocument } from '../sync/syncDocuments';
import type { Explanation, ExplainRequest, ItemPlace } from './explanation';
import { explanationText } from './explanationText';
import { findItem, outages, refusals, type ItemScope } from './itemByPath';

interface Scope extends ItemScope {
  orgId: string;
}

/** Explains why a user can or can't read an item. @throws RecordUnknown, InvalidArgument */
export async function explain(scope: Scope, request: ExplainRequest): Promise<Explanation> {
  const { graph, connectorId, orgId } = scope;
  const email = request.user.trim().toLowerCase();
  const member = await memberByEmail(graph, connectorId, email);
  const user = member?.userKey != null ? await userByKey(graph, member.userKey) : await findUser(graph, orgId, email);
  if (!user && !member) {
    throw new DropboxTeamsError('InvalidArgument', `user: neither PipesHub nor the Dropbox team knows ${email}`);
  }
  const record = await findItem(scope, request, member);
  const access = await accessPaths(graph, user?._key ?? '', record.key);
  const places = await placesOf(scope, record);
  const dropbox = await askDropbox(scope, record, places, member);
  const explanation = {
    connectorId,
    user: {
      email,
      userKey: user?._key ?? null,
      hasAccount: user?.isActive === true,
      teamMemberId: member?.teamMemberId ?? null,
      status: member?.status ?? null,
    },
    item: { recordKey: record.key, itemId: record.itemId, name: record.name, places },
    graph: { allowed: access.allowed, hasApp: access.hasApp, paths: access.paths },
    dropbox,
    agree: dropbox.allowed === null ? null : dropbox.allowed === access.allowed,
  };
  return { ...explanation, sentences: explanationText(explanation) };
}

async function placesOf({ graph, connectorId }: Scope, { places }: RecordLocation): Promise<ItemPlace[]> {
  const ids = places.map(({ namespaceId }) => namespaceId);
  const namespaces = await readNamespaces(graph, connectorId, ids);
  return places.map(({ namespaceId, path }) => {
    const { name, principals } = namespaces.get(namespaceId) ?? { name: namespaceId, principals: null };
    const groups = (principals ?? []).filter(({ kind }) => kind === 'group').length;
    return { namespaceId, name, path, people: (principals ?? []).length - groups, groups };
  });
}

/** Dropbox's own answer: whether the member finds the item when they ask for it. */
async function askDropbox(
  { session }: Scope,
  record: RecordLocation,
  places: readonly ItemPlace[],
  member: MemberDocument | null,
): Promise<Explanation['dropbox']> {
  if (!member) return { allowed: false, reason: 'is not a member of the Dropbox team' };
  if (member.status !== 'active') return { allowed: false, reason: `is ${member.status} in the Dropbox team` };
  const actor = session.as({ kind: 'member', teamMemberId: member.teamMemberId });
  // The namespace of received files is the connector's own: Dropbox does not know it.
  const received = new Set(record.places.filter(({ kind }) => kind === 'received').map((place) => place.namespaceId));
  for (const { namespaceId, name, path } of places.filter((place) => !received.has(place.namespaceId))) {
    try {
      const entry = await actor.metadata(record.itemId, { namespaceId });
      if (entry) return { allowed: true, reason: `finds it at ${path} in "${name}" (namespace ${namespaceId})` };
    } catch (error) {
      const type = failureTypeOf(error) ?? '';
      if (outages.has(type)) return { allowed: null, reason: 'could not be asked: Dropbox does not answer' };
      if (!refusals.has(type)) throw error;
    }
  }
  for await (const page of actor.receivedFiles()) {
    if (page.some(({ fileId }) => fileId === record.itemId)) {
      return { allowed: true, reason: 'received the file, which was shared singly' };
    }
  }
  return { allowed: false, reason: 'does not find it' };
}
