import type { team_log } from 'dropbox';
import { integer, nullable, string, struct, tags, timestamp, withDefault, refine, type Type } from '../schema';

const CATEGORIES = [
  'admin_alerting',
  'apps',
  'comments',
  'dash',
  'data_governance',
  'devices',
  'domains',
  'encryption',
  'file_operations',
  'file_requests',
  'groups',
  'logins',
  'members',
  'paper',
  'passwords',
  'protect',
  'reports',
  'sharing',
  'showcase',
  'signatures',
  'sso',
  'team_folders',
  'team_policies',
  'team_profile',
  'tfa',
  'trusted_teams',
] as const;

/**
 * Dropbox declares some 600 event types. Any name of the right form passes here, so the list need not be kept: one that
 * never happens finds no event.
 */
const eventType: Type<team_log.EventTypeArg> = {
  read(value) {
    const tag: unknown = value !== null && typeof value === 'object' && '.tag' in value ? value['.tag'] : value;
    return { '.tag': eventTypeName.read(tag) } as team_log.EventTypeArg;
  },
};
const eventTypeName = refine(string(), (name) =>
  /^[a-z][a-z0-9_]*$/.test(name) && name !== 'other' ? undefined : `unknown tag '${name}'`,
);

export const getEvents = struct({
  limit: withDefault(integer(1, 1000), 1000),
  account_id: nullable(string({ min: 40, max: 40 })),
  time: nullable(struct({ start_time: nullable(timestamp), end_time: nullable(timestamp) })),
  category: nullable(tags(...CATEGORIES)),
  event_type: nullable(eventType),
});
export const cursor = struct({ cursor: string() });
