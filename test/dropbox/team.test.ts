import type { DropboxTeam } from '../../src/dropbox';
import { collect, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();

describe('a listing of the team', () => {
  it('is read to its last page, also past empty pages', async () => {
    const page = (names: string[], more: boolean) => ({
      body: {
        groups: names.map((name) => ({
          group_name: name,
          group_id: `g:${name}`,
          group_management_type: { '.tag': 'company_managed' },
        })),
        cursor: `after ${names.join()}`,
        has_more: more,
      },
    });
    dropbox.on('team/groups/list', () => page(['a'], true));
    dropbox.on('team/groups/list/continue', (_call, count) => (count === 1 ? page([], true) : page(['b'], false)));
    const groups = await collect(dropbox.session().team.groups());
    expect(groups.map((group) => group.groupId)).toEqual(['g:a', 'g:b']);
    expect(dropbox.callsOf('team/groups/list/continue').map((call) => call.argument.cursor)).toEqual([
      'after a',
      'after ',
    ]);
  });
});

describe.each<[string, string, (items: object[]) => object, (team: DropboxTeam, ids: string[]) => Promise<unknown>]>([
  ['members', 'team/members/get_info_v2', (items) => ({ members_info: items }), (team, ids) => team.membersByIds(ids)],
  ['groups', 'team/groups/get_info', (items) => items, (team, ids) => team.groupsByIds(ids)],
  ['team folders', 'team/team_folder/get_info', (items) => items, (team, ids) => team.teamFoldersByIds(ids)],
])('a look-up of %s by id', (_title, route, bodyOf, lookUp) => {
  const answerWith = (...items: object[]): void => dropbox.on(route, () => ({ body: bodyOf(items) }));

  it('reports an id that Dropbox says does not exist', async () => {
    answerWith({ '.tag': 'id_not_found', id_not_found: 'a' });
    await expect(lookUp(dropbox.session().team, ['a', 'a'])).resolves.toEqual(new Map([['a', null]]));
  });

  it.each([
    ['leaves it out', {}],
    ['has an unknown tag', { '.tag': 'archived_elsewhere', id_not_found: 'b' }],
    ['is null', null],
  ])('says nothing of an id when the answer for it %s', async (_case, item) => {
    answerWith({ '.tag': 'id_not_found', id_not_found: 'a' }, item as object);
    await expect(lookUp(dropbox.session().team, ['a', 'b'])).resolves.toEqual(new Map([['a', null]]));
  });
});
