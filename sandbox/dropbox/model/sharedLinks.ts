import type { sharing } from 'dropbox';
import { actingLevel, canEdit } from './access';
import type { LinkMetadata } from './api';
import type { Account, Actor, Namespace, FolderNode } from './entities';
import { FileNode } from './entities';
import { timestamp } from './entries';
import { assetOf, logEvent } from './events';
import { opaque, revOf } from './ids';
import type { Audience, SharedLink } from './links';
import { lookupError, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, itemOf, mayEnter, resolve } from './resolve';
import { isAtOrAbove } from './scope';
import type { State } from './state';
import { View } from './view';

/**
 * Without a path, lists the actor's own links to items under the path root. With a path, lists all links to that item
 * and, unless `direct_only` is set, to the folders above it.
 */
export function listSharedLinks(state: State, actor: Actor, arg: sharing.ListSharedLinksArg): LinkMetadata[] {
  const view = new View(state, actor);
  const wanted = arg.path === undefined ? undefined : resolve(view, arg.path);
  if (wanted !== undefined && !isItem(wanted)) {
    return refuse<sharing.ListSharedLinksError>({ '.tag': 'path', path: lookupError(wanted) });
  }
  const links: LinkMetadata[] = [];
  for (const link of state.links) {
    const item = itemOf(view, link.item);
    if (!isItem(item) || item.path === undefined) continue;
    const listed =
      wanted === undefined
        ? link.by === actor.account
        : item.node === wanted.node || (arg.direct_only !== true && isAbove(item, wanted));
    if (listed) links.push(linkMetadata(state, link, item));
  }
  return links;
}

function isAbove(item: Item, other: Item): boolean {
  return item.path !== undefined && other.path !== undefined && isAtOrAbove(item.path.lower, other.path.lower);
}

/** Adds a link to an item. */
export function addLink(state: State, item: FileNode | FolderNode, by: Account, settings: LinkSettings): SharedLink {
  const url = `https://www.dropbox.com/scl/${opaque(22, 'link', state.seed, item.number, state.links.length)}?dl=0`;
  const link = { url, item, by, ...settings };
  state.links.push(link);
  return link;
}

type LinkSettings = Omit<SharedLink, 'url' | 'item' | 'by'>;
type LinkError = sharing.CreateSharedLinkWithSettingsError;

/** A member has one link to an item. */
export function createSharedLink(
  state: State,
  actor: Actor,
  arg: sharing.CreateSharedLinkWithSettingsArg,
): LinkMetadata {
  const view = new View(state, actor);
  const item = resolve(view, arg.path);
  if (!isItem(item)) return refuse<LinkError>({ '.tag': 'path', path: lookupError(item) });
  const { account } = actor;
  if (!account.emailVerified) return refuse<LinkError>({ '.tag': 'email_not_verified' });
  if (!mayLink(view, item)) return refuse<LinkError>({ '.tag': 'access_denied' });
  const settings = settingsOf(view, item, arg.settings);
  const existing = state.links.find((link) => link.item === item.node && link.by === account);
  if (existing !== undefined) {
    // "Existing link metadata will not be returned if custom settings were specified in the request".
    const shared_link_already_exists: sharing.SharedLinkAlreadyExistsMetadata = {
      '.tag': 'metadata',
      metadata: linkMetadata(state, existing, item),
    };
    const error = { '.tag': 'shared_link_already_exists' } as const;
    return refuse(arg.settings === undefined ? { ...error, shared_link_already_exists } : error);
  }
  const link = addLink(state, item.node, account, settings);
  logEvent(
    state,
    { '.tag': 'shared_link_create_details', shared_link_access_level: { '.tag': 'reader' } },
    { actor: account, assets: [assetOf(state, item.node, account)] },
  );
  return linkMetadata(state, link, item);
}

/** A link needs an item that the actor may read. A folder that they only traverse and a root have none. */
function mayLink(view: View, item: Item): boolean {
  if (item.node instanceof FileNode) return mayEnter(view, item) && !item.node.restricted;
  const isOwnRoot = item.node.namespace !== undefined && item.namespace.owner !== undefined;
  return view.visibilityOf(item.namespace) === 'full' && !isOwnRoot;
}

function settingsOf(view: View, item: Item, given: sharing.SharedLinkSettings | undefined): LinkSettings {
  if (given === undefined) return { audience: 'public' };
  const invalid = (): never =>
    refuse<LinkError>({ '.tag': 'settings_error', settings_error: { '.tag': 'invalid_settings' } });
  if (Object.keys(given).length === 0) return invalid();
  const visibility = given.requested_visibility?.['.tag'];
  const password = given.require_password ?? (visibility === 'password' || given.audience?.['.tag'] === 'password');
  if (password && (given.link_password ?? '') === '') return invalid();
  if (given.expires !== undefined && Date.parse(given.expires) <= view.state.now() * 1000) return invalid();
  const access = given.access?.['.tag'] === 'editor' ? 'editor' : 'viewer';
  if (access === 'editor' && !canEdit(actingLevel(view.state, view.actor, item.namespace))) {
    return refuse<LinkError>({ '.tag': 'settings_error', settings_error: { '.tag': 'not_authorized' } });
  }
  return {
    audience: audienceOf(given.audience?.['.tag'] ?? visibility),
    access,
    password,
    download: given.allow_download ?? true,
    ...(given.expires === undefined ? {} : { expires: given.expires }),
  };
}

function audienceOf(wanted: sharing.LinkAudience['.tag'] | sharing.RequestedVisibility['.tag'] | undefined): Audience {
  switch (wanted) {
    case 'team':
    case 'team_only':
      return 'team';
    case 'members':
    case 'no_one':
      return wanted;
    default:
      return 'public';
  }
}

/** The policy of the folder can narrow the audience. */
function effectiveAudience({ audience }: SharedLink, { policy }: Namespace): Audience {
  if (policy.sharedLink === 'members' && audience !== 'no_one') return 'members';
  return policy.sharedLink === 'team' && audience === 'public' ? 'team' : audience;
}

function linkMetadata(state: State, link: SharedLink, { node, path, mount, namespace }: Item): LinkMetadata {
  const base = {
    url: link.url,
    name: mount?.name ?? node.name,
    id: state.itemIds.encode(node.number),
    ...(path === undefined ? {} : { path_lower: path.lower }),
    ...(link.expires === undefined ? {} : { expires: link.expires }),
    link_permissions: permissions(link, effectiveAudience(link, namespace)),
  };
  if (!(node instanceof FileNode)) return { '.tag': 'folder', ...base };
  return {
    '.tag': 'file',
    ...base,
    rev: revOf(node.number, node.version),
    size: node.content.size,
    client_modified: timestamp(node.clientModified),
    server_modified: timestamp(node.serverModified),
  };
}

const VISIBILITY = { public: 'public', team: 'team_only', members: 'shared_folder_only', no_one: 'no_one' } as const;
const WITH_PASSWORD = { ...VISIBILITY, public: 'password', team: 'team_and_password' } as const;

function permissions(link: SharedLink, audience: Audience): sharing.LinkPermissions {
  const password = link.password ?? false;
  return {
    can_revoke: true,
    resolved_visibility: { '.tag': (password ? WITH_PASSWORD : VISIBILITY)[audience] },
    effective_audience: { '.tag': audience },
    link_access_level: { '.tag': link.access ?? 'viewer' },
    visibility_policies: [],
    can_set_expiry: true,
    can_remove_expiry: true,
    allow_download: link.download ?? true,
    can_allow_download: true,
    can_disallow_download: true,
    allow_comments: true,
    team_restricts_comments: false,
    require_password: password,
  };
}
