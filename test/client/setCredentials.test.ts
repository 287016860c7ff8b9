import { createSecretKey, randomBytes } from 'node:crypto';
import { Connectors } from '../../src/client/connectors';
import { sealCredentials, storedSecrets } from '../../src/credentials';
import { getConnector, updateConnector } from '../../src/graph/state/connectors';
import { connectorWith } from '../activities/fixture';
import { CONNECTOR, useDatabase } from '../support/database';

const arango = useDatabase();
const key = createSecretKey(randomBytes(32));

it('parts of the credentials that two operators store at the same time are both stored', async () => {
  await connectorWith(arango.db, {}, []);
  const connector = await getConnector(arango.graph, CONNECTOR);
  const credentials = sealCredentials(connector, { appSecret: 'secret', refreshToken: 'token' }, key);
  await updateConnector(arango.graph, CONNECTOR, { credentials });
  let isFirst = true;
  const teamInfo = async () => {
    if (isFirst) {
      isFirst = false;
      await connectors.setCredentials(CONNECTOR, { refreshToken: 'new token' });
    }
    return { teamId: 'dbtid:acme', name: 'Acme' };
  };
  const connectors = new Connectors({
    graph: arango.graph,
    dropbox: { session: () => ({ team: { teamInfo } }) },
    secretKeys: [key],
    now: () => 3,
  } as never);
  await connectors.setCredentials(CONNECTOR, { appSecret: 'new secret' });
  const stored = await getConnector(arango.graph, CONNECTOR);
  expect(storedSecrets(stored, [key])).toEqual({ appSecret: 'new secret', refreshToken: 'new token' });
});
