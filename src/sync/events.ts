import type { team_log } from 'dropbox';
import { isText } from '../guards';
import type { EventCounts } from './connectorDocument';
import { effectsOf, type Effect } from './eventEffects';
import type { EventCategory } from './keys';

/** A file by its id, or by its namespace and path. */
export type ItemHint = { fileId: string } | { namespaceId: string; path: string };

/**
 * What is stale according to audit events, each thing once. Events are hints only: they arrive late, unordered and more
 * than once. Whatever they name is read again, and only what is read is written.
 */
export interface Hints {
  /** team_member_id */
  members: string[];
  groups: string[];
  /** Namespaces with a stale member list. They may be new, or gone. */
  namespaces: string[];
  /** Files whose direct members are stale. */
  files: ItemHint[];
  /** Folders by their path in another namespace. Each may be the mount point of a namespace. */
  folders: { namespaceId: string; path: string }[];
  teamFolders: string[];
  /** Ids of members and groups whose received files are stale. */
  receivers: string[];
  /** Categories of which everything is stale, since an event did not name its subject. */
  everything: EventCategory[];
  counts: EventCounts;
  /** How many events were ignored since their type is unknown to this version, by type. */
  unknownTypes: Record<string, number>;
}

/** Old events lack nearly all of these fields. */
export type HintEvent = Pick<team_log.TeamEvent, 'event_type'> &
  Partial<Pick<team_log.TeamEvent, 'actor' | 'context' | 'participants' | 'assets' | 'details'>>;

/**
 * The hints of these events, the same in whatever order the events come. An event that can't be read makes everything
 * of its category stale; without `category`, everything.
 */
export function hintsOf(events: Iterable<HintEvent>, category?: EventCategory): Hints {
  const collector = new Collector(category ? [category] : EVERY_CATEGORY);
  for (const event of events) collector.add(event);
  return collector.hints();
}

/** The hints of both: for events that are read page by page. */
export function mergeHints(a: Hints, b: Hints): Hints {
  const union = <T extends string>(x: T[], y: T[]): T[] => [...new Set([...x, ...y])].sort();
  const byContent = <T>(x: T[], y: T[]): T[] => [
    ...new Map([...x, ...y].map((item) => [JSON.stringify(item), item])).values(),
  ];
  const unknownTypes = { ...a.unknownTypes };
  for (const [type, count] of Object.entries(b.unknownTypes)) {
    unknownTypes[type] = (unknownTypes[type] ?? 0) + count;
  }
  return {
    members: union(a.members, b.members),
    groups: union(a.groups, b.groups),
    namespaces: union(a.namespaces, b.namespaces),
    files: byContent(a.files, b.files),
    folders: byContent(a.folders, b.folders),
    teamFolders: union(a.teamFolders, b.teamFolders),
    receivers: union(a.receivers, b.receivers),
    everything: union(a.everything, b.everything),
    counts: {
      used: a.counts.used + b.counts.used,
      withoutEffect: a.counts.withoutEffect + b.counts.withoutEffect,
      unknown: a.counts.unknown + b.counts.unknown,
      unreadable: a.counts.unreadable + b.counts.unreadable,
    },
    unknownTypes,
  };
}

const EVERY_CATEGORY: readonly EventCategory[] = ['members', 'groups', 'team_folders', 'sharing'];

class Collector {
  private readonly ids = {
    members: new Set<string>(),
    groups: new Set<string>(),
    namespaces: new Set<string>(),
    teamFolders: new Set<string>(),
    receivers: new Set<string>(),
  };
  private readonly files = new Map<string, ItemHint>();
  private readonly folders = new Map<string, { namespaceId: string; path: string }>();
  private readonly everything = new Set<EventCategory>();
  private readonly unknownTypes = new Map<string, number>();
  private readonly counts: EventCounts = { used: 0, withoutEffect: 0, unknown: 0, unreadable: 0 };

  /** `unreadableIn`: the categories to read again in full when an event can't be read. */
  constructor(private readonly unreadableIn: readonly EventCategory[]) {}

  add(event: HintEvent): void {
    try {
      this.collect(event);
    } catch {
      // Dropbox's answer lacks what every event has, such as its type. The next page must not wait for it.
      this.counts.unreadable += 1;
      for (const category of this.unreadableIn) this.everything.add(category);
    }
  }

  private collect(event: HintEvent): void {
    const type: unknown = event.event_type['.tag'];
    if (!isText(type)) throw new Error('an event without a type');
    const effects = effectsOf(type);
    if (!effects) {
      this.counts.unknown += 1;
      this.unknownTypes.set(type, (this.unknownTypes.get(type) ?? 0) + 1);
      return;
    }
    for (const effect of effects) this.apply[effect](event);
    this.requireSubject(effects, event);
    if (effects.length === 0) this.counts.withoutEffect += 1;
    else this.counts.used += 1;
  }

  hints(): Hints {
    const sorted = <T extends string>(ids: Iterable<T>): T[] => [...ids].sort();
    const byKey = <T>(items: Map<string, T>): T[] => sorted(items.keys()).map((key) => items.get(key)!);
    const { members, groups, namespaces, teamFolders, receivers } = this.ids;
    return {
      members: sorted(members),
      groups: sorted(groups),
      namespaces: sorted(namespaces),
      files: byKey(this.files),
      folders: byKey(this.folders),
      teamFolders: sorted(teamFolders),
      receivers: sorted(receivers),
      everything: sorted(this.everything),
      counts: { ...this.counts },
      unknownTypes: Object.fromEntries([...this.unknownTypes].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  private readonly apply: Readonly<Record<Effect, (event: HintEvent) => void>> = {
    affectedMember: (event) => addAll(this.ids.members, affectedMembers(event)),
    participantMembers: (event) => addAll(this.ids.members, participantMembers(event)),
    participantGroups: (event) => addAll(this.ids.groups, participantGroups(event)),
    receivers: (event) => {
      // Single files are received; a folder has a member list instead.
      if (!event.assets?.some((asset) => asset['.tag'] === 'file')) return;
      addAll(this.ids.receivers, [
        ...affectedMembers(event),
        ...participantMembers(event),
        ...participantGroups(event),
      ]);
    },
    folders: (event) => locationsOf(event, 'folder').forEach((location) => this.addFolder(location)),
    files: (event) => locationsOf(event, 'file').forEach((location) => this.addFile(location)),
    teamFolders: (event) => {
      const folders = locationsOf(event, 'folder');
      addAll(
        this.ids.teamFolders,
        folders.flatMap(({ namespaceId }) => namespaceId ?? []),
      );
    },
    detailNamespaces: (event) => addAll(this.ids.namespaces, detailNamespaces(event)),
    allMembers: () => this.everything.add('members'),
    allGroups: () => this.everything.add('groups'),
    allTeamFolders: () => this.everything.add('team_folders'),
    allSharing: () => this.everything.add('sharing'),
  };

  /**
   * An event names the root of a shared folder by its namespace, with neither path nor id. It names any other folder by
   * its path in the namespace around it: that one is stale, and so is a namespace that may have begun or ended there.
   */
  private addFolder({ namespaceId, path }: AssetLocation): void {
    if (!namespaceId) return;
    this.ids.namespaces.add(namespaceId);
    if (path !== undefined) this.folders.set(`${namespaceId} ${path}`, { namespaceId, path });
  }

  private addFile({ fileId, namespaceId, path }: AssetLocation): void {
    if (fileId) this.files.set(fileId, { fileId });
    else if (namespaceId && path !== undefined) this.files.set(`${namespaceId} ${path}`, { namespaceId, path });
    else if (namespaceId) this.ids.namespaces.add(namespaceId);
  }

  /** An event that does not name its subject makes everything of its category stale, so that no change is lost. */
  private requireSubject(effects: readonly Effect[], event: HintEvent): void {
    if (effects.includes('affectedMember') && affectedMembers(event).length + participantMembers(event).length === 0) {
      this.everything.add('members');
    }
    if (effects.includes('participantGroups') && participantGroups(event).length === 0) this.everything.add('groups');
    const folders = locationsOf(event, 'folder');
    if (effects.includes('teamFolders') && !folders.some(({ namespaceId }) => namespaceId)) {
      this.everything.add('team_folders');
    }
    if (effects.includes('receivers') || effects.includes('detailNamespaces')) {
      const locations = [...folders, ...locationsOf(event, 'file')];
      const isNamed = locations.some(({ fileId, namespaceId }) => fileId ?? namespaceId);
      if (!isNamed && detailNamespaces(event).length === 0) this.everything.add('sharing');
    }
  }
}

function addAll(set: Set<string>, ids: Iterable<string>): void {
  for (const id of ids) set.add(id);
}

interface UserInfo {
  '.tag': string;
  team_member_id?: string;
}

/**
 * An id that an event may leave out. @throws Error for one that is no text: it names something, and no one knows what
 */
function idIn(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (isText(value)) return value;
  throw new Error('an event with an id that is no text');
}

function idsIn(value: unknown): string[] {
  const id = idIn(value);
  return id === undefined ? [] : [id];
}

const memberIdOf = (user: UserInfo | undefined): string[] =>
  user?.['.tag'] === 'team_member' ? idsIn(user.team_member_id) : [];

/**
 * The context names the member on whose behalf something happened: the affected member when an admin acted, and the
 * member themselves, or nothing, when they acted on their own. Adding an actor who is not affected only costs one more
 * id to look up.
 */
function affectedMembers({ context, actor }: HintEvent): string[] {
  const fromContext = context?.['.tag'] === 'team_member' ? memberIdOf(context) : [];
  if (fromContext.length > 0) return fromContext;
  return actor?.['.tag'] === 'user' ? memberIdOf(actor.user) : [];
}

const participantMembers = ({ participants }: HintEvent): string[] =>
  (participants ?? []).flatMap((one) => (one['.tag'] === 'user' ? memberIdOf(one.user) : []));

const participantGroups = ({ participants }: HintEvent): string[] =>
  (participants ?? []).flatMap((one) => (one['.tag'] === 'group' ? idsIn(one.group_id) : []));

/** The place of an event's asset, as far as the event names it. */
interface AssetLocation {
  fileId?: string;
  namespaceId?: string;
  /** As the event writes it: see `lowerForms`. Absent for the root of a namespace. */
  path?: string;
}

function locationsOf({ assets }: HintEvent, kind: 'file' | 'folder'): AssetLocation[] {
  return (assets ?? []).flatMap((asset) => {
    if (asset['.tag'] !== kind) return [];
    // The typings require the path, but old events lack it.
    const relative = (asset.path as typeof asset.path | undefined)?.namespace_relative as
      { ns_id?: string; relative_path?: string } | undefined;
    const path = relative?.relative_path;
    const [fileId, namespaceId] = [idIn(asset.file_id), idIn(relative?.ns_id)];
    return [
      {
        ...(fileId === undefined ? {} : { fileId }),
        ...(namespaceId === undefined ? {} : { namespaceId }),
        ...(path === undefined || path === '' || path === '/' ? {} : { path }),
      },
    ];
  });
}

const namespaceDetails = ['target_ns_id', 'previous_parent_ns_id', 'new_parent_ns_id'] as const;

function detailNamespaces({ details }: HintEvent): string[] {
  const fields = (details ?? {}) as Partial<Record<(typeof namespaceDetails)[number], unknown>>;
  return namespaceDetails.flatMap((name) => idsIn(fields[name]));
}
