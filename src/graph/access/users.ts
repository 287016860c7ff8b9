import { isRealEmail } from '../../sync/team';
import type { StandaloneGraph } from '../driver/graph';
import { part, readInOneRequest } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';

/** A document of `users`. PipesHub's schema allows these fields and no others. */
export interface UserDocument {
  _key: string;
  orgId: string;
  email: string;
  fullName: string;
  userId: string;
  isActive: boolean;
  createdAtTimestamp: number;
  updatedAtTimestamp: number;
}

/** A stored user. PipesHub may have written it, and its schema requires only the e-mail address. */
export type StoredUser = Pick<UserDocument, '_key'> & {
  [Field in 'email' | 'fullName' | 'userId' | 'isActive']: UserDocument[Field] | null;
};

/** AQL: the stored user that the variable `user` holds, as a `StoredUser`. */
export const STORED_USER =
  '{ _key: user._key, email: user.email, fullName: user.fullName, userId: user.userId, isActive: user.isActive }';

const usersOfOrganization = defineQuery<{ orgId: string }, StoredUser>(
  'users.ofOrganization',
  `FOR user IN users
     FILTER user.orgId == @orgId
     RETURN ${STORED_USER}`,
  { orgId: 'org' },
);

/** The schema does not require an organization. A user without one is found by the exact address. */
const usersWithoutOrganization = defineQuery<{ emails: string[] }, StoredUser>(
  'users.withoutOrganization',
  `FOR user IN users
     FILTER user.email IN @emails
     FILTER user.orgId == null
     RETURN ${STORED_USER}`,
  { emails: ['a@x.example'] },
);

export const usersByKey = defineQuery<{ keys: string[] }, StoredUser>(
  'users.byKey',
  `FOR user IN users
     FILTER user._key IN @keys
     RETURN ${STORED_USER}`,
  { keys: ['key'] },
);

/**
 * PipesHub's users by lower-case address. Reads all users of the organization, since a case-insensitive look-up can't
 * use the index on e-mail. Of two documents with one address the active one counts, then the one with the smaller key.
 */
export async function matchUsers(
  graph: StandaloneGraph,
  orgId: string,
  emails: Iterable<string>,
): Promise<Map<string, StoredUser>> {
  const wanted = new Set<string>();
  const written = new Set<string>();
  for (const email of emails) {
    if (!isRealEmail(email)) continue;
    wanted.add(email.toLowerCase());
    written.add(email).add(email.toLowerCase());
  }
  const matched = new Map<string, StoredUser>();
  if (wanted.size === 0) return matched;
  const take = (user: StoredUser): void => {
    const email = addressOf(user);
    if (!wanted.has(email)) return;
    const other = matched.get(email);
    if (other === undefined || comesFirst(user, other)) matched.set(email, user);
  };
  const others: StoredUser[] = [];
  await readInOneRequest(graph, [
    part(usersOfOrganization, { orgId }, take),
    part(usersWithoutOrganization, { emails: [...written] }, (user) => void others.push(user)),
  ]);
  for (const user of others.filter((one) => !matched.has(addressOf(one)))) take(user);
  return matched;
}

/** In lower case; empty where it is none, as in a document that is older than PipesHub's schema. */
export const addressOf = ({ email }: { email: unknown }): string =>
  typeof email === 'string' ? email.toLowerCase() : '';

function comesFirst(user: StoredUser, other: StoredUser): boolean {
  const active = Number(user.isActive === true) - Number(other.isActive === true);
  return active === 0 ? user._key < other._key : active > 0;
}

/** Whether this connector created the document for the member and no PipesHub account has taken it over. */
export const isOurs = (user: StoredUser, teamMemberId: string): boolean =>
  user.isActive === false && user.userId === teamMemberId;

/** PipesHub's user with this address, as `matchUsers` finds it; null: there is none. */
export async function findUser(graph: StandaloneGraph, orgId: string, email: string): Promise<StoredUser | null> {
  return (await matchUsers(graph, orgId, [email])).get(email.toLowerCase()) ?? null;
}
