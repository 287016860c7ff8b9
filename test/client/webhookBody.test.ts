import { readNotification } from '../../src/client/webhookBody';

describe('a notification', () => {
  it.each<[string, unknown, { members: string[]; accounts: string[] }]>([
    [
      'of a team-linked app',
      { list_folder: { teams: { 'dbtid:1': ['dbmid:a', 'dbmid:b', 'dbmid:a'] } } },
      { members: ['dbmid:a', 'dbmid:b'], accounts: [] },
    ],
    [
      'of a user-linked app',
      { list_folder: { accounts: ['dbid:x'] }, delta: { users: [1] } },
      { members: [], accounts: ['dbid:x'] },
    ],
    [
      'nested in another way',
      { list_folder: { teams: [{ team: 'dbtid:1', members: ['dbmid:a'] }] } },
      { members: ['dbmid:a'], accounts: [] },
    ],
    ['that names no one', {}, { members: [], accounts: [] }],
  ])('%s names the members and accounts with changes', (_name, body, expected) => {
    expect(readNotification(body)).toEqual(expected);
  });

  it('is not what is nested without end', () => {
    const deep = `{"list_folder":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(readNotification(JSON.parse(deep))).toBeNull();
  });

  it.each([null, 'text', 3, [], undefined])('is not %j', (body) => expect(readNotification(body)).toBeNull());
});
