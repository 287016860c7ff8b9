import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { syncWorkflowId } from '../../src/contract/sync';
import { gate } from '../support/gate';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { begins, quietActivities } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const server = useWorkflowServer('cancelled-listing');

it.each([
  ['in the phase of the folders', false],
  ['beside the phases', true],
])('a run that is cancelled ends after a listing %s', async (_when, rebuilds) => {
  const connectorId = randomUUID();
  const order: string[] = [];
  const { opened: hasStarted, open: start } = gate();
  const { opened: isCancelled, open: cancel } = gate();
  const { opened: hasCommitted, open: commit } = gate();
  const syncNamespace = async (): Promise<object> => {
    const context = Context.current();
    start();
    while (!context.cancellationSignal.aborted) {
      context.heartbeat();
      await Promise.race([context.sleep(50), context.cancelled]).catch(() => undefined);
    }
    cancel();
    // The transaction that it is in takes its time.
    await hasCommitted;
    order.push('the activity has written');
    throw context.cancellationSignal.reason;
  };
  const answers = quietActivities({
    ...begins({ mode: 'full', rebuilds }),
    discoverNamespaces: () => ({ namespaces: 1, gaps: [], listsDue: rebuilds }),
    probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: 1, leaving: 0 }),
    nextDelegates: ({ withoutList }: { withoutList?: boolean }) =>
      withoutList === false ? [] : [{ delegate: 'dbmid:a', namespaceIds: ['1'] }],
    finishRun: () => {
      order.push('the result is stored');
      return { gapCount: 0 };
    },
  });
  const activities = { ...answers, syncNamespace };
  const running = await server.worker({}, { activities, maxHeartbeatThrottleInterval: 100 });
  await running.runUntil(async () => {
    await server.runs.request('acme', { connectorId, mode: 'full' }, ANSWER_WITHIN_SECONDS);
    await hasStarted;
    await server.runs.cancel(connectorId);
    await isCancelled;
    try {
      // What the run does next is in the same answer of its worker as the request to cancel its child.
      const run = server.client.workflow.getHandle(syncWorkflowId(connectorId));
      const { events } = await run.fetchHistory();
      const requested = events?.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? -1;
      expect(requested).toBeGreaterThan(0);
      const scheduled = events?.slice(requested).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
      expect(scheduled?.map(({ activityType }) => activityType?.name)).not.toContain('finishRun');
    } finally {
      commit();
    }
    await server.runs.ended(connectorId, ANSWER_WITHIN_SECONDS);
  });
  expect(order).toEqual(['the activity has written', 'the result is stored']);
});
