import { createHash } from 'node:crypto';
import type { team_log } from 'dropbox';
import { timestamp } from './entries';
import { chance } from './ids';
import { refuse } from './problems';
import type { State } from './state';

/** Adds an event that appears after a seeded delay. */
export function append(state: State, event: team_log.TeamEvent): void {
  const { log, choices, seed } = state;
  const number = ++log.count;
  // A requested delay is the maximum, so a test that waits for it sees every event. The minimum is half of it.
  const half = log.delaySeconds === undefined ? undefined : log.delaySeconds / 2;
  const delay = half ?? choices.eventDelaySeconds;
  const disorder = half ?? choices.eventDisorderSeconds;
  const appear = (what: string) => state.clock() + Math.floor(1000 * (delay + disorder * chance(seed, what, number)));
  log.pending.push({ event, appearsAt: appear('late') });
  if (chance(seed, 'twice', number) < choices.duplicateEvents) {
    log.pending.push({ event, appearsAt: appear('again') });
  }
}

/** Makes pending events readable when their delay is over. */
function releaseDueEvents(state: State): void {
  const { log } = state;
  const now = state.clock();
  const due = log.pending.filter(({ appearsAt }) => appearsAt <= now);
  if (due.length === 0) return;
  log.pending = log.pending.filter(({ appearsAt }) => appearsAt > now);
  due.sort((one, other) => one.appearsAt - other.appearsAt);
  log.appeared.push(...due.map(({ event }) => event));
}

interface Filters {
  readonly account?: string;
  readonly start?: string;
  readonly end?: string;
  readonly category?: string;
  readonly type?: string;
}

interface LogCursor {
  /** The company instance that made the cursor: `State.instanceId`. */
  readonly instanceId: string;
  readonly position: number;
  readonly limit: number;
  readonly filters: Filters;
  readonly resets: number;
  /** Timestamp of the newest event that was returned. */
  readonly newest: string;
  readonly empty: boolean;
}

function getEvents(state: State, arg: team_log.GetTeamEventsArg): team_log.GetTeamEventsResult {
  const { category, event_type: type, account_id: account, time } = arg;
  if (category !== undefined && type !== undefined) {
    return refuse<team_log.GetTeamEventsError>({ '.tag': 'invalid_filters' });
  }
  if (account !== undefined && !state.accounts.has(account)) {
    return refuse<team_log.GetTeamEventsError>({ '.tag': 'account_id_not_found' });
  }
  if (time?.start_time !== undefined && time.end_time !== undefined && time.start_time > time.end_time) {
    return refuse<team_log.GetTeamEventsError>({ '.tag': 'invalid_time_range' });
  }
  const filters: Filters = {
    ...(account === undefined ? {} : { account }),
    ...(time?.start_time === undefined ? {} : { start: time.start_time }),
    ...(time?.end_time === undefined ? {} : { end: time.end_time }),
    ...(category === undefined ? {} : { category: category['.tag'] }),
    ...(type === undefined ? {} : { type: type['.tag'] }),
  };
  const newest = time?.start_time ?? timestamp(0);
  const { resets } = state.log;
  return page(state, {
    instanceId: state.instanceId,
    position: 0,
    limit: arg.limit ?? 1000,
    filters,
    resets,
    newest,
    empty: false,
  });
}

function getEventsContinue(state: State, text: string): team_log.GetTeamEventsResult {
  const cursor = decode(text);
  if (cursor === undefined) return refuse<team_log.GetTeamEventsContinueError>({ '.tag': 'bad_cursor' });
  if (cursor.instanceId !== state.instanceId || cursor.resets !== state.log.resets) {
    return refuse<team_log.GetTeamEventsContinueError>({ '.tag': 'reset', reset: cursor.newest });
  }
  return page(state, cursor);
}

/** Makes all existing cursors answer `reset` with the time of the newest event that they returned. */
function reset(state: State): void {
  state.log.resets++;
}

/** Delays each future event by a time between half of `seconds` and `seconds`, which also reorders events. */
function delay(state: State, seconds: number): void {
  state.log.delaySeconds = seconds;
}

function page(state: State, cursor: LogCursor): team_log.GetTeamEventsResult {
  releaseDueEvents(state);
  const { appeared } = state.log;
  const waiting = appeared.length > cursor.position;
  const roll = chance(state.seed, 'event page', cursor.position);
  if (waiting && !cursor.empty && roll < state.choices.emptyEventPages) {
    return { events: [], cursor: encode({ ...cursor, empty: true }), has_more: true };
  }
  const events: team_log.TeamEvent[] = [];
  let { position, newest } = cursor;
  while (position < appeared.length && events.length < cursor.limit) {
    const event = appeared[position++];
    if (event === undefined || !matches(event, cursor.filters)) continue;
    events.push(event);
    if (event.timestamp > newest) newest = event.timestamp;
  }
  return {
    events,
    cursor: encode({ ...cursor, position, newest, empty: false }),
    has_more: position < appeared.length,
  };
}

function matches(event: team_log.TeamEvent, filters: Filters): boolean {
  if (filters.start !== undefined && event.timestamp < filters.start) return false;
  if (filters.end !== undefined && event.timestamp >= filters.end) return false;
  if (filters.category !== undefined && event.event_category['.tag'] !== filters.category) return false;
  if (filters.type !== undefined && event.event_type['.tag'] !== filters.type) return false;
  if (filters.account === undefined) return true;
  return accountsOf(event).includes(filters.account);
}

function accountsOf(event: team_log.TeamEvent): (string | undefined)[] {
  const accounts: (string | undefined)[] = [];
  const { actor, context } = event;
  if (actor?.['.tag'] === 'user') accounts.push(actor.user.account_id);
  if (actor?.['.tag'] === 'admin') accounts.push(actor.admin.account_id);
  if (context !== undefined && 'account_id' in context) accounts.push(context.account_id);
  for (const participant of event.participants ?? []) {
    if (participant['.tag'] === 'user') accounts.push(participant.user.account_id);
  }
  return accounts;
}

function encode(cursor: LogCursor): string {
  const body = JSON.stringify(cursor);
  return `EV${checksum(body)}${Buffer.from(body).toString('base64url')}`;
}

function checksum(body: string): string {
  return createHash('sha256').update(`events|${body}`).digest('base64url').slice(0, 12);
}

function decode(text: string): LogCursor | undefined {
  const body = Buffer.from(text.slice(14), 'base64url').toString();
  if (!text.startsWith('EV') || text.slice(2, 14) !== checksum(body)) return undefined;
  return JSON.parse(body) as LogCursor;
}

export const operations = { getEvents, getEventsContinue, reset, delay };
