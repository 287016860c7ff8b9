import { noSyncCounts } from '../../../src/contract/counts';
import type { EndedRun } from '../../../src/contract/observer';
import type { SyncOutcome } from '../../../src/contract/sync';
import { getConnector } from '../../../src/graph/state/connectors';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, RUN, scripted } from '../fixture';
import { inRun } from '../teamScript';

const arango = useDatabase();

const outcomeOf = (status: SyncOutcome['status']): SyncOutcome => ({
  ...noSyncCounts(),
  connectorId: CONNECTOR,
  runId: RUN,
  answer: 'started',
  status,
  mode: 'full',
  seconds: 1,
  gaps: [],
  held: [],
});

it('the stored result of a run lists all gaps, also those that its history does not', async () => {
  const ids = Array.from({ length: 120 }, (_, at) => String(at));
  const namespaces = ids.map((id) => listed(id, { listingProblem: 'the pages do not end' }));
  await connectorWith(arango.db, {}, namespaces);
  const { countProblems, finishRun } = scripted(arango.db, { pages: {}, asked: [] });
  const { gaps } = await attempt(countProblems, inRun);
  expect(gaps).toHaveLength(50);

  const outcome = { ...outcomeOf('partial'), gaps: [...gaps, 'record events wait in the outbox'] };
  expect(
    await attempt(finishRun, { ...inRun, outcome, startedAt: 1, whole: true, releases: false, begun: true }),
  ).toEqual({
    gapCount: 121,
  });
  const { lastRun } = await getConnector(arango.graph, CONNECTOR);
  const expected = ids.map((id) => `Folder ${id} (${id}): the pages do not end`);
  expect([...(lastRun?.gaps ?? [])].sort()).toEqual([...expected, 'record events wait in the outbox'].sort());
});

it.each([
  [
    'a run that was cancelled counts as cancelled, for no alert',
    'Cancelled',
    'cancelled',
    /^SyncCancelled: the sync was/,
  ],
  [
    'a run that a Schedule starts while PipesHub has disabled the connector counts as cancelled',
    'ConnectorPaused',
    'cancelled',
    /^ConnectorPaused: the message/,
  ],
  ['a run that failed counts as failed', 'GraphUnavailable', 'failed', /^GraphUnavailable: the message/],
])('%s', async (_what, code, counted, line) => {
  const ended: EndedRun['status'][] = [];
  const observer = {
    counted: () => undefined,
    committed: () => undefined,
    ended: (_connector: string, { status }: EndedRun) => void ended.push(status),
  };
  await connectorWith(arango.db, {}, []);
  const { finishRun } = scripted(arango.db, { pages: {}, asked: [], observer });
  const outcome = { ...outcomeOf('failed'), error: { code, message: 'the message' } };
  await attempt(finishRun, { ...inRun, outcome, startedAt: 1, whole: false, releases: false, begun: true });
  expect(ended).toEqual([counted]);
  const { lastRun } = await getConnector(arango.graph, CONNECTOR);
  expect(lastRun).toMatchObject({ status: 'failed', gaps: [expect.stringMatching(line)] });
});
