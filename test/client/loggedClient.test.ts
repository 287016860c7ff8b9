import { inspect } from 'node:util';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';

it('a log of an object that has a client shows no secret', async () => {
  const config = loadConfig({
    ARANGO_URL: 'http://127.0.0.1:1',
    ARANGO_PASSWORD: 'password-of-arangodb',
    TEMPORAL_API_KEY: 'key-of-temporal',
    CONNECTOR_SECRET_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64'),
  });
  const client = DropboxTeamsClient.connect(config);
  const logged = inspect({ client }, { depth: Infinity, showHidden: true }) + JSON.stringify({ client });
  const login = Buffer.from('root:password-of-arangodb').toString('base64');
  for (const secret of ['password-of-arangodb', 'key-of-temporal', login]) expect(logged).not.toContain(secret);
  expect(logged).toContain('DropboxTeamsClient');
  await client.close();
});
