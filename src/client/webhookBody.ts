import { z } from 'zod';

/**
 * Both shapes of a notification: a team-linked app names members by team, a user-linked one accounts. The nesting of
 * the first could not be read in Dropbox's documentation, so any id of a member or an account counts, wherever it is
 * below `list_folder`.
 */
const bodySchema = z.looseObject({ list_folder: z.unknown().optional(), delta: z.unknown().optional() });

/** Who changed; empty lists: something changed, and nobody was named. */
export interface Notification {
  /** `dbmid:…` */
  members: string[];
  /** `dbid:…` */
  accounts: string[];
}

/** Reads a parsed body; null when it is no notification. */
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
