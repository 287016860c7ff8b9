import { randomBytes, createSecretKey, type KeyObject } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Database } from 'arangojs';
import { createActivities, type ActivityServices, type SyncActivities } from '../../src/activities';
import type { WorkObserver } from '../../src/contract/observer';
import type {
  DropboxActor,
  DropboxConnections,
  DropboxSession,
  FileMembersAnswer,
  FolderEntry,
  FolderPage,
} from '../../src/dropbox';
import { failure } from '../../src/failures';
import { writeMembers } from '../../src/graph/access/members';
import { writeRecordGroups } from '../../src/graph/access/recordGroups';
import { readTeam } from '../../src/graph/access/team';
import { standalone } from '../../src/graph/driver/graph';
import { insertConnector } from '../../src/graph/state/connectors';
import { readStartable, takeRun } from '../../src/graph/state/runFence';
import type { RecordEventBroker } from '../../src/outbox/broker';
import { sealSecrets } from '../../src/secrets';
import type { NamespaceDocument } from '../../src/sync/syncDocuments';
import { context, member, namespace, user } from '../graph/fixture';
import { CONNECTOR, ORG } from '../support/database';

export const RUN = 'run-1';

const key: KeyObject = createSecretKey(randomBytes(32));

/** A clock that the tests move. */
const clock = { now: 1_000_000_000_000 };

export function advance(milliseconds: number): void {
  clock.now += milliseconds;
}

/** What a session answers: by actor's name and namespace, page after page. Whatever a test does not need is absent. */
export interface Script {
  /** Pages of a listing by cursor; '' is the first call. A page that is a function may throw. */
  pages: Record<string, FolderPage | (() => FolderPage | Promise<FolderPage>)>;
  /** Entries do not name the shared folder that contains them, unless a test gives it to them. */
  isUnnamed?: boolean;
  /** Every call of a listing, as `<actor> <cursor>`. */
  asked: string[];
  fileMembers?: (actor: string, ids: readonly string[]) => Map<string, FileMembersAnswer>;
  actor?: (name: string) => Partial<Record<keyof DropboxActor, unknown>>;
  team?: Partial<Record<keyof DropboxSession['team'], unknown>>;
  /** ms */
  confirmAfter?: number;
  /** Takes record events. Default: there is no broker. */
  publish?: RecordEventBroker['publish'];
  observer?: WorkObserver;
}

export const page = (entries: FolderEntry[], cursor: string, hasMore = false): FolderPage => ({
  entries,
  cursor,
  hasMore,
});

export const unreachable = (): Error => failure('NamespaceUnreachable', 'not for this member');

/** As Dropbox describes what is in a shared folder. */
const namedIn = (namespaceId: string, entry: FolderEntry): FolderEntry =>
  entry['.tag'] === 'deleted' || entry.sharing_info
    ? entry
    : { ...entry, sharing_info: { read_only: false, parent_shared_folder_id: namespaceId } };

/** The activities over a script instead of Dropbox. */
export function scripted(db: Database, script: Script): SyncActivities {
  const actor = (name: string): Partial<Record<keyof DropboxActor, unknown>> => {
    const next = async (namespaceId: string, cursor: string): Promise<FolderPage> => {
      script.asked.push(`${name} ${cursor}`);
      const found = script.pages[cursor];
      if (!found) throw new Error(`no page for the cursor '${cursor}'`);
      const answer = await (typeof found === 'function' ? found() : found);
      return script.isUnnamed
        ? answer
        : { ...answer, entries: answer.entries.map((entry) => namedIn(namespaceId, entry)) };
    };
    return {
      listFolder: (id: string) => next(id, ''),
      continueFolder: next,
      folderMetadata: () => Promise.resolve({ accessLevel: 'editor' }),
      // What a listing does not show is gone.
      contains: () => Promise.resolve(false),
      reaches: () => Promise.resolve(true),
      itemIn: () => Promise.resolve(null),
      fileMembersBatch: (ids: readonly string[]) =>
        Promise.resolve(script.fileMembers?.(name, ids) ?? new Map<string, FileMembersAnswer>()),
      ...script.actor?.(name),
    };
  };
  const session = {
    team: {
      teamInfo: () => Promise.resolve({ teamId: 'dbtid:acme', name: 'Acme' }),
      admin: () => Promise.resolve({ teamMemberId: 'dbmid:admin', email: 'admin@acme.example' }),
      teamFoldersByIds: () => Promise.resolve(new Map()),
      ...script.team,
    },
    calls: { total: 0, byRoute: {} },
    as: ({ kind, teamMemberId }: { kind: string; teamMemberId: string }) =>
      actor(kind === 'admin' ? 'admin' : teamMemberId),
  };
  const services: ActivityServices = {
    graph: standalone(db),
    dropbox: { session: () => session } as unknown as DropboxConnections,
    broker: {
      isConfigured: script.publish !== undefined,
      publish: script.publish ?? (() => Promise.resolve()),
      close: () => Promise.resolve(),
    },
    secretKeys: [key],
    membersMaxAge: 24 * 60 * 60 * 1000,
    confirmAfter: script.confirmAfter ?? 0,
    now: () => (clock.now += 1),
    ...(script.observer ? { observer: script.observer } : {}),
  };
  return createActivities(services);
}

/** From now on this run may write, and no other. */
export async function beginRun(db: Database, runId: string, now = 1) {
  const graph = standalone(db);
  const { connector, standing } = await readStartable(graph, CONNECTOR);
  const { filtersChangedAt } = connector;
  const taking = { isFullRequested: false, dryRun: false, teamId: 'dbtid:acme', now, filtersChangedAt };
  return takeRun(graph, { connectorId: CONNECTOR, runId }, taking, standing);
}

/** Runs one activity as a worker does; `heartbeat` is what an attempt before this one left. */
export async function attempt<I, O>(
  activity: (input: I) => Promise<O>,
  input: I,
  heartbeat?: unknown,
  number = 1,
): Promise<O> {
  const environment = new MockActivityEnvironment({ heartbeatDetails: heartbeat, attempt: number });
  let result: O | undefined;
  await environment.run(async () => {
    result = await activity(input);
  });
  return result as O;
}

/** A connector with two active members and one namespace that both may read. */
export async function connectorWith(
  db: Database,
  {
    batchSize = 2,
    brake = { share: 0.2, items: 100 },
  }: { batchSize?: number; brake?: { share: number; items: number } },
  namespaces: NamespaceDocument[] = [listed('1')],
): Promise<void> {
  await insertConnector(standalone(db), {
    _key: CONNECTOR,
    orgId: ORG,
    appKey: 'app',
    credentials: sealSecrets({ appSecret: 'secret', refreshToken: 'token' }, [CONNECTOR, ORG, 'app'], key),
    strategy: 'manual',
    every: null,
    paused: false,
    batchSize,
    filters: {},
    appliedFilters: {},
    brake,
    teamId: null,
    lastRun: null,
    fullRunAt: null,
    createdAt: 1,
    updatedAt: 1,
  });
  await beginRun(db, RUN);
  await writeMembers(standalone(db), context(), [member('a'), member('b')]);
  await writeRecordGroups(standalone(db), context(), namespaces, await readTeam(standalone(db), CONNECTOR));
}

export const listed = (id: string, more: Partial<NamespaceDocument> = {}): NamespaceDocument =>
  namespace(id, { principals: [user('a'), user('b')], delegate: 'dbmid:a', work: 'relist', ...more });

export const ofNamespace = (namespaceId: string, runId = RUN) => ({
  connectorId: CONNECTOR,
  runId,
  namespaceId,
  startedAt: 0,
});
