import { FaultProxy, type Fault } from '../support/faultProxy';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const FORBIDDEN: Fault = {
  status: 403,
  json: {
    error_summary: 'invalid_account_type/feature/..',
    error: { '.tag': 'invalid_account_type', invalid_account_type: { '.tag': 'feature' } },
  },
};

const resources = closedAfterAll();
let stack: Stack;
let proxy: FaultProxy;

beforeEach(async () => {
  stack = resources.add(await Stack.start({ team: 'generate:members=6,groups=2,shared=12,files=400,seed=3' }));
  proxy = resources.add(await FaultProxy.start(stack.dropbox.url));
  await stack.createConnector();
  await stack.startWorker({ DROPBOX_API_URL: proxy.url });
});

/** A sync, the calls that reach Dropbox by route, and the number of all that are made. */
async function synced() {
  await stack.page('stats/reset', {});
  const before = proxy.counts.requests;
  const outcome = await stack.sync();
  const total = proxy.counts.requests - before;
  const { calls } = await stack.calls();
  return { outcome, calls, total };
}

const listings = (calls: Record<string, number>): number => calls['files/list_folder'] ?? 0;

it('a first full run that leaves one folder unread is not repeated: the next runs ask for that folder only', async () => {
  let home = '';
  proxy.decide = ({ path, headers }) => {
    const root = String(headers['dropbox-api-path-root']);
    if (!path.endsWith('/files/list_folder')) return undefined;
    home ||= root;
    return root === home ? FORBIDDEN : undefined;
  };
  const first = await synced();
  expect(first.outcome).toMatchObject({ status: 'partial', mode: 'full' });
  for (let run = 0; run < 2; run += 1) {
    const next = await synced();
    expect(next.outcome).toMatchObject({ status: 'partial', mode: 'incremental', records: { added: 0, deleted: 0 } });
    expect(next.calls['sharing/list_folder_members']).toBeUndefined();
    expect(listings(next.calls)).toBe(0);
    expect(next.total).toBeLessThan(first.total / 2);
  }
  proxy.decide = () => undefined;
  const last = await synced();
  expect(last.outcome).toMatchObject({ status: 'complete', mode: 'incremental' });
  expect(listings(last.calls)).toBe(1);
  const connector = (await stack.db.collection('dropboxConnectors').document(CONNECTOR)) as {
    fullRunAt: number | null;
  };
  expect(connector.fullRunAt).toBeGreaterThan(0);
});

it('a first full run that fails late is owed: the next one lists nothing again, and reads each member list once', async () => {
  proxy.decide = ({ path, body }) =>
    path.endsWith('/team_log/get_events') && body.includes('"sharing"') ? FORBIDDEN : undefined;
  const first = await synced();
  expect(first.outcome).toMatchObject({ status: 'failed', mode: 'full' });
  proxy.decide = () => undefined;
  const next = await synced();
  expect(next.outcome).toMatchObject({ status: 'complete', mode: 'full', records: { added: 0, deleted: 0 } });
  expect(listings(next.calls)).toBe(0);
  expect(next.calls['sharing/list_folder_members']).toBe(first.calls['sharing/list_folder_members']);
});
