import { ArangoFailure } from '../../../sandbox/arangodb/errors';
import { DropboxTeamsError, type SyncOutcome } from '../../../src/client';
import { arangoErrors } from '../../../src/graph/driver/errors';
import { definedQueries } from '../../../src/graph/driver/query';
import type { ProxiedRequest } from '../faultProxy';
import { Resources } from '../resources';
import { InstallationPool } from './installationPool';
import type { LiarInstallation } from './liarInstallation';

export type Mode = 'full' | 'incremental';

/** ArangoDB answers queries with an error. */
export interface ErrorCell {
  /** Several for an error after which a run tries again, one for an error that ends it. */
  queries: readonly string[];
  error: keyof typeof arangoErrors;
  /** once: each query the first time that it is sent. run: each time in a whole run. */
  scope: 'once' | 'run';
}

export interface ErrorJudgement {
  cell: ErrorCell;
  mode: Mode;
  status: SyncOutcome['status'] | 'endless';
  /** The queries of the cell that were sent. */
  tried: Set<string>;
  /** What did not hold, a line each. */
  broken: string[];
}

/** Errors that no retry repairs: they are also answered for a whole run. */
const FATAL: readonly ErrorCell['error'][] = [
  'forbidden',
  'collectionNotFound',
  'documentTooLarge',
  'databaseNotFound',
  'schemaViolation',
];
const RUN_ENDS_WITHIN_MS = 20 * 60_000;

/** Runs the sample company on an ArangoDB that answers queries with errors, query by query. */
export class DatabaseErrors {
  private readonly seen = new Set<string>();

  private constructor(
    private readonly resources: Resources,
    private readonly pool: InstallationPool,
  ) {}

  static async start(): Promise<DatabaseErrors> {
    const resources = new Resources();
    try {
      const errors = new DatabaseErrors(resources, await InstallationPool.start(resources, 'errors'));
      await errors.observe();
      return errors;
    } catch (error) {
      await resources.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
    await this.resources.close();
  }

  /**
   * Each classified error at each query that an honest run sends, and the queries that it does not send. What a run
   * repeats is answered to all queries in one run; what ends the work, to one query.
   */
  cells(isChosen: (query: string) => boolean = () => true): { cells: ErrorCell[]; notSent: string[] } {
    const names = [...definedQueries.keys()].sort();
    const sent = names.filter((name) => this.seen.has(name) && isChosen(name));
    const errors = Object.keys(arangoErrors) as ErrorCell['error'][];
    const cells = errors.flatMap((error): ErrorCell[] => {
      if (!FATAL.includes(error)) return sent.length > 0 ? [{ queries: sent, error, scope: 'once' }] : [];
      const scopes = ['once', 'run'] as const;
      return sent.flatMap((query) => scopes.map((scope) => ({ queries: [query], error, scope })));
    });
    return { cells, notSent: names.filter((name) => !this.seen.has(name)) };
  }

  async judge(cell: ErrorCell, mode: Mode): Promise<ErrorJudgement> {
    const judgement: ErrorJudgement = { cell, mode, status: 'complete', tried: new Set(), broken: [] };
    await this.pool.use(judgement.broken, (installation) => tryOn(installation, judgement));
    return judgement;
  }

  /** An honest full run and an honest incremental run show which queries a run sends. */
  private async observe(): Promise<void> {
    const broken: string[] = [];
    const record = (installation: LiarInstallation): void => {
      installation.arango.decide = (request) => {
        for (const name of queriesOf(request)) this.seen.add(name);
        return undefined;
      };
    };
    const runs = async (installation: LiarInstallation): Promise<void> => {
      await installation.change();
      await installation.sync();
      installation.arango.decide = () => undefined;
    };
    await this.pool.use(broken, runs, record);
    if (broken.length > 0) throw new Error(broken.join('; '));
  }
}

async function tryOn(installation: LiarInstallation, judgement: ErrorJudgement): Promise<void> {
  const { cell, mode, tried, broken } = judgement;
  const before = { truth: installation.truth(), records: await installation.records() };
  if (mode === 'incremental') await installation.change();
  const truth = installation.truth();
  installation.events.length = 0;
  installation.arango.decide = (request) => {
    const meant = queriesOf(request).filter((query) => cell.queries.includes(query));
    const answered = cell.scope === 'once' ? meant.filter((query) => !tried.has(query)) : meant;
    if (answered.length === 0) return undefined;
    for (const query of answered) tried.add(query);
    return answerOf(cell.error);
  };
  // The client reads the connector before it asks for a run, and reports an error of that itself.
  const notAsked = (error: unknown): Pick<SyncOutcome, 'status'> => {
    if (error instanceof DropboxTeamsError) return { status: 'failed' };
    throw error;
  };
  const sync = installation.sync(mode === 'full' ? { mode } : {}).catch(notAsked);
  const outcome = await Promise.race([sync, ended()]);
  installation.arango.decide = () => undefined;
  judgement.status = outcome?.status ?? 'endless';
  if (!outcome) {
    broken.push('the run does not end');
    return installation.cancel();
  }
  if (outcome.status === 'complete')
    broken.push(...(await installation.differences()).map((line) => `it ended complete, but ${line}`));
  const honest = await installation.sync();
  if (honest.status !== 'complete')
    broken.push(
      `the honest run ends ${honest.status}: ${[...honest.gaps, honest.error?.message ?? ''].slice(0, 3).join('; ')}`,
    );
  broken.push(...(await installation.differences()).slice(0, 3));
  const records = await installation.records();
  for (const [id, key] of before.records)
    if (id in truth && records.get(id) !== key) broken.push(`the record of ${truth[id]?.path ?? id} is lost`);
  const isUnchanged = (id: string): boolean => JSON.stringify(before.truth[id]) === JSON.stringify(truth[id]);
  const unchanged = new Set([...before.records].flatMap(([id, key]) => (isUnchanged(id) ? [key] : [])));
  const events = installation.events.filter(({ payload }) => unchanged.has(String(payload['recordId'])));
  if (events.length > 0) broken.push(`${events.length} events for files that never changed`);
}

/** The names of the queries that a request sends, alone or as subqueries of one that is composed of them. */
function queriesOf({ method, path, body }: ProxiedRequest): string[] {
  if (method !== 'POST' || !path.endsWith('/_api/cursor')) return [];
  const { query } = JSON.parse(body) as { query: string };
  const isSent = (text: string): boolean =>
    text === query || query.includes(`(${text})`) || query.includes(`(FILTER go ${text})`);
  return [...definedQueries.values()].flatMap(({ name, text }) => (isSent(text) ? [name] : []));
}

function answerOf(error: ErrorCell['error']) {
  const errorNum = arangoErrors[error];
  const { status, message } = new ArangoFailure(errorNum);
  return { status, json: { error: true, code: status, errorNum, errorMessage: message } };
}

const ended = (): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(undefined), RUN_ENDS_WITHIN_MS).unref();
  });

export const describeError = ({ cell, mode, status, tried, broken }: ErrorJudgement): string =>
  [
    `${broken.length > 0 ? 'BROKEN' : tried.size > 0 ? 'holds' : 'unused'}  ${mode.padEnd(11)}  ${status.padEnd(8)}`,
    `  ${cell.error}${cell.scope === 'run' ? ' (whole run)' : ''}: ${[...(tried.size > 0 ? tried : cell.queries)].join(', ')}`,
    ...broken.map((line) => `\n    ${line}`),
  ].join('');
