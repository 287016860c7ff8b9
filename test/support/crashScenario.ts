import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { DemoCompany } from '../../sandbox/demo/changes';
import { loadConfig, type SyncOutcome } from '../../src/client';
import { ensureCollections } from '../../src/graph/driver/database';
import { openBroker } from '../../src/outbox/broker';
import { change } from './change';
import { CrashingActivities } from './crashPoints';
import { graphFaults } from './graphChecks';
import { differences, dumpGraph } from './graphDump';
import { runWorker } from './inProcessWorker';
import { Installation } from './installation';
import { Stack } from './stack';
import { WORKFLOW_BUNDLE } from './workflowBundle';

export interface CrashReport {
  /** The points at which attempts died: `activity: point`. */
  crashes: string[];
  /** Number of distinct points. */
  points: number;
  rounds: number;
  /** Record events that the undisturbed syncs wrote to their outbox. */
  events: number;
  /** Failed syncs, and differences between the disturbed and the undisturbed graph. None are expected. */
  problems: string[];
  seconds: number;
}

/**
 * Syncs one company into two graphs, and lets attempts die in the syncs of the second one. A round has a full sync and
 * two incremental syncs, with changes at the company and updates of the indexing service before each of these. The graphs
 * are compared after each sync. Rounds are repeated until `least` attempts have died.
 */
export async function crashEverywhere(options: {
  least: number;
  seed?: number;
  /** Probability that a first attempt dies. */
  share?: number;
  log?: (line: string) => void;
}): Promise<CrashReport> {
  const { least, seed = 1, share = 1, log = () => undefined } = options;
  const started = Date.now();
  // Hundreds of attempts fail as intended, so only errors are logged.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const report: CrashReport = { crashes: [], points: 0, rounds: 0, events: 0, problems: [], seconds: 0 };
  while (report.crashes.length < least) {
    report.rounds += 1;
    const crashes = await oneRound(seed + report.rounds - 1, share, report, log);
    report.crashes.push(...crashes);
    log(`round ${report.rounds}: ${crashes.length} attempts died, ${report.problems.length} differences`);
    if (report.problems.length > 0) break;
  }
  report.points = new Set(report.crashes).size;
  report.seconds = Math.round((Date.now() - started) / 100) / 10;
  return report;
}

async function oneRound(
  seed: number,
  share: number,
  report: CrashReport,
  log: (line: string) => void,
): Promise<string[]> {
  const stack = await Stack.start({ team: 'demo', transactionIdleSeconds: 1 });
  try {
    const connection = stack.resources.add(await NativeConnection.connect({ address: stack.temporal.address }));
    const undisturbed = await CrashingInstallation.open(stack, connection, 'undisturbed');
    const disturbed = await CrashingInstallation.open(stack, connection, 'disturbed');
    const company = await DemoCompany.open(stack.dropbox.url);
    for (const step of ['full', 'first changes', 'second changes'] as const) {
      if (step === 'first changes') await company.work();
      if (step === 'second changes') await moreChanges(stack, company);
      const startedAt = Date.now();
      undisturbed.activities.observe();
      reportProblems(report, `${step}, undisturbed`, await undisturbed.installation.sync());
      const disturbedAt = Date.now();
      disturbed.activities.learn(undisturbed.activities);
      disturbed.activities.disturb(seed * 10 + step.length, share);
      reportProblems(report, `${step}, disturbed (seed ${seed})`, await disturbed.installation.sync());
      log(
        `${step}: ${disturbedAt - startedAt} ms undisturbed, ${Date.now() - disturbedAt} ms with ${disturbed.activities.crashes.length} deaths so far`,
      );
      const graphs = await Promise.all([undisturbed, disturbed].map(({ installation }) => dumpGraph(installation.db)));
      const [expected = new Map<string, string[]>(), actual = new Map<string, string[]>()] = graphs;
      const found = [...differences(expected, actual), ...(await graphFaults(disturbed.installation.db))];
      report.problems.push(...found.map((line) => `${step} (seed ${seed}): ${line}`));
      report.events += expected.get('dropboxOutbox')?.length ?? 0;
      for (const { installation } of [undisturbed, disturbed]) await index(installation);
    }
    return disturbed.activities.crashes;
  } finally {
    await stack.close();
  }
}

function reportProblems(report: CrashReport, what: string, { status, gaps, error }: SyncOutcome): void {
  if (status !== 'complete') report.problems.push(`${what}: ${status} ${[error?.message, ...gaps].join('; ')}`);
}

/** An installation of PipesHub whose worker runs in this process. */
class CrashingInstallation {
  private constructor(
    readonly installation: Installation,
    readonly activities: CrashingActivities,
  ) {}

  static async open(stack: Stack, connection: NativeConnection, name: string): Promise<CrashingInstallation> {
    const installation = await Installation.create(stack, name, { batchSize: 10 });
    await ensureCollections(installation.db);
    const config = loadConfig(installation.environment);
    const activities = new CrashingActivities(config, {
      broker: openBroker(config.broker),
      secretKeys: config.secretKeys,
      membersMaxAge: config.membersMaxAgeHours * 60 * 60 * 1000,
      confirmAfter: 0,
      now: Date.now,
    });
    await runWorker(stack.resources, {
      connection,
      taskQueue: config.temporal.taskQueue,
      workflowBundle: WORKFLOW_BUNDLE,
      activities: activities.all(),
    });
    return new CrashingInstallation(installation, activities);
  }
}

/** Indexes all records as PipesHub's indexing service does. Only indexed records have deletion events. */
async function index({ db }: Installation): Promise<void> {
  await change(
    db,
    `FOR r IN records FILTER r.virtualRecordId == null
       UPDATE r WITH { virtualRecordId: CONCAT("v-", r._key), indexingStatus: "COMPLETED" } IN records`,
  );
}

/** New content, moves, deletions, and a suspended member. */
async function moreChanges(stack: Stack, company: DemoCompany): Promise<void> {
  const [first, second, third] = company.members;
  if (!first || !second || !third) throw new Error('the demo company has too few members');
  const mine = company.as(first);
  await mine.filesUpload({ path: '/Demo day/agenda.md', contents: '# Agenda, again\n', mode: { '.tag': 'overwrite' } });
  await mine.filesMoveV2({ from_path: '/Demo day/minutes.txt', to_path: '/minutes of the demo.txt' });
  await mine.filesCreateFolderV2({ path: '/Attic' });
  await mine.filesUpload({ path: '/Attic/Größe 測試 …txt', contents: 'x' });
  for (const member of [second, third]) {
    const theirs = company.as(member);
    const { result } = await theirs.filesListFolder({ path: '' });
    const folder = result.entries.find((entry) => entry['.tag'] === 'folder' && entry.sharing_info === undefined);
    if (folder?.path_lower) await theirs.filesDeleteV2({ path: folder.path_lower });
  }
  const { team } = stack.company;
  const suspended = company.members.at(-1);
  if (suspended && suspended.email !== company.info.admin.email) {
    team.suspendMember({
      user: { '.tag': 'team_member_id', team_member_id: suspended.teamMemberId },
      wipe_data: false,
    });
  }
}
