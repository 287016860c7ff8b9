import { measureIdle } from '../../bench/idle';
import { arangoRequests } from '../../bench/stack';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.start({ team: 'generate:members=12,groups=3,shared=30,files=300,seed=2' }));
  await stack.startWorker();
  await stack.createConnector();
});

it('an idle sync asks each namespace once, writes only cursors, and has a short history', async () => {
  expect(await stack.sync()).toMatchObject({ status: 'complete', mode: 'full' });
  const idle = await measureIdle(
    {
      db: stack.db,
      temporalAddress: stack.temporal.address,
      sync: () => stack.sync(),
      resetDropboxCalls: () => stack.page('stats/reset', {}),
      dropboxCalls: () => stack.calls(),
      arangoRequests: () => arangoRequests(stack.arango.url),
    },
    CONNECTOR,
  );
  expect(idle).toMatchObject({ status: 'complete', mode: 'incremental', changed: {} });
  expect(idle.namespaces).toBeGreaterThan(35);
  expect(idle.continueCalls).toBe(idle.namespaces);
  const others = Object.values(idle.otherCalls).reduce((sum, count) => sum + count, 0);
  expect(others).toBeLessThanOrEqual(10);
  // The same for a larger team, but for a few more for each hundred namespaces.
  expect(idle.arangoRequests).toBeLessThan(75);
  expect(idle.events).toBeLessThan(100);
});
