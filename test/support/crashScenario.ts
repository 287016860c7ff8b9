import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { DemoCompany } from '../../sandbox/demo/changes';
import { loadConfig, type SyncOutcome } from '../../src/client';
import { openBroker } from '../../src/outbox/broker';
import { ensureCollections } from '../../src/graph/driver/database';
import { CrashingActivities } from './crashPoints';
import { graphFaults } from './graphChecks';
import { differences, dumpGraph } from './graphDump';
import { Installation } from './installation';
import { runWorker } from './resources';
import { Stack } from './stack';
import { WORKFLOW_BUNDLE } from './workflowBundle';

export interface CrashReport {
  /** Attempts that died, and where: `activity: point`. */
  struck: string[];
  /** Different ones among them. */
  points: number;
  rounds: number;
  /** Events for PipesHub that the undisturbed syncs left in their outbox. */
  events: number;
  /** What the disturbed graphs have otherwise than the undisturbed one; nothing. */
  problems: string[];
  seconds: number;
}

/**
 * Syncs one company into one graph in peace and into others while attempts die: a full sync, a day of changes and what
 * the indexing service writes, an incremental sync, more changes, one more. Goes on round by round until `least` attempts
 * have died, and compares after each sync.
 */
export async function crashEverywhere(options: {
  least: number;
  seed?: number;
  /** Of the first attempts, how many die. */
  share?: number;
  tell?: (line: string) => void;
}): Promise<CrashReport> {
  const { least, seed = 1, share = 1, tell = () => undefined } = options;
  const started = Date.now();
  // Hundreds of failed attempts, each as it should be: only what nobody expects is worth a line.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const report: CrashReport = { struck: [], points: 0, rounds: 0, events: 0, problems: [], seconds: 0 };
  while (report.struck.length < least) {
    report.rounds += 1;
    const struck = await oneRound(seed + report.rounds - 1, share, report, tell);
    report.struck.push(...struck);
    tell(`round ${report.rounds}: ${struck.length} attempts died, ${report.problems.length} differences`);
    if (report.problems.length > 0) break;
  }
  report.points = new Set(report.struck).size;
  report.seconds = Math.round((Date.now() - started) / 100) / 10;
  return report;
}

async function oneRound(
  seed: number,
  share: number,
  report: CrashReport,
  tell: (line: string) => void,
): Promise<string[]> {
  const stack = await Stack.start({ team: 'demo', transactionIdleSeconds: 1 });
  try {
    const connection = stack.resources.add(await NativeConnection.connect({ address: stack.temporal.address }));
    const calm = await Side.open(stack, connection, 'calm');
    const disturbed = await Side.open(stack, connection, 'disturbed');
    const company = await DemoCompany.open(stack.dropbox.url);
    for (const step of ['full', 'first changes', 'second changes'] as const) {
      if (step === 'first changes') await company.work();
      if (step === 'second changes') await moreChanges(stack, company);
      const begun = Date.now();
      calm.activities.observe();
      complain(report, `${step}, undisturbed`, await calm.installation.sync());
      const calmed = Date.now();
      disturbed.activities.learn(calm.activities);
      disturbed.activities.disturb(seed * 10 + step.length, share);
      complain(report, `${step}, disturbed (seed ${seed})`, await disturbed.installation.sync());
      tell(
        `${step}: ${calmed - begun} ms undisturbed, ${Date.now() - calmed} ms with ${disturbed.activities.struck.length} deaths so far`,
      );
      const graphs = await Promise.all([calm, disturbed].map(({ installation }) => dumpGraph(installation.db)));
      const [expected = new Map<string, string[]>(), actual = new Map<string, string[]>()] = graphs;
      const found = [...differences(expected, actual), ...(await graphFaults(disturbed.installation.db))];
      report.problems.push(...found.map((line) => `${step} (seed ${seed}): ${line}`));
      report.events += expected.get('dropboxOutbox')?.length ?? 0;
      for (const { installation } of [calm, disturbed]) await beIndexed(installation);
    }
    return disturbed.activities.struck;
  } finally {
    await stack.close();
  }
}

function complain(report: CrashReport, what: string, { status, gaps, error }: SyncOutcome): void {
  if (status !== 'complete') report.problems.push(`${what}: ${status} ${[error?.message, ...gaps].join('; ')}`);
}

/** A PipesHub with a worker in this process. */
class Side {
  private constructor(
    readonly installation: Installation,
    readonly activities: CrashingActivities,
  ) {}

  static async open(stack: Stack, connection: NativeConnection, name: string): Promise<Side> {
    const installation = await Installation.create(stack, name, { batchSize: 10 });
    await ensureCollections(installation.db);
    const config = loadConfig(installation.environment);
    const activities = new CrashingActivities(config, {
      broker: openBroker(config.broker),
      secretKeys: config.secretKeys,
      membersMaxAge: config.membersMaxAgeHours * 60 * 60 * 1000,
      now: Date.now,
    });
    await runWorker(stack.resources, {
      connection,
      taskQueue: config.temporal.taskQueue,
      workflowBundle: WORKFLOW_BUNDLE,
      activities: activities.all(),
    });
    return new Side(installation, activities);
  }
}

/** What PipesHub's indexing service writes: only records that were indexed have deletion events. */
async function beIndexed({ db }: Installation): Promise<void> {
  await db.query(
    `FOR r IN records FILTER r.virtualRecordId == null
       UPDATE r WITH { virtualRecordId: CONCAT("v-", r._key), indexingStatus: "COMPLETED" } IN records`,
  );
}

/** Deletions, a move between namespaces, new content, members and groups that change. */
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
