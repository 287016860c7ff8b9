import type { sharing } from 'dropbox';
import type { Actor } from './entities';
import { FileNode } from './entities';
import { timestamp } from './entries';
import { revOf } from './ids';
import type { SharedLink } from './links';
import { lookupError, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, itemOf, resolve } from './resolve';
import { isAtOrAbove } from './scope';
import { View } from './view';
import type { State } from './state';

type LinkMetadata = sharing.FileLinkMetadataReference | sharing.FolderLinkMetadataReference;

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

function linkMetadata(state: State, link: SharedLink, { node, path, mount }: Item): LinkMetadata {
  const { audience } = link;
  const base = {
    url: link.url,
    name: mount?.name ?? node.name,
    id: state.itemIds.encode(node.number),
    ...(path === undefined ? {} : { path_lower: path.lower }),
    link_permissions: permissions(audience),
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

function permissions(audience: SharedLink['audience']): sharing.LinkPermissions {
  const visibility = { public: 'public', team: 'team_only', members: 'shared_folder_only' } as const;
  return {
    can_revoke: true,
    resolved_visibility: { '.tag': visibility[audience] },
    effective_audience: { '.tag': audience },
    link_access_level: { '.tag': 'viewer' },
    visibility_policies: [],
    can_set_expiry: true,
    can_remove_expiry: true,
    allow_download: true,
    can_allow_download: true,
    can_disallow_download: true,
    allow_comments: true,
    team_restricts_comments: false,
    require_password: false,
  };
}
