import type { team_log } from 'dropbox';
import { isShared } from './access';
import type { Account, Group, Namespace } from './entities';
import { FileNode, FolderNode } from './entities';
import { timestamp } from './entries';
import { chance } from './ids';
import { append } from './log';
import type { State } from './state';
import { placeInNamespace } from './tree';
import { View, actorOf } from './view';

type Details = team_log.EventDetails;

/** The parties and assets of an event. */
export interface About {
  /** Undefined for an action of Dropbox itself. */
  readonly actor?: Account | undefined;
  /** The account on whose behalf the actor acts, or `team`; by default the actor's own account. */
  readonly context?: Account | 'team';
  readonly participants?: readonly (Account | Group)[];
  readonly assets?: readonly Asset[];
}

export type Asset = team_log.AssetLogInfo;

/** Logs one event. Its type and category follow from the tag of its details. */
export function logEvent(state: State, details: Details, about: About): void {
  if (!state.live) return;
  const type = details['.tag'].replace(/_details$/, '');
  if (type.startsWith('file_') && !state.choices.fileEvents) return;
  const context = about.context ?? about.actor;
  const participants = (about.participants ?? []).filter((one) => one !== about.actor && one !== context);
  const accounts = [about.actor, context, ...participants].filter((one) => one !== undefined && isAccount(one));
  append(state, {
    timestamp: timestamp(state.now()),
    event_category: { '.tag': categoryOf(type) },
    // EventType has a member for every event type of the API, and all of them have this shape.
    event_type: { '.tag': type, description: describe(type) } as team_log.EventType,
    details,
    actor: actorInfo(state, about.actor),
    context: contextInfo(state, context),
    involve_non_team_member: accounts.some((account) => account.status === 'external'),
    ...(participants.length === 0 ? {} : { participants: participants.map((one) => participantInfo(state, one)) }),
    ...(about.assets === undefined || about.assets.length === 0 ? {} : { assets: [...about.assets] }),
  });
}

function isAccount(one: Account | Group | 'team'): one is Account {
  return typeof one === 'object' && 'accountId' in one;
}

function describe(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1).replaceAll('_', ' ');
}

function categoryOf(type: string): 'members' | 'groups' | 'team_folders' | 'sharing' | 'file_operations' {
  if (type.startsWith('team_folder_')) return 'team_folders';
  if (type.startsWith('group_')) return 'groups';
  if (type.startsWith('shared_')) return 'sharing';
  return type.startsWith('file_') ? 'file_operations' : 'members';
}

function userInfo(
  state: State,
  account: Account,
): team_log.TeamMemberLogInfoReference | team_log.NonTeamMemberLogInfoReference {
  const info = { account_id: account.accountId, display_name: displayName(account), email: account.email };
  if (account.memberId === undefined) return { '.tag': 'non_team_member', ...info };
  return {
    '.tag': 'team_member',
    ...info,
    team_member_id: account.memberId,
    ...(account.externalId === undefined ? {} : { member_external_id: account.externalId }),
    team: { display_name: state.teamName },
  };
}

export function displayName(account: Account): string {
  return `${account.givenName} ${account.surname}`.trim();
}

function actorInfo(state: State, actor: Account | undefined): team_log.ActorLogInfo {
  if (actor === undefined) return { '.tag': 'dropbox' };
  const user = userInfo(state, actor);
  return actor.role === 'team_admin' ? { '.tag': 'admin', admin: user } : { '.tag': 'user', user };
}

function contextInfo(state: State, context: Account | 'team' | undefined): team_log.ContextLogInfo {
  return context === undefined || context === 'team' ? { '.tag': 'team' } : userInfo(state, context);
}

function participantInfo(state: State, one: Account | Group): team_log.ParticipantLogInfo {
  if (isAccount(one)) return { '.tag': 'user', user: userInfo(state, one) };
  return {
    '.tag': 'group',
    group_id: one.groupId,
    display_name: one.name,
    ...(one.externalId === undefined ? {} : { external_id: one.externalId }),
  };
}

/** The asset of an event. It records the location at the time of the call, so it can be taken before a move. */
export function assetOf(state: State, item: FileNode | FolderNode | Namespace, context: Account | undefined): Asset {
  const node = 'root' in item ? item.root : item;
  const place = placeInNamespace(node);
  const namespace = place?.namespace;
  const placement =
    namespace === undefined || context === undefined
      ? undefined
      : new View(state, actorOf(context)).placementOf(namespace);
  const contextual = placement === undefined || place === undefined ? undefined : placement.display + place.display;
  // The root of a shared folder is identified by its namespace alone, without a relative path and a file id.
  const isRoot = node instanceof FolderNode && node.namespace !== undefined;
  const path: team_log.PathLogInfo = {
    ...(contextual === undefined || contextual === '' ? {} : { contextual }),
    namespace_relative: {
      ...(namespace === undefined ? {} : { ns_id: namespace.id }),
      ...(isRoot || place === undefined ? {} : { relative_path: place.display }),
      is_shared_namespace: namespace !== undefined && isShared(namespace),
    },
  };
  const name = isRoot ? (node.namespace?.name ?? node.name) : node.name;
  const roll = chance(state.seed, 'file id', state.log.count, node.number);
  const hasFileId = !isRoot && roll >= state.choices.eventsWithoutFileId;
  const info = { path, display_name: name, ...(hasFileId ? { file_id: state.itemIds.encode(node.number) } : {}) };
  return node instanceof FileNode
    ? { '.tag': 'file', ...info, file_size: node.content.size }
    : { '.tag': 'folder', ...info };
}
