/** What the simulator assumes of the form of requests and answers. */
import type { files, sharing } from 'dropbox';
import { compare, NotTried, type Assumption } from '../assumption';
import { described } from './api';
import type { Subject } from './probe';
import type { Entry } from './team';

const wire = (name: string, claim: string, expected: string, see: (subject: Subject) => Promise<string>) => ({
  name: `wire.${name}`,
  claim,
  writes: false,
  try: async (subject: Subject) => compare(expected, await see(subject)),
});

export const wireAssumptions: readonly Assumption<Subject>[] = [
  wire('invitedMember', 'acting as an invited member is refused', '401 invalid_select_user', async ({ team }) => {
    const { team_member_id } = await team.someoneWith('invited');
    return described(await team.api.call('files/list_folder', { path: '' }, { member: team_member_id }));
  }),
  wire('rootOnTeamRoute', 'a root on a route of the team is ignored', '200', async ({ team }) => {
    const { member: _member, ...root } = await team.inRoot(await team.other());
    return described(await team.api.call('team/get_info', undefined, root));
  }),
  wire('permissions', 'permissions are absent, although actions are given', 'absent', async ({ team }) => {
    const as = await team.inRoot(await team.admin());
    const argument = { limit: 1, actions: ['edit_contents'] };
    const { entries } = await team.api.ok<sharing.ListFoldersResult>('sharing/list_folders', argument, as);
    if (entries.length === 0) throw new NotTried('the admin has no shared folder');
    return entries.some(({ permissions }) => permissions !== undefined) ? 'present' : 'absent';
  }),
  wire('mediaInfo', 'longpoll refuses a cursor with include_media_info', '400', async ({ team }) => {
    const as = await team.inRoot(await team.admin());
    const argument = { path: '', include_media_info: true };
    const { cursor } = await team.api.ok<files.ListFolderResult>('files/list_folder', argument, as);
    return described(await team.api.longpoll(cursor));
  }),
  wire('repeatedSlashes', 'a path may start with several slashes', '200', async ({ team }) => {
    const { entry, as } = await team.find(
      { path: '' },
      (each): each is Entry => each['.tag'] !== 'deleted',
      'an entry',
    );
    const path = `/${entry.path_lower ?? ''}`;
    return described(await team.api.call('files/get_metadata', { path }, as));
  }),
  wire('formerTokenPath', 'the token endpoint answers under its former path', '200', async ({ team }) =>
    described(await team.api.requestToken({}, '/1/oauth2/token')),
  ),
];
