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

/** Reads a parsed body; null if it is not a notification. */
export function readNotification(body: unknown): Notification | null {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return null;
  const members = new Set<string>();
  const accounts = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value.startsWith('dbmid:')) members.add(value);
      else if (value.startsWith('dbid:')) accounts.add(value);
    } else if (Array.isArray(value)) {
      value.forEach(walk);
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(walk);
    }
  };
  walk(parsed.data.list_folder);
  return { members: [...members], accounts: [...accounts] };
}
