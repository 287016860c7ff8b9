import { anySyncPoint } from '../graph/state/syncPoints';
import { setAppStatus, updateConnector } from '../graph/state/connectors';
import { countDeadLetters } from '../graph/state/deadLetters';
import { hasOrphans } from '../graph/entries/orphans';
import { allNamespaces, namedGaps } from '../graph/state/namespaces';
import { filtersChanged } from '../sync/filters';
import { gapLine } from '../sync/gaps';
import type { BeginInput, FinishInput, Problems, RunInput, RunSettings } from '../contract/activities';
import { heldNamespaceOf, type HeldNamespace } from '../contract/held';
import { each } from './runtime/each';
import { OpenConnector, type ActivityServices } from './runtime/services';

/** Problems that a result lists. The last line counts the others. */
const PROBLEM_LINES = 20;
/** Namespaces with something held that a result lists. `status` lists all of them. */
const HELD_LINES = 100;

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
      const held: HeldNamespace[] = [];
      let more = 0;
      for await (const namespace of each(allNamespaces(services.graph, connectorId))) {
        const { namespaceId, problem } = namespace;
        if (held.length < HELD_LINES) held.push(...heldNamespaceOf(namespace));
        if (problem === null) continue;
        if (gaps.length < PROBLEM_LINES) gaps.push(gapLine(namespaceId, problem));
        else more += 1;
      }
      if (more > 0) gaps.push(`and ${more} more namespaces`);
      return {
        gaps,
        held,
        deadLetters: await countDeadLetters(services.graph, connectorId),
        orphans: await hasOrphans(services.graph, connectorId),
      };
    },

    /** Stores how the run ended, where PipesHub and `status` read it. */
    async finishRun({ connectorId, runId, outcome, startedAt, whole }: FinishInput): Promise<void> {
      const endedAt = services.now();
      const { connectorId: _id, answer: _answer, plan: _plan, held: _held, error, ...result } = outcome;
      const gaps = await namedGaps(services.graph, connectorId, result.gaps);
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
    },
  };
}
