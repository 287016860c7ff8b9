import { randomBytes } from 'node:crypto';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';

/** Neither service runs: these arguments are refused before anything is called. */
const client = DropboxTeamsClient.connect(
  loadConfig({
    ARANGO_URL: 'http://127.0.0.1:1',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
  }),
);
afterAll(() => client.close());

const app = { orgId: 'o', connectorId: 'c', appKey: 'k', appSecret: 's' };
/** A value of any type, as a JavaScript program may pass it. */
const anything = (value: unknown): never => value as never;

describe('wrong arguments are refused before anything is called', () => {
  it.each<[string, () => Promise<unknown>]>([
    [
      'no extension at all',
      () => client.createConnector({ ...app, filters: { extensions: { operator: 'in', values: [] } } }),
    ],
    [
      'a range of dates that holds none',
      () => client.createConnector({ ...app, filters: { modifiedAfter: 2, modifiedBefore: 1 } }),
    ],
    [
      'a schedule without an interval',
      () => client.createConnector({ ...app, strategy: 'scheduled', every: 'manual' }),
    ],
    [
      'an app secret of two lines, as of a wrong file',
      () => client.createConnector({ ...app, appSecret: 'first\nsecond' }),
    ],
    ['a refresh token of two lines', () => client.setCredentials('c', { refreshToken: 'a\nb' })],
    [
      'a new app secret of two lines',
      () => client.beginAuthorization('c', { redirectUri: 'http://localhost/', appSecret: 'first\nsecond' }),
    ],
    ['a batch size of 0', () => client.setSettings('c', { batchSize: 0 })],
    ['an interval that is not a string', () => client.setSchedule('c', anything(undefined))],
    ['an hour out of range', () => client.setSchedule('c', '0 24 * * *')],
    ['no user', () => client.explain('c', anything(undefined))],
    ['an undefined namespace to approve', () => client.approve('c', anything({ namespaceId: undefined }))],
    ['a user that is not a string', () => client.explain('c', anything({ user: 5, path: '/a' }))],
    ['neither path nor record', () => client.explain('c', { user: 'a@b' })],
    ['both path and record', () => client.explain('c', { user: 'a@b', path: '/a', record: 'b' })],
    ['the path of a root', () => client.explain('c', { user: 'a@b', path: '/' })],
    ['a sample of no member', () => client.verify('c', { sample: 0 })],
    ['a sample that is not a whole number', () => client.verify('c', { sample: 1.5 })],
    ['a progress that is not a function', () => client.verify('c', { progress: anything(5) })],
    ['no options', () => client.verify('c', anything(null))],
    ['no redirect URI', () => client.beginAuthorization('c', anything(undefined))],
    ['a redirect URI that is not a URI', () => client.beginAuthorization('c', { redirectUri: 'here' })],
    ['no list of members', () => client.syncMembers('c', anything(undefined))],
    ['a string instead of a list of members', () => client.syncMembers('c', anything('dbmid:a'))],
    ['no options for a content', () => client.streamRecord('k', anything(null))],
    ['no options for a link', () => client.getSignedUrl('k', anything(null))],
    ['a range of a link', () => client.getSignedUrl('k', anything({ range: 'bytes=0-1' }))],
    ['a promise instead of the options of a content', () => client.streamRecord('k', anything(Promise.resolve({})))],
    ['a map instead of the options of a link', () => client.getSignedUrl('k', anything(new Map([['userId', 'u']])))],
    ['a date instead of settings', () => client.setSettings('c', anything(new Date()))],
    ['an undefined user of a content', () => client.streamRecord('k', anything({ userId: undefined }))],
    ['an undefined user of a link', () => client.getSignedUrl('k', anything({ userId: undefined }))],
    ['no user id', () => client.canRead(anything(undefined), 'k')],
    ['no record', () => client.organizationOf(anything(undefined))],
    ['a number as options of Schedules', () => client.restoreSchedules(anything(5))],
    ['null as options of a sync', () => client.runSync('c', anything(null))],
    ['null as options of an incremental sync', () => client.runIncrementalSync('c', anything(null))],
    ['a mode of an incremental sync', () => client.runIncrementalSync('c', anything({ mode: 'full' }))],
    ['no holder of a lease', () => client.isInCharge('metrics', anything(undefined), 60)],
    ['a lease whose name is not the key of a document', () => client.isInCharge('a/b', 'me', 60)],
    ['no connector of a notification', () => client.notifiedMembers(anything(undefined), {})],
    ['a lease of no time', () => client.isInCharge('metrics', 'me', 0)],
    ['a connector whose key has another meaning in a URL', () => client.init('..')],
    ['no connector', () => client.graphState(anything(undefined))],
  ])('%s', async (_name, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'DropboxTeamsError', code: 'InvalidArgument' });
  });
});
