import { z } from 'zod';
import {
  CANCELLED,
  isWantedEnd,
  type BeginInput,
  type BegunRun,
  type FinishInput,
  type Problems,
  type RunInput,
} from '../contract/activities';
import { heldNamespaceOf } from '../contract/held';
import { secretOwner } from '../credentials';
import { failure } from '../failures';
import { readRunProblems } from '../graph/readers/runProblems';
import { replaceSealed } from '../graph/state/connectorState';
import { removeDeadLettersOfGoneFiles } from '../graph/state/deadLetters';
import { namedGaps, storedGaps } from '../graph/state/namespaces';
import { graphOfRun, readStartable, storeEnd, takeRun } from '../graph/state/runFence';
import { storeSettings } from '../graph/state/settings';
import { sealedAgain } from '../secrets';
import { isTooOld } from '../sync/age';
import type { ConnectorDocument, SyncFilters } from '../sync/connectorDocument';
import { sameFilters, filtersChanged, syncFiltersSchema } from '../sync/filters';
import { addGaps, gapKind, type GapKind } from '../sync/gaps';
import { OpenConnector, type ActivityServices } from './runtime/services';

/** Namespaces with something held that a result lists. `status` lists all of them. */
const HELD_LINES = 100;

/** Activities that begin and end a run. */
export function runActivities(services: ActivityServices) {
  return {
    /**
     * Makes this run the one that may write. It is full if that was requested or is owed: no full run has ended yet, or
     * no sync points are there, which is how PipesHub orders one. Nothing is written, and nothing else is read, before
     * the team is known to be the one whose files the connector holds. @throws WrongTeam
     */
    async beginRun({ connectorId, runId, mode, dryRun, filters: given }: BeginInput): Promise<BegunRun> {
      const now = services.now();
      const isFullRequested = mode === 'full';
      const startable = await readStartable(services.graph, connectorId);
      const open = OpenConnector.of(services, startable.connector, runId);
      const teamId = await requireOwnTeam(open);
      const { connector } = open;
      const rebuilding = given === undefined ? firstFilters(connector) : {};
      const { filtersChangedAt } = connector;
      const taking = { isFullRequested, dryRun, teamId, now, filtersChangedAt, rebuilding };
      const begun = await takeRun(services.graph, { connectorId, runId }, taking, startable.standing);
      const filters = given === undefined ? connector.filters : filtersOf(given);
      const applied = begun.rebuilds && !dryRun ? { ...connector, ...rebuilding } : connector;
      if (!dryRun) {
        if (given !== undefined) await storeSettings(open.graph, connector, { filters }, { now, byRun: true });
        await bindCredentials(open);
      }
      const { wholeRunAt } = connector;
      return {
        ...begun,
        orgId: connector.orgId,
        startedAt: now,
        ...(services.slots ? { window: services.slots.window } : {}),
        retry: startable.hasDeadLetters,
        refilter: !sameFilters(filters, connector.filters) || filtersChanged(applied),
        whole: isTooOld(wholeRunAt, now, services.membersMaxAge),
      };
    },

    /**
     * What is stored of the connector's problems, in a size that may enter a history. A file whose members could not be
     * read may be gone since then, with its namespace or on a later page.
     */
    async countProblems({ connectorId, runId }: RunInput): Promise<Problems> {
      const { gaps, held, events, ...problems } = await readRunProblems(services.graph, connectorId);
      if (problems.deadLetters > 0) {
        const graph = graphOfRun(services.graph, { connectorId, runId });
        problems.deadLetters -= await removeDeadLettersOfGoneFiles(graph, connectorId);
      }
      const lines: string[] = [];
      addGaps(lines, gaps);
      return {
        ...problems,
        gaps: lines,
        held: held.flatMap(heldNamespaceOf).slice(0, HELD_LINES),
        events: events && services.broker.isConfigured,
      };
    },

    /** Stores how the run ended, where PipesHub and `status` read it, with all gaps. */
    async finishRun(input: FinishInput): Promise<{ gapCount: number }> {
      const { connectorId, runId, outcome, startedAt, whole, releases, begun } = input;
      const endedAt = services.now();
      const {
        connectorId: _id,
        answer: _answer,
        plan: _plan,
        held: _held,
        gapCount: _count,
        error,
        ...result
      } = outcome;
      // A complete run has just found no stored gap.
      const stored = result.status === 'complete' ? [] : await storedGaps(services.graph, connectorId);
      const all = new Set([...result.gaps, ...stored]);
      const gaps = await namedGaps(services.graph, connectorId, [...all]);
      const failed = result.status === 'failed';
      const isFullDone = result.status === 'complete' && releases;
      // What it could not read is stored as a gap, a dead letter or held, and every later run tries it again.
      const isFullRead = !failed && result.mode === 'full';
      await storeEnd(
        services.graph,
        { connectorId, runId },
        {
          lastRun: {
            ...result,
            runId,
            startedAt,
            endedAt,
            gaps: error ? [endOf(error), ...gaps] : gaps,
          },
          ...(whole && !failed ? { wholeRunAt: startedAt } : {}),
          ...(isFullDone ? { fullRunAt: startedAt } : {}),
          ...(isFullRead ? { fullReadAt: startedAt } : {}),
          ...(result.status === 'complete' ? { completeRunAt: endedAt } : {}),
          updatedAt: endedAt,
        },
        { failed, begun, now: endedAt },
      );
      const { mode, seconds } = result;
      const status = isWantedEnd(error?.code) ? 'cancelled' : result.status;
      services.observer?.ended(connectorId, { status, mode, seconds, gaps: byKind([...all]) });
      return { gapCount: all.size };
    },
  };
}

/** Where nothing has been listed yet, there is nothing to which filters have to be applied. */
function firstFilters({ appliedFilters, filters, filtersChangedAt }: ConnectorDocument): Partial<ConnectorDocument> {
  if (appliedFilters !== null) return {};
  return {
    appliedFilters: filters,
    ...(filtersChangedAt === undefined ? {} : { appliedChangeAt: filtersChangedAt }),
  };
}

/** Why a run has no result, with the code that the client has for it. */
const endOf = ({ code, message }: NonNullable<FinishInput['outcome']['error']>): string =>
  code === CANCELLED ? 'SyncCancelled: the sync was cancelled before its end' : `${code}: ${message}`;

function byKind(gaps: readonly string[]): Record<GapKind, number> {
  const counts: Record<GapKind, number> = { namespace: 0, outbox: 0, team: 0 };
  for (const gap of gaps) counts[gapKind(gap)] += 1;
  return counts;
}

/** @throws WrongTeam */
async function requireOwnTeam({ connector, session }: OpenConnector): Promise<string> {
  const { teamId, name } = await session.team.teamInfo(connector.teamId);
  if (connector.teamId === null || connector.teamId === teamId) return teamId;
  throw failure(
    'WrongTeam',
    `the app is authorized for the Dropbox team ${name} (${teamId}), but this connector holds the files of ${connector.teamId}: ` +
      `authorize it as an admin of that team (dropbox-teams authorize ${connector._key}), or create another connector for ${name}`,
  );
}

/** Seals credentials again whose former format did not bind them to this connector. */
async function bindCredentials({ connector, graph, services }: OpenConnector): Promise<void> {
  const { _key: connectorId, credentials: sealed } = connector;
  const resealed = sealedAgain(sealed, secretOwner(connector), services.secretKeys);
  if (resealed === undefined) return;
  await replaceSealed(graph, { connectorId, sealed, resealed, now: services.now() });
}

/** @throws InvalidArgument */
function filtersOf(given: unknown): SyncFilters {
  const parsed = syncFiltersSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw failure('InvalidArgument', `the filters of the request can't be used: ${z.prettifyError(parsed.error)}`);
}
