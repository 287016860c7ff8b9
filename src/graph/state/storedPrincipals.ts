import type { Principal } from '../../sync/syncDocuments';

const kinds: Readonly<Record<Principal['kind'], true>> = { user: true, group: true };
const roles: Readonly<Record<Principal['role'], true>> = { OWNER: true, WRITER: true, READER: true };

/** Whether a stored principal names someone, with a role that is known. */
export const isPrincipal = (value: unknown): value is Principal => {
  const { id, kind, role } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && Object.hasOwn(kinds, String(kind)) && Object.hasOwn(roles, String(role));
};

/** The principals in a stored member list of a file; none where it is no list. */
export const namedIn = (principals: unknown): Principal[] =>
  Array.isArray(principals) ? principals.filter(isPrincipal) : [];
