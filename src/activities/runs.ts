import { storeEnd, takeRun } from '../graph/state/runFence';
import { countDeadLetters } from '../graph/state/deadLetters';
import { hasOrphans } from '../graph/entries/orphans';
import { allNamespaces, namedGaps } from '../graph/state/namespaces';
import { filtersChanged } from '../sync/filters';
import type { StandaloneGraph } from '../graph/driver/graph';
import { addGaps, gapOf } from '../sync/gaps';
import type { BeginInput, FinishInput, Problems, RunInput, RunSettings } from '../contract/activities';
import { each } from './runtime/each';
import { OpenConnector, type ActivityServices } from './runtime/services';

export function runActivities(services: ActivityServices) {
  return {
    /**
     * From then on no other run of the connector writes. Full if that was requested or is owed: no full run has
     * completed yet, or no sync points are there, which is how PipesHub orders one.
     */
    async beginRun({ connectorId, runId, mode, dryRun }: BeginInput): Promise<RunSettings> {
      const now = services.now();
      const isFullRequested = mode === 'full';
      const begun = await takeRun(services.graph, { connectorId, runId }, { isFullRequested, dryRun, now });
      const { connector } = await OpenConnector.open(services, { connectorId, runId });
      const { wholeRunAt = 0 } = connector;
      return {
        ...begun,
        startedAt: now,
        retry: (await countDeadLetters(services.graph, connectorId)) > 0,
        refilter: filtersChanged(connector),
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
      const failed = result.status === 'failed';
      const isFullDone = result.status === 'complete' && result.mode === 'full';
      await storeEnd(
        services.graph,
        { connectorId, runId },
        {
          lastRun: {
            ...result,
            runId,
            startedAt,
            endedAt,
            gaps: error ? [`${error.code}: ${error.message}`, ...gaps] : gaps,
          },
          ...(whole && !failed ? { wholeRunAt: startedAt } : {}),
          ...(isFullDone ? { fullRunAt: startedAt } : {}),
          updatedAt: endedAt,
        },
        { failed, now: endedAt },
      );
      return { gapCount: all.size };
    },
  };
}

/** A line for each namespace that could not be listed, or whose member list could not be read. */
async function storedGaps(graph: StandaloneGraph, connectorId: string): Promise<string[]> {
  const gaps: string[] = [];
  for await (const namespace of each(allNamespaces(graph, connectorId))) {
    const gap = gapOf(namespace);
    if (gap !== null) gaps.push(gap);
  }
  return gaps;
}
