import type { sharing } from 'dropbox';
import type { Level } from './entities';
import type { MemberRef } from './memberships';
import type { State } from './state';

/** The error of a selector that does not identify a member. */
export interface UnknownMember {
  readonly problem: sharing.AddMemberSelectorError;
}

/** The account, group or e-mail address that a selector identifies. */
export function findMember(state: State, selector: sharing.MemberSelector): MemberRef | UnknownMember {
  if (selector['.tag'] === 'email') {
    const email = selector.email.toLowerCase();
    if (!/^[^\s@]+@[^\s@]+$/.test(email))
      return { problem: { '.tag': 'invalid_email', invalid_email: selector.email } };
    const account = state.byEmail.get(email);
    return account === undefined || account.status === 'removed' ? email : account;
  }
  if (selector['.tag'] !== 'dropbox_id') return { problem: { '.tag': 'other' } };
  const id = selector.dropbox_id;
  if (id.startsWith('g:')) {
    const group = state.groups.get(id);
    if (group === undefined) return { problem: { '.tag': 'invalid_group' } };
    return group.deleted ? { problem: { '.tag': 'group_deleted' } } : group;
  }
  const account = state.accounts.get(id) ?? state.byMemberId.get(id);
  if (account === undefined || account.status === 'removed') {
    return { problem: { '.tag': 'invalid_dropbox_id', invalid_dropbox_id: id } };
  }
  return account;
}

export function isUnknownMember(found: MemberRef | UnknownMember): found is UnknownMember {
  return typeof found === 'object' && 'problem' in found;
}

export function levelFrom(level: sharing.AccessLevel | undefined, otherwise: Level): Level {
  return level === undefined || level['.tag'] === 'other' ? otherwise : level['.tag'];
}
