import type { files } from 'dropbox';
import type { Entry } from './api';
import type { Cursor, ListingArguments } from './cursor';
import { decodeCursor, encodeCursor } from './cursor';
import type { Actor } from './entities';
import { EntryMaker } from './entries';
import { chance } from './ids';
import { badCursor, lookupError, refuse } from './problems';
import type { Scope } from './scope';
import { isAtOrAbove, namespacesOf, scopeOf } from './scope';
import type { State } from './state';
import { Delivery, pendingChanges } from './stream';
import { View } from './view';

const LARGEST_PAGE = 2000;

function argumentsOf(arg: files.ListFolderArg): ListingArguments {
  return {
    path: arg.path,
    recursive: arg.recursive ?? false,
    mounted: arg.include_mounted_folders ?? true,
    deleted: arg.include_deleted ?? false,
    explicitMembers: arg.include_has_explicit_shared_members ?? false,
    nonDownloadable: arg.include_non_downloadable_files ?? true,
    restorable: arg.include_restorable_info ?? false,
    mediaInfo: arg.include_media_info ?? false,
    limit: Math.min(arg.limit ?? LARGEST_PAGE, LARGEST_PAGE),
  };
}

/** The cursor of a stream that has not delivered anything yet. */
function startCursor(state: State, actor: Actor, listing: ListingArguments, scope: Scope): Cursor {
  return {
    instanceId: state.instanceId,
    uid: actor.account.uid,
    admin: actor.admin ?? '',
    rootId: actor.root.id,
    listing,
    startedAt: state.sequence,
    sequence: state.sequence,
    placesDelivered: 0,
    rootPath: scope.lower,
    expansion: undefined,
    empty: false,
  };
}

export function listFolder(state: State, actor: Actor, arg: files.ListFolderArg): files.ListFolderResult {
  const view = new View(state, actor);
  const listing = argumentsOf(arg);
  const scope = scopeOf(view, listing);
  if (typeof scope === 'string') return refuse<files.ListFolderError>({ '.tag': 'path', path: lookupError(scope) });
  const cursor = startCursor(state, actor, listing, scope);
  return page(view, scope, { ...cursor, expansion: { path: scope.lower, position: [], initial: true } });
}

export function getLatestCursor(
  state: State,
  actor: Actor,
  arg: files.ListFolderArg,
): files.ListFolderGetLatestCursorResult {
  const listing = argumentsOf(arg);
  const scope = scopeOf(new View(state, actor), listing);
  if (typeof scope === 'string') return refuse<files.ListFolderError>({ '.tag': 'path', path: lookupError(scope) });
  return { cursor: encodeCursor(startCursor(state, actor, listing, scope)) };
}

export function listFolderContinue(state: State, actor: Actor, text: string): files.ListFolderResult {
  const cursor = decodeCursor(text);
  if (cursor.instanceId !== state.instanceId) return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
  if (cursor.uid !== actor.account.uid || cursor.admin !== (actor.admin ?? '') || cursor.rootId !== actor.root.id) {
    if (state.choices.foreignCursor === 'reset') return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
    throw badCursor('"cursor" is not valid for this user or path root');
  }
  const view = new View(state, actor);
  const scope = scopeOf(view, cursor.listing);
  if (cursor.startedAt <= state.resetAt) return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
  if (typeof scope === 'string') {
    return refuse<files.ListFolderContinueError>({ '.tag': 'path', path: lookupError(scope) });
  }
  if (isReset(view, scope, cursor)) return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
  return page(view, scope, cursor);
}

/** Whether the stream can't be continued: it was reset, or its changes have been dropped from the journals. */
function isReset(view: View, scope: Scope, cursor: Cursor): boolean {
  const { actor } = view;
  if (cursor.sequence < actor.account.journal.forgottenUpTo) return true;
  if (actor.admin !== undefined && cursor.sequence < view.state.adminJournal.forgottenUpTo) return true;
  for (const namespace of namespacesOf(scope)) {
    if (cursor.startedAt <= namespace.resetAt || cursor.sequence < namespace.journal.forgottenUpTo) return true;
  }
  return false;
}

/** For longpoll, which has no actor: whether list_folder/continue would deliver anything. */
export function hasChanges(state: State, text: string): boolean {
  const cursor = decodeCursor(text);
  if (cursor.instanceId !== state.instanceId) return refuse<files.ListFolderLongpollError>({ '.tag': 'reset' });
  const account = [...state.accounts.values()].find((candidate) => candidate.uid === cursor.uid);
  const root = state.namespaces.get(cursor.rootId);
  if (cursor.listing.mediaInfo || account === undefined || root === undefined) {
    throw badCursor('this cursor can not be used with longpoll');
  }
  const actor: Actor = cursor.admin === '' ? { account, root } : { account, root, admin: cursor.admin };
  const view = new View(state, actor);
  const scope = scopeOf(view, cursor.listing);
  // The listed folder is gone. That is a change too: list_folder/continue reports it as an error.
  if (typeof scope === 'string') return true;
  if (cursor.startedAt <= state.resetAt || isReset(view, scope, cursor)) {
    return refuse<files.ListFolderLongpollError>({ '.tag': 'reset' });
  }
  if (cursor.expansion !== undefined || cursor.rootPath !== scope.lower) return true;
  return pendingChanges(scope, cursor, new EntryMaker(view), 50).changes.some((pendingChange) =>
    concerns(scope, pendingChange.placement.lower + pendingChange.change.path),
  );
}

function concerns(scope: Scope, path: string): boolean {
  return isAtOrAbove(path, scope.lower) || isAtOrAbove(scope.lower, path);
}

/** Delivers the next page of a stream. */
function page(view: View, scope: Scope, start: Cursor): files.ListFolderResult {
  const { state } = view;
  const { choices } = state;
  const isHit = (what: string, rate: number) =>
    rate > 0 && chance(state.seed, what, start.uid, start.sequence, start.expansion?.position.join() ?? '') < rate;
  let cursor = followRoot(state, start, scope);
  const delivery = new Delivery(new EntryMaker(view, options(cursor)), scope, cursor);
  if (cursor !== start && start.rootPath !== '') delivery.entries.push(deletedRoot(start.rootPath, scope));
  if (!start.empty && isHit('empty', choices.emptyPages) && hasMore(view, scope, cursor) && cursor === start) {
    return { entries: [], cursor: encodeCursor({ ...cursor, empty: true }), has_more: true };
  }
  const atBeginning = cursor.expansion?.path === scope.lower && cursor.expansion.position.length === 0;
  if (atBeginning) delivery.rootEntry();
  const overlap = isHit('overlap', choices.pageOverlap);
  let done = false;
  while (!delivery.full && !done) {
    if (!delivery.expand(overlap)) break;
    const pending = pendingChanges(scope, cursor, new EntryMaker(view), cursor.listing.limit + 1);
    for (const pendingChange of pending.changes) {
      if (delivery.full || delivery.expansion !== undefined) break;
      delivery.deliver(pendingChange);
      cursor = { ...cursor, sequence: pendingChange.change.sequence, placesDelivered: pendingChange.placeIndex + 1 };
    }
    if (delivery.full || delivery.expansion !== undefined) continue;
    cursor = { ...cursor, sequence: pending.upTo, placesDelivered: 0 };
    done = pending.complete;
  }
  cursor = { ...cursor, expansion: delivery.expansion, empty: false };
  const more = hasMore(view, scope, cursor);
  return { entries: withDuplicates(state, delivery.entries, cursor), cursor: encodeCursor(cursor), has_more: more };
}

function options(cursor: Cursor) {
  return { explicitMembers: cursor.listing.explicitMembers, restorable: cursor.listing.restorable };
}

/** A folder that is listed by its id or namespace id and has moved is delivered again at its new path. */
function followRoot(state: State, cursor: Cursor, scope: Scope): Cursor {
  if (cursor.rootPath === scope.lower) return cursor;
  const expansion = { path: scope.lower, position: [], initial: false };
  return { ...cursor, rootPath: scope.lower, sequence: state.sequence, placesDelivered: 0, expansion };
}

function deletedRoot(path: string, scope: Scope): Entry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { '.tag': 'deleted', name, ...(scope.paths ? { path_lower: path, path_display: path } : {}) };
}

function hasMore(view: View, scope: Scope, cursor: Cursor): boolean {
  if (cursor.expansion !== undefined) return true;
  const pending = pendingChanges(scope, cursor, new EntryMaker(view), 20);
  return pending.changes.length > 0 || !pending.complete;
}

/** Repeats some entries, as Dropbox may. */
function withDuplicates(state: State, entries: Entry[], cursor: Cursor): Entry[] {
  const rate = state.choices.duplicateEntries;
  if (rate === 0 || entries.length === 0) return entries;
  const count = Math.floor(rate * entries.length + chance(state.seed, 'duplicates', cursor.sequence, entries.length));
  for (let done = 0; done < count; done++) {
    const at = Math.floor(chance(state.seed, 'duplicate', cursor.sequence, done) * entries.length);
    const entry = entries[at];
    if (entry !== undefined) entries.splice(at, 0, { ...entry });
  }
  return entries;
}
