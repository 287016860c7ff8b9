import { noSyncCounts } from '../../../src/contract/counts';
import { getConnector } from '../../../src/graph/state/connectors';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, RUN, scripted } from '../fixture';
import { inRun } from '../teamScript';

const arango = useDatabase();

it('the stored result of a run lists all gaps, also those that its history does not', async () => {
  const ids = Array.from({ length: 120 }, (_, at) => String(at));
  const namespaces = ids.map((id) => listed(id, { listingProblem: 'the pages do not end' }));
  await connectorWith(arango.db, {}, namespaces);
  const { countProblems, finishRun } = scripted(arango.db, { pages: {}, asked: [] });
  const { gaps } = await attempt(countProblems, inRun);
  expect(gaps).toHaveLength(50);

  const outcome = {
    ...noSyncCounts(),
    connectorId: CONNECTOR,
    runId: RUN,
    answer: 'started' as const,
    status: 'partial' as const,
    mode: 'full' as const,
    seconds: 1,
    gaps: [...gaps, 'record events wait in the outbox'],
    held: [],
  };
  expect(await attempt(finishRun, { ...inRun, outcome, startedAt: 1, whole: true, begun: true })).toEqual({
    gapCount: 121,
  });
  const { lastRun } = await getConnector(arango.graph, CONNECTOR);
  const expected = ids.map((id) => `Folder ${id} (${id}): the pages do not end`);
  expect([...(lastRun?.gaps ?? [])].sort()).toEqual([...expected, 'record events wait in the outbox'].sort());
});
