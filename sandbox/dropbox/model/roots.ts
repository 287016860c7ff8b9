import type { common, users } from 'dropbox';
import type { ActorOptions } from './api';
import type { Account, Actor, Namespace } from './entities';
import { displayName } from './events';
import { PathRootProblem } from './problems';
import type { State } from './state';
import { placeInNamespace } from './tree';
import { View } from './view';

type AnyRootInfo = common.TeamRootInfoReference | common.UserRootInfoReference;

/** The root and home of an account, and the path of the home in the root. */
export function rootInfo(_state: State, account: Account): AnyRootInfo {
  const ids = { root_namespace_id: account.root.id, home_namespace_id: account.home.id };
  const place = account.home.location === undefined ? undefined : placeInNamespace(account.home.location);
  if (account.root === account.home || place === undefined) return { '.tag': 'user', ...ids };
  const home_path = place.display;
  return account.root.kind === 'team_root'
    ? { '.tag': 'team', ...ids, home_path }
    : { '.tag': 'user', ...ids, home_path };
}

/** The actor of a call. Throws PathRootProblem when the account can't use the given path root. */
export function actor(state: State, account: Account, options: ActorOptions = {}): Actor {
  const { admin, pathRoot } = options;
  const as = (root: Namespace): Actor => (admin === undefined ? { account, root } : { account, root, admin });
  switch (pathRoot?.['.tag']) {
    case 'root': {
      if (pathRoot.root === account.root.id) return as(account.root);
      throw new PathRootProblem({ '.tag': 'invalid_root', invalid_root: rootInfo(state, account) });
    }
    case 'namespace_id': {
      const namespace = state.namespaces.get(pathRoot.namespace_id);
      const visibility = namespace === undefined ? 'hidden' : new View(state, as(namespace)).visibilityOf(namespace);
      if (namespace !== undefined && (visibility === 'full' || visibility === 'traverse')) return as(namespace);
      throw new PathRootProblem({ '.tag': 'no_permission' });
    }
    case 'home':
    case 'other':
    case undefined:
      return as(account.home);
  }
}

export function nameOf(account: Account): users.Name {
  const { givenName, surname } = account;
  return {
    given_name: givenName,
    surname,
    familiar_name: givenName,
    display_name: displayName(account),
    abbreviated_name: `${givenName.charAt(0)}${surname.charAt(0)}`.toUpperCase(),
  };
}

export function currentAccount(state: State, acting: Actor): users.FullAccount {
  const { account } = acting;
  return {
    account_id: account.accountId,
    name: nameOf(account),
    email: account.email,
    email_verified: account.emailVerified,
    disabled: account.status === 'suspended' || account.status === 'removed',
    locale: 'en',
    referral_link: `https://www.dropbox.com/referrals/${account.uid}`,
    is_paired: false,
    account_type: { '.tag': account.status === 'external' ? 'pro' : 'business' },
    root_info: rootInfo(state, account),
    ...(account.memberId === undefined
      ? {}
      : {
          team_member_id: account.memberId,
          team: {
            id: state.teamId,
            name: state.teamName,
            sharing_policies: sharingPolicies,
            office_addin_policy: { '.tag': 'enabled' },
            top_level_content_policy: { '.tag': 'everyone' },
          },
        }),
  };
}

export const sharingPolicies: users.FullTeam['sharing_policies'] = {
  shared_folder_member_policy: { '.tag': 'anyone' },
  shared_folder_join_policy: { '.tag': 'from_anyone' },
  shared_link_create_policy: { '.tag': 'default_public' },
  group_creation_policy: { '.tag': 'admins_and_members' },
  shared_folder_link_restriction_policy: { '.tag': 'anyone' },
  enforce_link_password_policy: { '.tag': 'optional' },
  default_link_expiration_days_policy: { '.tag': 'none' },
  shared_link_default_permissions_policy: { '.tag': 'view' },
};
