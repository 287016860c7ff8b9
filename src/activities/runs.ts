import { anySyncPoint } from '../graph/state/syncPoints';
import { setAppStatus, updateConnector } from '../graph/state/connectors';
import { countDeadLetters } from '../graph/state/deadLetters';
import { hasOrphans } from '../graph/entries/orphans';
import { namedGaps, storedGaps } from '../graph/state/namespaces';
import { filtersChanged } from '../sync/filters';
import { addGaps } from '../sync/gaps';
import type { BeginInput, FinishInput, Problems, RunInput, RunSettings } from '../contract/activities';
import { OpenConnector, type ActivityServices } from './runtime/services';

export function runActivities(services: ActivityServices) {
  return {
    /** Full if that was requested, or if no cursor is stored, which is also how PipesHub requests one. */
    async beginRun({ connectorId, mode, dryRun }: BeginInput): Promise<RunSettings> {
      const open = await OpenConnector.open(services, connectorId);
      const now = services.now();
      const full = mode === 'full' || !(await anySyncPoint(open.graph, connectorId));
      if (!dryRun) await setAppStatus(open.graph, connectorId, full ? 'FULL_SYNCING' : 'SYNCING', now);
      const { wholeRunAt = 0 } = open.connector;
      return {
        mode: full ? 'full' : 'incremental',
        startedAt: now,
        retry: (await countDeadLetters(open.graph, connectorId)) > 0,
        refilter: filtersChanged(open.connector),
        whole: wholeRunAt < now - services.membersMaxAge,
      };
    },

    async countProblems({ connectorId }: RunInput): Promise<Problems> {
      const gaps: string[] = [];
      addGaps(gaps, await storedGaps(services.graph, connectorId));
      return {
        gaps,
        deadLetters: await countDeadLetters(services.graph, connectorId),
        orphans: await hasOrphans(services.graph, connectorId),
      };
    },

    /** Stores how the run ended, where PipesHub and `status` read it, with all gaps. */
    async finishRun(input: FinishInput): Promise<{ gapCount: number }> {
      const { connectorId, runId, outcome, startedAt, whole } = input;
      const endedAt = services.now();
      const { connectorId: _id, answer: _answer, plan: _plan, gapCount: _count, error, ...result } = outcome;
      const all = new Set([...result.gaps, ...(await storedGaps(services.graph, connectorId))]);
      const gaps = await namedGaps(services.graph, connectorId, [...all]);
      await updateConnector(services.graph, connectorId, {
        lastRun: {
          ...result,
          runId,
          startedAt,
          endedAt,
          gaps: error ? [`${error.code}: ${error.message}`, ...gaps] : gaps,
        },
        ...(whole && result.status !== 'failed' ? { wholeRunAt: startedAt } : {}),
        updatedAt: endedAt,
      });
      await setAppStatus(services.graph, connectorId, 'IDLE', endedAt);
      return { gapCount: all.size };
    },
  };
}
