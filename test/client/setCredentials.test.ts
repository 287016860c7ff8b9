import { createSecretKey, randomBytes } from 'node:crypto';
import { Connectors } from '../../src/client/connectors';
import { sealCredentials, storedSecrets } from '../../src/credentials';
import { failure } from '../../src/failures';
import { getConnector, updateConnector } from '../../src/graph/state/connectors';
import { graphOfRun } from '../../src/graph/state/runFence';
import type { ConnectorDocument } from '../../src/sync/connectorDocument';
import { connectorWith } from '../activities/fixture';
import { CONNECTOR, useDatabase } from '../support/database';

const arango = useDatabase();
const key = createSecretKey(randomBytes(32));

type Asked = () => Promise<{ teamId: string; name: string }>;

const connectorsThatAsk = (teamInfo: Asked): Connectors =>
  new Connectors({
    graph: arango.graph,
    dropbox: { session: () => ({ team: { teamInfo } }) },
    secretKeys: [key],
    now: () => 3,
  } as never);

/** A connector whose latest run is `run-1`. */
async function stored(more: Partial<ConnectorDocument> = {}): Promise<void> {
  await connectorWith(arango.db, {}, []);
  const connector = await getConnector(arango.graph, CONNECTOR);
  const credentials = sealCredentials(connector, { appSecret: 'secret', refreshToken: 'token' }, key);
  await updateConnector(arango.graph, CONNECTOR, { credentials, runToken: 'run-1', ...more });
}

it('parts of the credentials that two operators store at the same time are both stored', async () => {
  await stored();
  let isFirst = true;
  const connectors = connectorsThatAsk(async () => {
    if (isFirst) {
      isFirst = false;
      await connectors.setCredentials(CONNECTOR, { refreshToken: 'new token' });
    }
    return { teamId: 'dbtid:acme', name: 'Acme' };
  });
  await connectors.setCredentials(CONNECTOR, { appSecret: 'new secret' });
  const connector = await getConnector(arango.graph, CONNECTOR);
  expect(storedSecrets(connector, [key])).toEqual({ appSecret: 'new secret', refreshToken: 'new token' });
});

describe('a run that is under way', () => {
  const answers: [string, Asked][] = [
    ['of the same team', () => Promise.resolve({ teamId: 'dbtid:acme', name: 'Acme' })],
    ['that Dropbox refuses', () => Promise.reject(failure('CredentialsRefused', 'refused'))],
  ];
  it.each(answers)('continues with new credentials %s', async (_what, answer) => {
    await stored({ teamId: 'dbtid:acme' });
    await connectorsThatAsk(answer).setCredentials(CONNECTOR, { refreshToken: 'new token' });
    expect(await getConnector(arango.graph, CONNECTOR)).toMatchObject({ runToken: 'run-1' });
  });

  it('writes nothing more after new credentials, while Dropbox does not say of which team they are', async () => {
    await stored({ teamId: 'dbtid:acme' });
    const unavailable = connectorsThatAsk(() => Promise.reject(failure('DropboxUnavailable', 'no answer')));
    await unavailable.setCredentials(CONNECTOR, { refreshToken: 'of another team' });
    const connector = await getConnector(arango.graph, CONNECTOR);
    expect(storedSecrets(connector, [key])).toEqual({ appSecret: 'secret', refreshToken: 'of another team' });
    const graph = graphOfRun(arango.graph, { connectorId: CONNECTOR, runId: 'run-1' });
    const write = updateConnector(graph, CONNECTOR, { updatedAt: 4 });
    await expect(write).rejects.toMatchObject({ type: 'RunSuperseded' });
  });
});
