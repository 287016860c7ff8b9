import { defineQuery } from '../driver/query';
import type { Graph, StandaloneGraph } from '../driver/graph';

/** `users` as PipesHub's schema has it: closed, so these fields and no other are written. */
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

/** What is read of a user that may be PipesHub's own: only the e-mail is required there. */
export interface StoredUser {
  _key: string;
  email: string | null;
  fullName: string | null;
  userId: string | null;
  isActive: boolean | null;
}

const usersOfOrganization = defineQuery<{ orgId: string }, StoredUser>(
  'users.ofOrganization',
  `FOR user IN users
     FILTER user.orgId == @orgId
     RETURN { _key: user._key, email: user.email, fullName: user.fullName, userId: user.userId, isActive: user.isActive }`,
  { orgId: 'org' },
);

/** The schema asks for no organization: a user without one is found by his address, as it is written there. */
const usersOfNone = defineQuery<{ emails: string[] }, StoredUser>(
  'users.ofNone',
  `FOR user IN users
     FILTER user.email IN @emails
     FILTER user.orgId == null
     RETURN { _key: user._key, email: user.email, fullName: user.fullName, userId: user.userId, isActive: user.isActive }`,
  { emails: ['a@x.example'] },
);

export const usersByKey = defineQuery<{ keys: string[] }, StoredUser>(
  'users.byKey',
  `FOR user IN users
     FILTER user._key IN @keys
     RETURN { _key: user._key, email: user.email, fullName: user.fullName, userId: user.userId, isActive: user.isActive }`,
  { keys: ['key'] },
);

/** Dropbox puts a `#` behind the addresses of members who left; they stand for nobody. */
export const usableEmail = (email: string): boolean => email !== '' && !email.endsWith('#');

/**
 * PipesHub's users by lower-case e-mail, of those that are asked for. Reads the organization's users through their
 * index, since a case-insensitive look-up can't use the one on e-mail. Of two documents for one address the active one
 * counts, then the smaller key.
 */
export async function matchUsers(
  graph: StandaloneGraph,
  orgId: string,
  emails: Iterable<string>,
): Promise<Map<string, StoredUser>> {
  const wanted = new Set<string>();
  const written = new Set<string>();
  for (const email of emails) {
    if (!usableEmail(email)) continue;
    wanted.add(email.toLowerCase());
    written.add(email).add(email.toLowerCase());
  }
  const matched = new Map<string, StoredUser>();
  if (wanted.size === 0) return matched;
  const take = (user: StoredUser): void => {
    const email = user.email?.toLowerCase();
    if (email === undefined || !wanted.has(email)) return;
    const other = matched.get(email);
    if (other === undefined || comesFirst(user, other)) matched.set(email, user);
  };
  for await (const batch of graph.stream(usersOfOrganization, { orgId })) batch.forEach(take);
  for (const user of await graph.run(usersOfNone, { emails: [...written] })) {
    if (!matched.has(user.email?.toLowerCase() ?? '')) take(user);
  }
  return matched;
}

function comesFirst(user: StoredUser, other: StoredUser): boolean {
  const active = Number(user.isActive === true) - Number(other.isActive === true);
  return active === 0 ? user._key < other._key : active > 0;
}

/** A document that this connector made for the member and that no PipesHub account has taken over. */
export const isOurs = (user: StoredUser, teamMemberId: string): boolean =>
  user.isActive === false && user.userId === teamMemberId;

/** The user with this address, or null: of an organization when one is named. */
export async function findUser(graph: StandaloneGraph, orgId: string, email: string): Promise<StoredUser | null> {
  return (await matchUsers(graph, orgId, [email])).get(email.toLowerCase()) ?? null;
}

const byUserId = defineQuery<{ userId: string }, StoredUser>(
  'users.byUserId',
  `FOR user IN users
     FILTER user.userId == @userId
     SORT user._key
     RETURN { _key: user._key, email: user.email, fullName: user.fullName, userId: user.userId, isActive: user.isActive }`,
  { userId: 'user' },
);

/** The user that PipesHub's tokens name by its `userId`, which is not the key. */
export async function findUserById(graph: Graph, userId: string): Promise<StoredUser | null> {
  return (await graph.run(byUserId, { userId }))[0] ?? null;
}
