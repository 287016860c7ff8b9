import type { team_log } from 'dropbox';
import { integer, nullable, string, struct, tags, timestamp, withDefault, type Type } from '../schema';
import { EVENT_TYPES } from './eventTypes';

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

const eventType = tags(...EVENT_TYPES) as Type<team_log.EventTypeArg>;

export const getEvents = struct({
  limit: withDefault(integer(1, 1000), 1000),
  account_id: nullable(string({ min: 40, max: 40 })),
  time: nullable(struct({ start_time: nullable(timestamp), end_time: nullable(timestamp) })),
  category: nullable(tags(...CATEGORIES)),
  event_type: nullable(eventType),
});
export const cursor = struct({ cursor: string() });
