import type { sharing } from 'dropbox';
import { NothingThere, one, type CompanyWorld, type Picks } from './companyWorld';

export interface Operation {
  /** How often it is chosen, relative to the other operations. */
  weight: number;
  /** Throws the model's refusal when Dropbox would refuse the operation. */
  run(world: CompanyWorld, picks: Picks): void;
}

const LEVELS = ['editor', 'viewer', 'viewer_no_comment'] as const;

export const level = (pick: number): { '.tag': (typeof LEVELS)[number] } => ({ '.tag': one(LEVELS, pick) });

export const userOf = (world: CompanyWorld, pick: number, ...statuses: Parameters<CompanyWorld['members']>) => ({
  '.tag': 'team_member_id' as const,
  team_member_id: one(world.members(...statuses), pick).memberId ?? '',
});

export const groupOf = (world: CompanyWorld, pick: number) => ({
  '.tag': 'group_id' as const,
  group_id: one(world.groups, pick).groupId,
});

type Acl = NonNullable<NonNullable<ReturnType<CompanyWorld['company']['namespaceById']>>['acl']>;

/** A member of a shared folder. */
export function memberOfFolder(world: CompanyWorld, namespaceId: string, pick: number): sharing.MemberSelector {
  const acl = world.company.namespaceById(namespaceId)?.acl;
  if (acl === undefined) throw new NothingThere();
  return memberOf(acl, pick);
}

/** A file that is shared individually, and one of its members. */
export function sharedFile(world: CompanyWorld, picks: Picks): { file: string; member: sharing.MemberSelector } {
  const { fileAcls, itemIds } = world.company.state;
  const [node, acl] = one([...fileAcls], picks.a);
  return { file: itemIds.encode(node.number), member: memberOf(acl, picks.b) };
}

function memberOf(acl: Acl, pick: number): sharing.MemberSelector {
  return one<sharing.MemberSelector>(
    [
      ...[...acl.accounts.keys()].map(({ accountId }) => ({ '.tag': 'dropbox_id' as const, dropbox_id: accountId })),
      ...[...acl.groups.keys()].map(({ groupId }) => ({ '.tag': 'dropbox_id' as const, dropbox_id: groupId })),
      ...[...acl.invitees.keys()].map((email) => ({ '.tag': 'email' as const, email })),
    ],
    pick,
  );
}
