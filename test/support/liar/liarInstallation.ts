import { randomBytes } from 'node:crypto';
import type { Database } from 'arangojs';
import { DemoCompany } from '../../../sandbox/demo/changes';
import { startDropboxSimulator, type DropboxSimulator } from '../../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../../sandbox/dropbox/sources';
import { installPipesHub } from '../../../sandbox/pipeshub/install';
import { listMembers } from '../../../sandbox/pipeshub/members';
import { createActivities } from '../../../src/activities';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../../../src/client';
import { TemporalAccess } from '../../../src/client/temporal';
import { DropboxConnections } from '../../../src/dropbox';
import { ensureCollections, openDatabase } from '../../../src/graph/driver/database';
import { standalone } from '../../../src/graph/driver/graph';
import type { RecordEvent } from '../../../src/outbox/message';
import { FaultProxy } from '../faultProxy';
import { graphFaults } from '../graphChecks';
import { graphReaders } from '../graphReaders';
import { runWorker } from '../inProcessWorker';
import { ANSWER_WITHIN_SECONDS } from '../limits';
import { Resources } from '../resources';
import type { SharedServers } from '../servers';
import { simulatorPage } from '../simulatorPages';
import { WORKFLOW_BUNDLE } from '../workflowBundle';
import type { Cell } from './cells';
import { REPLAY_KINDS, Replays } from './replays';

const ORGANIZATION = 'org-1';
/** Member lists are never read again because of their age, so that a lost change shows as a difference. */
const NEVER = 10_000 * 24 * 60 * 60 * 1000;

type Truth = Record<string, { path: string; namespace_id: string; readers: string[] }>;

/** The sample company with a simulator, a database and a worker of its own. The client and worker see a proxy. */
export class LiarInstallation {
  private changes = 0;
  private readonly replays = new Replays();

  private constructor(
    /** Also the id of its connector: workflow ids are shared by all of a Temporal server. */
    private readonly connectorId: string,
    private readonly resources: Resources,
    private readonly dropbox: DropboxSimulator,
    readonly proxy: FaultProxy,
    /** In front of ArangoDB. */
    readonly arango: FaultProxy,
    private readonly company: DemoCompany,
    readonly db: Database,
    private readonly client: DropboxTeamsClient,
    /** Record events that were published since it was emptied. */
    readonly events: RecordEvent[],
  ) {
    proxy.decide = this.replays.decide;
  }

  static async start({ temporal, arango, connection }: SharedServers, name: string): Promise<LiarInstallation> {
    const resources = new Resources();
    try {
      const company = buildTeam(teamSource('demo'), 'A');
      const dropbox = resources.add(await startDropboxSimulator({ port: 0, company }));
      const proxy = resources.add(await FaultProxy.start(dropbox.url));
      const database = resources.add(await FaultProxy.start(arango.url));
      const config = loadConfig({
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_TASK_QUEUE: name,
        ARANGO_URL: database.url,
        ARANGO_DATABASE: name,
        DROPBOX_API_URL: proxy.url,
        CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
      });
      const users = await listMembers(dropbox.url);
      await installPipesHub({ arangoUrl: arango.url, database: name, org: ORGANIZATION, connector: name, users });
      const db = resources.add(openDatabase(config.arango));
      await ensureCollections(db);
      const events: RecordEvent[] = [];
      const services = {
        graph: standalone(db),
        dropbox: new DropboxConnections({ ...config.dropbox, firstRetryMs: 10 }),
        secretKeys: config.secretKeys,
        now: Date.now,
      };
      const client = resources.add(
        new DropboxTeamsClient({ temporal: new TemporalAccess(config.temporal), ...services }),
      );
      await runWorker(resources, {
        connection,
        taskQueue: name,
        workflowBundle: WORKFLOW_BUNDLE,
        activities: createActivities({
          ...services,
          broker: {
            isConfigured: true,
            publish: async (batch) => void events.push(...batch),
            close: async () => undefined,
          },
          membersMaxAge: NEVER,
          confirmAfter: 0,
        }),
      });
      const { appKey, appSecret, refreshToken } = dropbox.simulator.grants.app;
      await client.createConnector({
        connectorId: name,
        orgId: ORGANIZATION,
        strategy: 'manual',
        appKey,
        appSecret,
        refreshToken,
      });
      return new LiarInstallation(
        name,
        resources,
        dropbox,
        proxy,
        database,
        await DemoCompany.open(dropbox.url),
        db,
        client,
        events,
      );
    } catch (error) {
      await resources.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.resources.close();
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    const run = await this.client.runSync(this.connectorId, { answerWithinSeconds: ANSWER_WITHIN_SECONDS, ...options });
    return run.result();
  }

  /** Ends a run that does not end by itself. */
  async cancel(): Promise<void> {
    await this.client.cancel(this.connectorId);
  }

  /** Falsifies answers from now on, until `speakTruly`. */
  lie(cell: Cell): Promise<unknown> {
    const { route, kind, field, scope } = cell;
    if (REPLAY_KINDS.includes(kind)) {
      this.replays.answer(cell);
      return this.page('faults', { rules: [] });
    }
    const rule = {
      route: `^${route}$`,
      kind,
      ...(field === undefined ? {} : { field }),
      ...(scope === 'once' ? { times: 1 } : {}),
    };
    // The version of a route comes last: team/members/list_v2 is continued by team/members/list/continue_v2.
    const all = `^${route.replace(/_v2$/, '')}(/continue)?(_v2)?$`;
    return this.page('faults', { rules: [kind === 'endless' ? { ...rule, route: all } : rule] });
  }

  speakTruly(): Promise<unknown> {
    this.replays.answer(undefined);
    return this.page('faults', { rules: [] });
  }

  /** Number of answers that were falsified since `lie`. */
  get lies(): number {
    return this.dropbox.simulator.faults.count + this.replays.count;
  }

  async calls(): Promise<number> {
    const { total } = (await this.page('stats')) as { total: number };
    return total;
  }

  /** Item ids of all files, each with those who may read it. */
  truth(): Truth {
    return this.dropbox.simulator.company.truth().files;
  }

  /**
   * Changes of each kind that an incremental run follows: files, a folder that is shared and another one that is not
   * shared any more, a group's members. Calls must be answered honestly.
   */
  async change(): Promise<void> {
    const [first, second, third] = this.company.members;
    if (!first || !second || !third) throw new Error('the sample company has three active members');
    const number = (this.changes += 1);
    const mine = this.company.as(first);
    const folder = `/Liar ${number}`;
    await mine.filesCreateFolderV2({ path: folder });
    await mine.filesUpload({ path: `${folder}/new.txt`, contents: `number ${number}` });
    await mine.filesUpload({ path: `${folder}/moved.txt`, contents: `moves ${number}` });
    await mine.filesMoveV2({ from_path: `${folder}/moved.txt`, to_path: `${folder}/renamed.txt` });
    const { result } = await mine.sharingShareFolder({ path: folder });
    if (result['.tag'] === 'complete')
      await mine.sharingAddFolderMember({
        shared_folder_id: result.shared_folder_id,
        members: [{ member: { '.tag': 'email', email: second.email }, access_level: { '.tag': 'viewer' } }],
        quiet: true,
      });
    if (number > 1) await mine.filesDeleteV2({ path: `/Liar ${number - 1}/new.txt` });
    const team = this.company.team();
    const group = (await team.teamGroupsList({})).result.groups.find(
      ({ group_management_type: type }) => type['.tag'] !== 'system_managed',
    );
    if (!group) throw new Error('the sample company has a group');
    const selector = { group: { '.tag': 'group_id' as const, group_id: group.group_id }, return_members: false };
    const user = { '.tag': 'team_member_id' as const, team_member_id: third.teamMemberId };
    const { members } = (await team.teamGroupsMembersList({ group: selector.group })).result;
    if (members.some(({ profile }) => profile.team_member_id === third.teamMemberId))
      await team.teamGroupsMembersRemove({ ...selector, users: [user] });
    else await team.teamGroupsMembersAdd({ ...selector, members: [{ user, access_type: { '.tag': 'member' } }] });
  }

  /** Keys of the records of files, by item id. */
  async records(): Promise<Map<string, string>> {
    const cursor = await this.db.query<{ id: string; key: string }>(
      `FOR record IN records FILTER record.connectorId == @connector AND DOCUMENT("files", record._key).isFile == true
         RETURN { id: record.externalRecordId, key: record._key }`,
      { connector: this.connectorId },
      { batchSize: 10_000 },
    );
    return new Map((await cursor.all()).map(({ id, key }) => [id, key]));
  }

  readers(): Promise<Map<string, Set<string>>> {
    return graphReaders(this.db);
  }

  /** Lines that say how the graph differs from Dropbox. Empty: it is exact. */
  async differences(): Promise<string[]> {
    const truth = this.truth();
    const readers = await this.readers();
    const lines = await graphFaults(this.db);
    for (const [id, file] of Object.entries(truth)) {
      const found = readers.get(id);
      const expected = [...file.readers].sort().join();
      if (!found) {
        if (file.readers.length > 0) lines.push(`${file.path} has no record`);
      } else if ([...found].sort().join() !== expected)
        lines.push(`${file.path} is read by ${[...found].sort().join()} instead of ${expected}`);
    }
    for (const id of readers.keys()) if (!(id in truth)) lines.push(`${id} is not in Dropbox`);
    return lines;
  }

  private page(name: string, body?: unknown): Promise<unknown> {
    return simulatorPage(this.dropbox.url, name, body);
  }
}
