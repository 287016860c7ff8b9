/** The audit log: when events appear, how often they are repeated, and what they lack. */
import type { team_log } from 'dropbox';
import { until } from '../until';
import { Other, Share, type Probe, type Subject } from './probe';
import type { Team } from './team';

type Page = team_log.GetTeamEventsResult;

/** Folders that are shared one after the other. The event of each names its namespace. */
const MARKERS = 4;
/** Files that are uploaded, so that there are events about files. */
const FILES = 40;
const EVENTS_ON_A_PAGE = 3;
const MOST_PAGES = 250;

interface Events {
  /** Milliseconds between the end of a change and its event, in the order in which the events appeared. */
  lags: number[];
  /** Whether they appeared in another order than they happened. */
  isReordered: boolean;
  pages: number;
  emptyPages: number;
  /** Events without repetitions. */
  events: number;
  repeated: number;
  files: number;
  filesWithoutId: number;
}

const made = new WeakMap<Team, Promise<Events>>();

/** Makes events once for all probes of this file. */
function events(subject: Subject): Promise<Events> {
  const making = made.get(subject.team) ?? make(subject);
  made.set(subject.team, making);
  return making;
}

async function make(subject: Subject): Promise<Events> {
  const { team, scratch } = subject;
  const admin = await team.admin();
  const as = { member: admin.team_member_id };
  const argument = { time: { start_time: `${scratch.startedAt.toISOString().slice(0, 19)}Z` } };
  const markers = await watchMarkers(subject, argument);

  const folder = await scratch.newFolder(admin);
  for (let file = 0; file < FILES; file++) await team.api.upload(`${folder}/${file}`, as);
  const found = { pages: 0, emptyPages: 0, files: 0, filesWithoutId: 0 };
  const all: string[] = [];
  const pages = team.pages<Page>(
    'team_log/get_events',
    'team_log/get_events/continue',
    { ...argument, limit: EVENTS_ON_A_PAGE },
    {},
    MOST_PAGES,
  );
  for await (const page of pages) {
    if (page.events.length > 0) found.pages++;
    else if (page.has_more) found.emptyPages++;
    all.push(...page.events.map((event) => JSON.stringify(event)));
  }
  const unique = new Set(all);
  for (const text of unique) {
    for (const asset of (JSON.parse(text) as team_log.TeamEvent).assets ?? []) {
      if (asset['.tag'] !== 'file') continue;
      found.files++;
      if (asset.file_id === undefined) found.filesWithoutId++;
    }
  }
  return { ...markers, events: unique.size, repeated: all.length - unique.size, ...found };
}

async function watchMarkers({ team, scratch }: Subject, argument: object) {
  const admin = await team.admin();
  const as = { member: admin.team_member_id };
  const changedAt = new Map<string, number>();
  const lags = new Map<string, number>();
  let { cursor } = await lastPage(team, await team.api.ok<Page>('team_log/get_events', argument));
  const look = async (): Promise<true | undefined> => {
    const page = await lastPage(team, await team.api.ok<Page>('team_log/get_events/continue', { cursor }), (each) => {
      for (const event of each) {
        for (const [id, at] of changedAt) {
          if (!lags.has(id) && isCreation(event, id)) lags.set(id, Date.now() - at);
        }
      }
    });
    cursor = page.cursor;
    return lags.size === MARKERS ? true : undefined;
  };
  for (let marker = 0; marker < MARKERS; marker++) {
    const id = await scratch.share(await scratch.newFolder(admin), as);
    changedAt.set(id, Date.now());
    await look();
  }
  await until(look, scratch.waitSeconds);
  return { lags: [...lags.values()], isReordered: [...lags.keys()].join() !== [...changedAt.keys()].join() };
}

async function lastPage(team: Team, first: Page, look: (events: Page['events']) => void = () => undefined) {
  let page = first;
  look(page.events);
  while (page.has_more) {
    page = await team.api.ok<Page>('team_log/get_events/continue', { cursor: page.cursor });
    look(page.events);
  }
  return page;
}

const isCreation = ({ event_type, assets, details }: team_log.TeamEvent, namespace: string): boolean =>
  event_type['.tag'] === 'shared_folder_create' &&
  ((details as { target_ns_id?: string }).target_ns_id === namespace ||
    (assets ?? []).some((asset) => asset['.tag'] === 'folder' && asset.path.namespace_relative.ns_id === namespace));

const SECOND = 1000;

/** Whole seconds of what was measured: a lag below one second is none. */
const measured = (claim: string, of: (found: Events) => number): Probe<number> => ({
  claim,
  async see(subject) {
    const found = await events(subject);
    const isComplete = found.lags.length === MARKERS;
    return isComplete ? of(found) : new Other(`no event after ${subject.scratch.waitSeconds} seconds`);
  },
});

const share = (claim: string, count: (found: Events) => Share): Probe<number> => ({
  claim,
  see: async (subject) => count(await events(subject)),
});

export const eventProbes = {
  eventDelaySeconds: measured('the least number of seconds until an event appears', ({ lags }) =>
    Math.floor(Math.min(...lags) / SECOND),
  ),
  eventDisorderSeconds: measured(
    'by how many more seconds events appear later than others, which reorders them',
    ({ lags, isReordered }) =>
      isReordered ? Math.max(1, Math.floor((Math.max(...lags) - Math.min(...lags)) / SECOND)) : 0,
  ),
  duplicateEvents: share('the share of events that appear twice', (found) => new Share(found.repeated, found.events)),
  emptyEventPages: share(
    'the share of pages of events before which there is an empty one',
    (found) => new Share(found.emptyPages, found.pages),
  ),
  eventsWithoutFileId: share(
    'the share of events about files that lack the id of the file',
    (found) => new Share(found.filesWithoutId, found.files),
  ),
};
