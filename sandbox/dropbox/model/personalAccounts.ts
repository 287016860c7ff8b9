import { higher } from './access';
import { changeAccess } from './accessChanges';
import type { Account, Level, Namespace } from './entities';
import type { State } from './state';
import { namespaceOf } from './tree';

/** The account of someone without a team that has this address. Until they join one, shares with it are theirs. */
export function personalAccountOf(state: State, email: string): Account | undefined {
  const account = state.byEmail.get(email.toLowerCase());
  return account?.status === 'external' && account.foreignTeam === undefined ? account : undefined;
}

/**
 * Someone with a personal account who joins brings its shares into the team. From then on the member lists name a member
 * where they named someone outside the team, and Dropbox logs no event about the folders. Their own files stay with a
 * personal account of another address.
 * @returns the shared folders
 */
export function joinWithPersonalAccount(state: State, account: Account): Namespace[] {
  const personal = personalAccountOf(state, account.email);
  if (personal === undefined) return [];
  personal.email = `personal.${account.email}`;
  state.byEmail.set(personal.email.toLowerCase(), personal);
  state.byEmail.set(account.email.toLowerCase(), account);
  const shared = [...state.namespaces.values()].filter(({ acl, deleted }) => !deleted && acl.accounts.has(personal));
  for (const namespace of shared) {
    changeAccess(state, [personal, account], [namespace], () => {
      takeOver(namespace.acl.accounts, personal, account);
      namespace.invitedAt.set(account, namespace.invitedAt.get(personal) ?? state.clock());
    });
  }
  for (const [file, { accounts }] of state.fileAcls) {
    if (namespaceOf(file)?.owner !== personal) takeOver(accounts, personal, account);
  }
  return shared;
}

function takeOver(levels: Map<Account, Level>, from: Account, to: Account): void {
  const level = higher(levels.get(from), levels.get(to));
  if (level !== undefined && levels.delete(from)) levels.set(to, level);
}
