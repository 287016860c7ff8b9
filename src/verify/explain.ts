import type { Database } from 'arangojs';
import type { DropboxSession } from '../dropbox';
import { failureTypeOf } from '../errors';
import { readEntries } from '../graph/entries';
import { allNamespaces } from '../graph/namespaces';
import { defineQuery, run } from '../graph/query';
import { accessPaths, type AccessPath } from '../graph/reading';
import { chunks } from '../graph/steps';
import { findUser } from '../graph/users';
import { locateRecord, type RecordLocation } from '../client/recordQueries';
import { DropboxTeamsError } from '../client/errors';
import type { MemberDocument } from '../sync/documents';
import { entryKey } from '../sync/keys';

export interface ExplainRequest {
  /** E-mail address. */
  user: string;
  /** As the user sees it in Dropbox, or `ns:<namespace id>/path`, or a folder's name and the path in it. */
  path?: string;
  /** Key of the record, or its `id:…` in Dropbox. */
  record?: string;
}

export interface Explanation {
  connectorId: string;
  user: { email: string; userKey: string | null; teamMemberId: string | null; status: MemberDocument['status'] | null };
  item: { recordKey: string; itemId: string; name: string; places: { namespaceId: string; path: string }[] };
  /** What PipesHub's readers answer, and the chains of edges that lead there. */
  graph: { allowed: boolean; hasApp: boolean; paths: AccessPath[] };
  /** allowed null: Dropbox could not be asked. */
  dropbox: { allowed: boolean | null; reason: string };
  /** null: Dropbox could not be asked. */
  agree: boolean | null;
  /** The same in words. */
  sentences: string[];
}

interface Scope {
  db: Database;
  connectorId: string;
  orgId: string;
  session: DropboxSession;
}

/** Why a user can, or can't, read an item. @throws RecordUnknown, InvalidArgument */
export async function explain(scope: Scope, request: ExplainRequest): Promise<Explanation> {
  const { db, connectorId, orgId } = scope;
  const email = request.user.trim().toLowerCase();
  const member = await memberByEmail(db, connectorId, email);
  const user = member?.userKey != null ? { _key: member.userKey } : await findUser(db, orgId, email);
  if (!user && !member) {
    throw new DropboxTeamsError('InvalidArgument', `--user: neither PipesHub nor the Dropbox team knows ${email}`);
  }
  const record = await findRecord(scope, request, member);
  const access = await accessPaths(db, user?._key ?? '', record.key);
  const graph = { allowed: access.allowed, hasApp: access.hasApp, paths: access.paths };
  const dropbox = await askDropbox(scope, record, member);
  const explanation = {
    connectorId,
    user: {
      email,
      userKey: user?._key ?? null,
      teamMemberId: member?.teamMemberId ?? null,
      status: member?.status ?? null,
    },
    item: {
      recordKey: record.key,
      itemId: record.itemId,
      name: record.name,
      places: record.places.map(({ namespaceId, path }) => ({ namespaceId, path })),
    },
    graph,
    dropbox,
    agree: dropbox.allowed === null ? null : dropbox.allowed === graph.allowed,
  };
  return { ...explanation, sentences: inWords(explanation) };
}

const byEmail = defineQuery<{ connectorId: string; email: string }, MemberDocument>(
  'explain.memberByEmail',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.email == @email
     SORT member.status == "active" DESC
     LIMIT 1
     RETURN member`,
  { connectorId: 'connector', email: 'a@b' },
);

const memberByEmail = async (db: Database, connectorId: string, email: string): Promise<MemberDocument | null> =>
  (await run(db, byEmail, { connectorId, email }))[0] ?? null;

const byItem = defineQuery<{ connectorId: string; itemId: string }, string>(
  'explain.recordOfItem',
  `FOR record IN records
     FILTER record.externalRecordId == @itemId AND record.connectorId == @connectorId
     RETURN record._key`,
  { connectorId: 'connector', itemId: 'id:1' },
);

async function findRecord(
  scope: Scope,
  { path, record }: ExplainRequest,
  member: MemberDocument | null,
): Promise<RecordLocation> {
  const { db, connectorId } = scope;
  const key =
    record !== undefined
      ? record.startsWith('id:')
        ? (await run(db, byItem, { connectorId, itemId: record }))[0]
        : record
      : await keyOfPath(scope, absolute(path ?? ''), member);
  const found = key === undefined ? null : await locateRecord(db, key);
  if (!found || found.connectorId !== connectorId) {
    throw new DropboxTeamsError(
      'RecordUnknown',
      `The graph holds no item ${path ?? record}: give the path as the user sees it, the shared folder's name and the path in it, or ns:<namespace id>/<path>`,
    );
  }
  return found;
}

/** As people write paths: with or without the slashes at both ends. */
function absolute(path: string): string {
  const plain = path.trim().replace(/\/+$/, '');
  return plain.startsWith('/') || plain.startsWith('ns:') ? plain : `/${plain}`;
}

const keyOfPath = async (scope: Scope, path: string, member: MemberDocument | null): Promise<string | undefined> =>
  (await keyAsSeen(scope, path, member)) ?? (await keyAsStored(scope, path));

/** The path in the member's own view: his root first, which also shows what is mounted. */
async function keyAsSeen(
  { db, connectorId, session }: Scope,
  path: string,
  member: MemberDocument | null,
): Promise<string | undefined> {
  if (member?.status !== 'active' || path.startsWith('ns:')) return undefined;
  const actor = session.as({ kind: 'member', teamMemberId: member.teamMemberId });
  for (const namespaceId of new Set([member.rootNamespaceId, member.homeNamespaceId])) {
    try {
      const entry = await actor.metadata(path, namespaceId === null ? {} : { namespaceId });
      const [key] = entry ? await run(db, byItem, { connectorId, itemId: entry.id }) : [];
      if (key !== undefined) return key;
    } catch (error) {
      if (!refusals.has(failureTypeOf(error) ?? '')) throw error;
    }
  }
  return undefined;
}

/** A member who may not look there is an answer as well. */
const refusals = new Set<string>([
  'NamespaceUnreachable',
  'PathRootChanged',
  'AccessDenied',
  'RecordUnknown',
  'DropboxUnexpected',
]);

/** The path in some namespace: `ns:` names it, else its name is the first part, or the path is relative to it. */
async function keyAsStored({ db, connectorId }: Scope, path: string): Promise<string | undefined> {
  const named = /^ns:([^/]+)(\/.*)$/.exec(path);
  const lower = (named?.[2] ?? path).toLowerCase();
  const [, first = '', rest = ''] = /^\/([^/]+)(\/.*)?$/.exec(lower) ?? [];
  const keys: string[] = [];
  for await (const batch of allNamespaces(db, connectorId)) {
    for (const { namespaceId, name } of batch) {
      if (named && named[1] !== namespaceId) continue;
      if (!named && rest !== '' && name.toLowerCase() === first) keys.unshift(entryKey(connectorId, namespaceId, rest));
      keys.push(entryKey(connectorId, namespaceId, lower));
    }
  }
  for (const part of chunks(keys)) {
    const entries = new Map((await readEntries(db, part)).map((entry) => [entry._key, entry]));
    for (const key of part) {
      const recordKey = entries.get(key)?.recordKey;
      if (recordKey != null) return recordKey;
    }
  }
  return undefined;
}

/** Dropbox's own answer: whether the member finds the item when he asks for it. */
async function askDropbox(
  { session }: Scope,
  record: RecordLocation,
  member: MemberDocument | null,
): Promise<Explanation['dropbox']> {
  if (!member) return { allowed: false, reason: 'is not a member of the Dropbox team' };
  if (member.status !== 'active') return { allowed: false, reason: `is ${member.status} in the Dropbox team` };
  const actor = session.as({ kind: 'member', teamMemberId: member.teamMemberId });
  for (const { namespaceId, path } of record.places) {
    try {
      const entry = await actor.metadata(record.itemId, { namespaceId });
      if (entry) return { allowed: true, reason: `finds it at ${path} in namespace ${namespaceId}` };
    } catch (error) {
      const type = failureTypeOf(error);
      if (type === 'DropboxUnavailable' || type === 'DropboxRateLimited') {
        return { allowed: null, reason: 'could not be asked: Dropbox does not answer' };
      }
      if (!refusals.has(type ?? '')) throw error;
    }
  }
  for await (const page of actor.receivedFiles()) {
    if (page.some(({ fileId }) => fileId === record.itemId)) {
      return { allowed: true, reason: 'received the file by itself' };
    }
  }
  return { allowed: false, reason: 'does not find it' };
}

function inWords({ user, item, graph, dropbox, agree }: Omit<Explanation, 'sentences'>): string[] {
  const sentences = [
    graph.allowed
      ? `${user.email} can read ${item.name} in PipesHub.`
      : `${user.email} can't read ${item.name} in PipesHub.`,
  ];
  if (user.userKey === null) sentences.push('PipesHub knows no user with this address.');
  else if (!graph.hasApp) sentences.push('The user has no relation to the connector, so PipesHub shows nothing of it.');
  if (graph.paths.length === 0) sentences.push('No chain of edges leads from the user to the item.');
  for (const path of graph.paths) sentences.push(chainInWords(path));
  sentences.push(
    dropbox.allowed === null
      ? `Dropbox: ${dropbox.reason}.`
      : `Dropbox ${dropbox.allowed ? 'lets' : 'does not let'} the member read it: ${user.email} ${dropbox.reason}.`,
  );
  if (agree === false) sentences.push('The two differ: run dropbox-teams verify --repair.');
  return sentences;
}

function chainInWords({ kind, via, viaName, target, targetName, hops, role }: AccessPath): string {
  const goal = `${targetName ?? target}${role === null ? '' : ` as ${role}`}`;
  const inherited = hops > 1 ? ` (inherited over ${hops} steps)` : '';
  const between = viaName ?? via ?? '';
  switch (kind) {
    case 'direct':
      return `The user is named on the file itself${role === null ? '' : ` as ${role}`}.`;
    case 'group':
      return `The user is in group ${between}, which is named on the file itself.`;
    case 'recordGroup':
      return `The user is named on ${goal}, from which the item inherits its access${inherited}.`;
    case 'groupRecordGroup':
      return `The user is in group ${between}, which is named on ${goal}, from which the item inherits its access${inherited}.`;
    case 'organization':
      return `The user's organization is named on ${goal}.`;
    case 'place':
      return `The user is named on ${goal}, to which the item belongs.`;
    case 'teamPlace':
      return `The user is in team ${between}, which is named on ${goal}, to which the item belongs.`;
  }
}
