import { z } from 'zod';

/**
 * The notifications of team-linked apps, which name members by team, and of user-linked apps, which name accounts.
 * Dropbox does not document the nesting of the former, so any id of a member or account below `list_folder` counts.
 */
const bodySchema = z.looseObject({ list_folder: z.unknown().optional(), delta: z.unknown().optional() });

/** The members and accounts with changes. Both lists are empty if the notification names none. */
export interface Notification {
  /** `dbmid:…` */
  members: string[];
  /** `dbid:…` */
  accounts: string[];
}

/** Deeper than any notification. A body of brackets only could otherwise exhaust the stack. */
const DEEPEST = 16;

/** Reads a parsed body; null if it is not a notification. */
export function readNotification(body: unknown): Notification | null {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return null;
  const members = new Set<string>();
  const accounts = new Set<string>();
  /** False if the value is nested too deeply. */
  const walk = (value: unknown, depth: number): boolean => {
    if (typeof value === 'string') {
      if (value.startsWith('dbmid:')) members.add(value);
      else if (value.startsWith('dbid:')) accounts.add(value);
    }
    if (typeof value !== 'object' || value === null) return true;
    return depth < DEEPEST && Object.values(value).every((inner) => walk(inner, depth + 1));
  };
  if (!walk(parsed.data.list_folder, 0)) return null;
  return { members: [...members], accounts: [...accounts] };
}
