import { storeEnd, takeRun } from '../graph/state/runFence';
import { countDeadLetters } from '../graph/state/deadLetters';
import { hasOrphans } from '../graph/entries/orphans';
import { allNamespaces, namedGaps } from '../graph/state/namespaces';
import { filtersChanged } from '../sync/filters';
import { gapLine } from '../sync/gaps';
import type { BeginInput, FinishInput, Problems, RunInput, RunSettings } from '../contract/activities';
import { each } from './runtime/each';
import { OpenConnector, type ActivityServices } from './runtime/services';

/** Problems that a result lists. The last line counts the others. */
const PROBLEM_LINES = 20;

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
      let more = 0;
      for await (const { namespaceId, problem } of each(allNamespaces(services.graph, connectorId))) {
        if (problem === null) continue;
        if (gaps.length < PROBLEM_LINES) gaps.push(gapLine(namespaceId, problem));
        else more += 1;
      }
      if (more > 0) gaps.push(`and ${more} more namespaces`);
      return {
        gaps,
        deadLetters: await countDeadLetters(services.graph, connectorId),
        orphans: await hasOrphans(services.graph, connectorId),
      };
    },

    /** Stores how the run ended, where PipesHub and `status` read it. */
    async finishRun({ connectorId, runId, outcome, startedAt, whole }: FinishInput): Promise<void> {
      const endedAt = services.now();
      const { connectorId: _id, answer: _answer, plan: _plan, error, ...result } = outcome;
      const gaps = await namedGaps(services.graph, connectorId, result.gaps);
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
    },
  };
}
