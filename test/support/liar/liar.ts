import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SyncOptions, SyncOutcome } from '../../../src/client';
import { Resources } from '../resources';
import { cellsOf, describeCell, SeenAnswers, type Cell } from './cells';
import { InstallationPool } from './installationPool';
import type { LiarInstallation } from './liarInstallation';
import { calledRoutes, DROPBOX_SOURCES } from './sdkRoutes';

/** first: into an empty graph. full: the same state again. incremental: after changes. */
export const MODES = ['first', 'full', 'incremental'] as const;
export type Mode = (typeof MODES)[number];

export interface Judgement {
  cell: Cell;
  mode: Mode;
  /** Status of the run that was lied to; `endless` when it did not end by itself. */
  status: SyncOutcome['status'] | 'endless';
  /** Whether an answer of the run was falsified. */
  isTold: boolean;
  /** Whether the run's result mentions what was not believed or not read. */
  isReported: boolean;
  /** What did not hold, a line each. */
  broken: string[];
  seconds: number;
}

/** A run that was lied to may make so many times the calls of an honest one, and so many more. */
const CALLS = { times: 5, more: 6000 };
/** Retries of a call that fails throughout a run take some minutes. */
const RUN_ENDS_WITHIN_MS = 30 * 60_000;

/**
 * What changes in a listing or the audit log is not compared with anything, so that a lie about it can't be noticed. The
 * next full run reads it. But a listing from the start is compared with what is stored, which is nothing in a first run.
 */
function isCompared({ route, kind }: Cell, mode: Mode): boolean {
  if (mode === 'first') return false;
  if (route === 'files/list_folder' && mode === 'full' && /^(empty|short)-list$/.test(kind)) return true;
  return !/^(files\/list_folder|team_log\/get_events)/.test(route);
}

/**
 * A new folder's list, and a file that is new among those that a member has received, are believed until the next run:
 * nothing is stored that they could be compared with.
 */
function isNews({ route, kind }: Cell, mode: Mode): boolean {
  // An old answer agrees with what is stored.
  if (kind === 'stale') return true;
  if (route === 'sharing/list_received_files') return kind === 'foreign';
  return route === 'sharing/list_folder_members' && kind === 'short-list' && mode === 'incremental';
}

/** Runs the sample company against a Dropbox that lies, cell by cell. */
export class Liar {
  /** Answers to honest runs. */
  private readonly seen: Record<Mode, SeenAnswers> = {
    first: new SeenAnswers(),
    full: new SeenAnswers(),
    incremental: new SeenAnswers(),
  };
  private honestCalls = 0;
  /** What the results of honest runs count as left out. */
  private readonly honestlyLeftOut: Record<Mode, number> = { first: 0, full: 0, incremental: 0 };

  private constructor(
    private readonly resources: Resources,
    private readonly pool: InstallationPool,
  ) {}

  static async start(): Promise<Liar> {
    const resources = new Resources();
    try {
      const liar = new Liar(resources, await InstallationPool.start(resources, 'liar'));
      await liar.observe();
      return liar;
    } catch (error) {
      await resources.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
    await this.resources.close();
  }

  /** All lies about all routes that the code calls, and the routes that an honest run of the sample company does not call. */
  cells(mode: Mode): { cells: Cell[]; notCalled: string[] } {
    const routes = calledRoutes();
    const seen = this.seen[mode];
    return {
      cells: routes.filter(({ name }) => seen.isCalled(name)).flatMap((route) => cellsOf(route, seen, isRead)),
      notCalled: routes.filter(({ name }) => !seen.isCalled(name)).map(({ name }) => name),
    };
  }

  async judge(cell: Cell, mode: Mode): Promise<Judgement> {
    const startedAt = Date.now();
    const judgement: Judgement = {
      cell,
      mode,
      status: 'complete',
      isTold: false,
      isReported: false,
      broken: [],
      seconds: 0,
    };
    const work = (installation: LiarInstallation): Promise<void> => this.tryOn(installation, judgement);
    if (mode === 'first') await this.pool.useNew(judgement.broken, work);
    else await this.pool.use(judgement.broken, work);
    judgement.seconds = (Date.now() - startedAt) / 1000;
    return judgement;
  }

  /** An honest run of each mode, to see which answers have which fields. */
  private async observe(): Promise<void> {
    const broken: string[] = [];
    await this.pool.useNew(broken, async (installation) => {
      for (const mode of MODES) {
        if (mode === 'incremental') await installation.change();
        installation.proxy.decide = ({ path }) => ({
          rewrite: (text) => {
            this.seen[mode].add(path.replace(/^\/2\//, ''), text);
            return text;
          },
        });
        const before = await installation.calls();
        this.honestlyLeftOut[mode] = leftOut(await installation.sync(optionsOf(mode)));
        this.honestCalls = (await installation.calls()) - before;
        installation.proxy.decide = () => undefined;
      }
    });
    if (broken.length > 0) throw new Error(broken.join('; '));
  }

  private async tryOn(installation: LiarInstallation, judgement: Judgement): Promise<void> {
    const { cell, mode, broken } = judgement;
    // A new installation holds nothing that could be lost.
    const before = { truth: mode === 'first' ? {} : installation.truth(), records: await installation.records() };
    if (mode === 'incremental') await installation.change();
    const truth = installation.truth();
    installation.events.length = 0;
    const calls = await installation.calls();
    await installation.lie(cell);
    const outcome = await within(RUN_ENDS_WITHIN_MS, installation.sync(optionsOf(mode)));
    judgement.isTold = installation.lies > 0;
    await installation.speakTruly();
    judgement.status = outcome?.status ?? 'endless';
    if (!outcome) {
      broken.push('the run does not end');
      return installation.cancel();
    }
    judgement.isReported =
      outcome.status !== 'complete' || outcome.gaps.length > 0 || leftOut(outcome) > this.honestlyLeftOut[mode];
    const made = (await installation.calls()) - calls;
    if (made > this.honestCalls * CALLS.times + CALLS.more) broken.push(`the run makes ${made} calls`);

    const records = await installation.records();
    for (const [id, key] of before.records)
      if (id in truth && records.get(id) !== key) broken.push(`the record of ${truth[id]?.path ?? id} is lost`);
    for (const [id, readers] of await installation.readers()) {
      const allowed = new Set([...(before.truth[id]?.readers ?? []), ...(truth[id]?.readers ?? [])]);
      // A stranger that a listing shows is no file of Dropbox, and has the readers of its folder.
      for (const reader of id in truth || id in before.truth ? readers : [])
        if (!allowed.has(reader)) broken.push(`${reader} reads ${truth[id]?.path ?? id}, which Dropbox never allowed`);
    }
    if (!judgement.isReported && isCompared(cell, mode) && !isNews(cell, mode)) {
      const lines = await installation.differences();
      if (lines.length > 0) broken.push(`the result reports nothing, but ${some(lines)}`);
    }

    const options: SyncOptions = isCompared(cell, mode) ? {} : { mode: 'full' };
    // A stranger that was believed grants nothing once a run has missed it, and is gone with the next one.
    if (isNews(cell, mode) && cell.kind === 'foreign') await installation.sync(options);
    const honest = await installation.sync(options);
    if (honest.status !== 'complete')
      broken.push(
        `the honest run after it ends ${honest.status}: ${some([...honest.gaps, honest.error?.message ?? ''])}`,
      );
    const lines = await installation.differences();
    if (lines.length > 0) broken.push(`after an honest run ${some(lines)}`);
    // A stranger is no file of Dropbox: it appears and goes.
    const isSame = (id: string): boolean =>
      id in truth && JSON.stringify(before.truth[id]) === JSON.stringify(truth[id]);
    const events = installation.events.filter(({ payload }) => {
      const id = [...records].find(([, key]) => key === payload['recordId'])?.[0];
      return id !== undefined && isSame(id);
    });
    if (events.length > 0) broken.push(`${events.length} events for files that never changed`);
  }
}

const optionsOf = (mode: Mode): SyncOptions => (mode === 'full' ? { mode } : {});

/** What a result counts as unknown, so that it grants nothing. */
const leftOut = ({ ungranted, events }: SyncOutcome): number => (ungranted?.levels ?? 0) + (events?.unknown ?? 0);

const some = (lines: readonly string[]): string =>
  lines.length > 3 ? `${lines.slice(0, 3).join('; ')}; and ${lines.length - 3} more` : lines.join('; ');

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, delay(ms, undefined, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

const sources = (): string =>
  readdirSync(DROPBOX_SOURCES)
    .map((file) => readFileSync(join(DROPBOX_SOURCES, file), 'utf8'))
    .join('\n');
let words: Set<string> | undefined;

/** Whether the code that calls Dropbox contains a field's name. */
function isRead(field: string): boolean {
  words ??= new Set(sources().match(/\w+/g));
  return words.has(field);
}

export function describeJudgement({ cell, mode, status, isTold, isReported, broken, seconds }: Judgement): string {
  const result = broken.length > 0 ? 'BROKEN' : isTold ? 'holds' : 'unused';
  const lines = broken.map((line) => `\n    ${line}`).join('');
  return `${result.padEnd(6)}  ${mode.padEnd(11)}  ${status.padEnd(8)}  ${isReported ? 'reported' : '        '}  ${seconds.toFixed(0).padStart(3)} s  ${describeCell(cell)}${lines}`;
}
