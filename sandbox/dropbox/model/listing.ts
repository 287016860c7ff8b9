import type { files } from 'dropbox';
import type { Entry } from './api';
import type { Cursor, ListingArguments } from './cursor';
import { decodeCursor, encodeCursor } from './cursor';
import type { Actor } from './entities';
import { EntryMaker } from './entries';
import { chance } from './ids';
import { BadArgument, lookupError, refuse } from './problems';
import type { Scope } from './scope';
import { isAtOrAbove, namespacesOf, scopeOf } from './scope';
import { Sight } from './sight';
import type { State } from './state';
import { Delivery, pendingSteps } from './stream';

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

/** The cursor of a stream that has delivered nothing yet, at its beginning. */
function begin(state: State, actor: Actor, listing: ListingArguments, scope: Scope): Cursor {
  return {
    life: state.life,
    uid: actor.account.uid,
    admin: actor.admin ?? '',
    rootId: actor.root.id,
    listing,
    born: state.sequence,
    sequence: state.sequence,
    part: 0,
    rootPath: scope.lower,
    expansion: undefined,
    empty: false,
  };
}

export function listFolder(state: State, actor: Actor, arg: files.ListFolderArg): files.ListFolderResult {
  const sight = new Sight(state, actor);
  const listing = argumentsOf(arg);
  const scope = scopeOf(sight, listing);
  if (typeof scope === 'string') return refuse<files.ListFolderError>({ '.tag': 'path', path: lookupError(scope) });
  const cursor = begin(state, actor, listing, scope);
  return page(sight, scope, { ...cursor, expansion: { path: scope.lower, position: [], initial: true } });
}

export function getLatestCursor(
  state: State,
  actor: Actor,
  arg: files.ListFolderArg,
): files.ListFolderGetLatestCursorResult {
  const listing = argumentsOf(arg);
  const scope = scopeOf(new Sight(state, actor), listing);
  if (typeof scope === 'string') return refuse<files.ListFolderError>({ '.tag': 'path', path: lookupError(scope) });
  return { cursor: encodeCursor(begin(state, actor, listing, scope)) };
}

export function listFolderContinue(state: State, actor: Actor, text: string): files.ListFolderResult {
  const cursor = decodeCursor(text);
  if (cursor.life !== state.life) return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
  if (cursor.uid !== actor.account.uid || cursor.admin !== (actor.admin ?? '') || cursor.rootId !== actor.root.id) {
    if (state.choices.foreignCursor === 'reset') return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
    throw new BadArgument('Invalid "cursor" parameter: "cursor" is not valid for this user or path root');
  }
  const sight = new Sight(state, actor);
  const scope = scopeOf(sight, cursor.listing);
  if (cursor.born <= state.resetAt) return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
  if (typeof scope === 'string') {
    return refuse<files.ListFolderContinueError>({ '.tag': 'path', path: lookupError(scope) });
  }
  if (isReset(scope, cursor, actor)) return refuse<files.ListFolderContinueError>({ '.tag': 'reset' });
  return page(sight, scope, cursor);
}

/** Whether the stream can't be continued: it was reset, or the journals no longer reach back to it. */
function isReset(scope: Scope, cursor: Cursor, actor: Actor): boolean {
  if (cursor.sequence < actor.account.journal.forgottenUpTo) return true;
  for (const namespace of namespacesOf(scope)) {
    if (cursor.born <= namespace.resetAt || cursor.sequence < namespace.journal.forgottenUpTo) return true;
  }
  return false;
}

export function hasChanges(state: State, text: string): boolean {
  const cursor = decodeCursor(text);
  if (cursor.life !== state.life) return refuse<files.ListFolderLongpollError>({ '.tag': 'reset' });
  const account = [...state.accounts.values()].find((candidate) => candidate.uid === cursor.uid);
  const root = state.namespaces.get(cursor.rootId);
  if (cursor.listing.mediaInfo || account === undefined || root === undefined) {
    throw new BadArgument('Invalid "cursor" parameter: this cursor can not be used with longpoll');
  }
  const actor: Actor = cursor.admin === '' ? { account, root } : { account, root, admin: cursor.admin };
  const sight = new Sight(state, actor);
  const scope = scopeOf(sight, cursor.listing);
  // That the root is gone is a change too: continue tells of it.
  if (typeof scope === 'string') return true;
  if (cursor.born <= state.resetAt || isReset(scope, cursor, actor)) {
    return refuse<files.ListFolderLongpollError>({ '.tag': 'reset' });
  }
  if (cursor.expansion !== undefined || cursor.rootPath !== scope.lower) return true;
  return pendingSteps(scope, cursor, new EntryMaker(sight), 50).steps.some((step) =>
    concerns(scope, step.placement.lower + step.change.path),
  );
}

function concerns(scope: Scope, path: string): boolean {
  return isAtOrAbove(path, scope.lower) || isAtOrAbove(scope.lower, path);
}

/** Delivers the next page of a stream. */
function page(sight: Sight, scope: Scope, start: Cursor): files.ListFolderResult {
  const { state } = sight;
  const { choices } = state;
  const luck = (what: string) =>
    chance(state.seed, what, start.uid, start.sequence, start.expansion?.position.join() ?? '');
  let cursor = followRoot(state, start, scope);
  const delivery = new Delivery(new EntryMaker(sight, options(cursor)), scope, cursor);
  if (cursor !== start && start.rootPath !== '') delivery.entries.push(deletedRoot(start.rootPath, scope));
  if (!start.empty && luck('empty') < choices.emptyPages && hasMore(sight, scope, cursor) && cursor === start) {
    return { entries: [], cursor: encodeCursor({ ...cursor, empty: true }), has_more: true };
  }
  const atBeginning = cursor.expansion?.path === scope.lower && cursor.expansion.position.length === 0;
  if (atBeginning) delivery.rootEntry();
  const overlap = luck('overlap') < choices.pageOverlap;
  let done = false;
  while (!delivery.full && !done) {
    if (!delivery.expand(overlap)) break;
    const pending = pendingSteps(scope, cursor, new EntryMaker(sight), cursor.listing.limit + 1);
    for (const step of pending.steps) {
      if (delivery.full || delivery.expansion !== undefined) break;
      delivery.deliver(step);
      cursor = { ...cursor, sequence: step.change.sequence, part: step.part + 1 };
    }
    if (delivery.full || delivery.expansion !== undefined) continue;
    cursor = { ...cursor, sequence: pending.upTo, part: 0 };
    done = pending.complete;
  }
  cursor = { ...cursor, expansion: delivery.expansion, empty: false };
  const more = hasMore(sight, scope, cursor);
  return { entries: withDuplicates(state, delivery.entries, cursor), cursor: encodeCursor(cursor), has_more: more };
}

function options(cursor: Cursor) {
  return { explicitMembers: cursor.listing.explicitMembers, restorable: cursor.listing.restorable };
}

/** A folder that is listed by its id or namespace and has moved is delivered again, at its new place. */
function followRoot(state: State, cursor: Cursor, scope: Scope): Cursor {
  if (cursor.rootPath === scope.lower) return cursor;
  const expansion = { path: scope.lower, position: [], initial: false };
  return { ...cursor, rootPath: scope.lower, sequence: state.sequence, part: 0, expansion };
}

function deletedRoot(path: string, scope: Scope): Entry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { '.tag': 'deleted', name, ...(scope.paths ? { path_lower: path, path_display: path } : {}) };
}

function hasMore(sight: Sight, scope: Scope, cursor: Cursor): boolean {
  if (cursor.expansion !== undefined) return true;
  const pending = pendingSteps(scope, cursor, new EntryMaker(sight), 20);
  return pending.steps.length > 0 || !pending.complete;
}

/** Delivers some entries twice in a row, as Dropbox may. */
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
