/** The errors that the worker reacts to, and a harmless way to cause each of them. */
import type { files, sharing } from 'dropbox';
import { conflictRules } from '../../../src/dropbox/errors';
import { compare, holds, NotTried, type Assumption, type Outcome } from '../assumption';
import { described, type Answer, type As } from './api';
import type { Subject } from './probe';
import { isFile, type Entry, type Team } from './team';

type Cause = (subject: Subject) => Promise<Answer>;

const NO_PATH = '/dropbox-teams contract: nothing is here';
const NO_ID = '1';
const NO_TOKEN = `sl.${'A'.repeat(130)}`;
const NO_MEMBER = `dbmid:${'A'.repeat(35)}`;

const asSelf = async (team: Team): Promise<As> => ({ member: (await team.admin()).team_member_id });

const withPath =
  (route: string, path: string): Cause =>
  async ({ team }) =>
    team.api.call(route, { path }, await asSelf(team));

const withContentPath =
  (route: string): Cause =>
  async ({ team }) =>
    team.api.content(route, { path: NO_PATH }, await asSelf(team));

const withFolder =
  (route: string): Cause =>
  async ({ team }) =>
    team.api.call(route, { shared_folder_id: NO_ID }, await asSelf(team));

/** A shared folder, asked for by someone who can't read it. */
const withForeignFolder =
  (route: string): Cause =>
  async ({ team }) => {
    for (const { shared_folder_id } of await team.folders()) {
      const readers = await team.readers(shared_folder_id);
      const stranger = (await team.active()).find(({ team_member_id }) => !readers.has(team_member_id));
      if (stranger) return team.api.call(route, { shared_folder_id }, { member: stranger.team_member_id });
    }
    throw new NotTried('everyone reads every folder');
  };

const withCursor =
  (route: string, isMember = false): Cause =>
  async ({ team }) =>
    team.api.call(route, { cursor: 'nonsense' }, isMember ? await asSelf(team) : {});

const listedFile: Cause = async ({ team }) => {
  const { entry, as } = await team.find({ path: '', recursive: true }, isFile, 'a file');
  return team.api.call('files/list_folder', { path: entry.id }, as);
};

const isDocument = (entry: Entry): entry is files.FileMetadataReference =>
  isFile(entry) && entry.is_downloadable === false;
const isPlainFile = (entry: Entry): entry is files.FileMetadataReference =>
  isFile(entry) && entry.is_downloadable !== false;

const deletedFolder: Cause = async ({ team, scratch }) => {
  const as = await asSelf(team);
  const path = await scratch.newFolder(await team.admin());
  const { cursor } = await team.api.ok<files.ListFolderResult>('files/list_folder', { path }, as);
  await team.api.ok('files/delete_v2', { path }, as);
  return team.api.call('files/list_folder/continue', { cursor }, as);
};

/** By route and tags. What is absent can't be caused without harm, or not by a client. */
const conflicts: Readonly<Record<string, Cause>> = {
  'files/list_folder path/not_found': withPath('files/list_folder', NO_PATH),
  'files/list_folder path/not_folder': listedFile,
  'files/list_folder path/malformed_path': withPath('files/list_folder', `${NO_PATH}/`),
  'files/list_folder/continue path/not_found': deletedFolder,
  'sharing/get_folder_metadata invalid_id': withFolder('sharing/get_folder_metadata'),
  'sharing/get_folder_metadata not_a_member': withForeignFolder('sharing/get_folder_metadata'),
  'sharing/list_folder_members invalid_id': withFolder('sharing/list_folder_members'),
  'sharing/list_folder_members not_a_member': withForeignFolder('sharing/list_folder_members'),
  'team_log/get_events/continue bad_cursor': withCursor('team_log/get_events/continue'),
  'files/get_metadata path/not_found': withPath('files/get_metadata', NO_PATH),
  'files/get_temporary_link path': withPath('files/get_temporary_link', NO_PATH),
  'files/download path': withContentPath('files/download'),
  'files/export path': withContentPath('files/export'),
};
const CHANGING = new Set(['files/list_folder/continue path/not_found']);

const conflictAssumptions = Object.entries(conflictRules).flatMap(([route, rules]) =>
  Object.entries(rules).map(([tags, failure]): Assumption<Subject> => {
    const name = `${route} ${tags}`;
    const cause = conflicts[name];
    return {
      name,
      claim: `is answered so, which the worker takes for ${failure}`,
      writes: CHANGING.has(name),
      async try(subject): Promise<Outcome> {
        if (!cause) return { outcome: 'not tried', why: 'no harmless way to cause it is known' };
        const answer = await cause(subject);
        const isSo = answer.status === 409 && (answer.tags === tags || answer.tags.startsWith(`${tags}/`));
        return isSo ? holds : { outcome: 'differs', found: described(answer) };
      },
    };
  }),
);

/** An error outside of the table of the worker: the whole status and tags are compared. */
const error = (name: string, claim: string, expected: string, cause: Cause): Assumption<Subject> => ({
  name,
  claim,
  writes: false,
  try: async (subject) => compare(expected, described(await cause(subject))),
});

const invalidCursor = (route: string, isMember = false): Assumption<Subject> =>
  error(
    `${route} invalid_cursor`,
    'is the answer to a cursor that is none',
    '409 invalid_cursor',
    withCursor(route, isMember),
  );

const otherErrors: readonly Assumption<Subject>[] = [
  invalidCursor('team/members/list/continue_v2'),
  invalidCursor('team/groups/list/continue'),
  invalidCursor('team/groups/members/list/continue'),
  invalidCursor('team/team_folder/list/continue'),
  invalidCursor('team/namespaces/list/continue'),
  invalidCursor('sharing/list_folders/continue', true),
  invalidCursor('sharing/list_received_files/continue', true),
  error(
    '400 cursor',
    'is the answer to a folder cursor that is none',
    '400',
    withCursor('files/list_folder/continue', true),
  ),
  error('401 invalid_access_token', 'is the answer to an unknown token', '401 invalid_access_token', ({ team }) =>
    team.api.call('team/get_info', undefined, { token: NO_TOKEN }),
  ),
  error('401 missing_scope', 'is the answer to a token without the scope', '401 missing_scope', async ({ team }) => {
    const { status, body } = await team.api.requestToken({ scope: 'account_info.read' });
    if (status !== 200) throw new NotTried('the token endpoint gives no token with fewer scopes');
    return team.api.call('team/get_info', undefined, { token: (body as { access_token: string }).access_token });
  }),
  error('401 invalid_select_user', 'is the answer for no member', '401 invalid_select_user', ({ team }) =>
    team.api.call('files/list_folder', { path: '' }, { member: NO_MEMBER }),
  ),
  error('401 user_suspended', 'is the answer for a suspended member', '401 user_suspended', async ({ team }) => {
    const { team_member_id } = await team.someoneWith('suspended');
    return team.api.call('files/list_folder', { path: '' }, { member: team_member_id });
  }),
  error('401 removed member', 'is answered with invalid_select_user', '401 invalid_select_user', async ({ team }) => {
    const { team_member_id } = await team.someoneWith('removed');
    return team.api.call('files/list_folder', { path: '' }, { member: team_member_id });
  }),
  error(
    '401 invalid_select_admin',
    'is the answer for a member without a role',
    '401 invalid_select_admin',
    async ({ team }) =>
      team.api.call('files/list_folder', { path: '' }, { admin: (await team.withoutRole()).team_member_id }),
  ),
  error('400 without a member', "is a team token's answer to a route of a member", '400', ({ team }) =>
    team.api.call('files/list_folder', { path: '' }),
  ),
  error('400 Select-Admin', 'is the answer where admins are not supported', '400', async ({ team }) =>
    team.api.call('sharing/list_folders', {}, await team.asAdmin()),
  ),
  error('400 Select-User', 'is the answer of a route of the team', '400', async ({ team }) =>
    team.api.call('team/get_info', undefined, await asSelf(team)),
  ),
  error('400 unknown route', 'is the answer to a route that Dropbox does not have', '400', ({ team }) =>
    team.api.call('team/no_such_route', undefined),
  ),
  error('422 invalid_root', 'is the answer to a root that is not theirs', '422 invalid_root', async ({ team }) => {
    const as = { ...(await asSelf(team)), pathRoot: { '.tag': 'root', root: NO_ID } };
    const answer = await team.api.call('files/list_folder', { path: '' }, as);
    // The value of invalid_root has a tag too, which is not one of the error.
    return { ...answer, tags: answer.tags.split('/', 1).join() };
  }),
  error('422 no_permission', 'is the answer to a root out of reach', '422 no_permission', async ({ team }) =>
    team.api.call('files/list_folder', { path: '' }, { ...(await asSelf(team)), root: NO_ID }),
  ),
  error('oauth2/token invalid_grant', 'is the answer to an unknown refresh token', '400 invalid_grant', ({ team }) =>
    team.api.requestToken({ refresh_token: 'A'.repeat(64) }),
  ),
  error('oauth2/token invalid_client', 'is the answer to a wrong app secret', '400 invalid_client', ({ team }) =>
    team.api.requestToken({ client_secret: 'wrong' }),
  ),
  error('team/groups/members/list group_not_found', 'is the answer for no group', '409 group_not_found', ({ team }) =>
    team.api.call('team/groups/members/list', { group: { '.tag': 'group_id', group_id: 'g:0' } }),
  ),
  error(
    'files/download unsupported_file',
    'is the answer for a cloud document',
    '409 unsupported_file',
    async ({ team }) => {
      const { entry, as } = await team.find({ path: '', recursive: true }, isDocument, 'a cloud document');
      return team.api.content('files/download', { path: entry.id }, as);
    },
  ),
  error('files/export non_exportable', 'is the answer for a file', '409 non_exportable', async ({ team }) => {
    const { entry, as } = await team.find({ path: '', recursive: true }, isPlainFile, 'a file');
    return team.api.content('files/export', { path: entry.id }, as);
  }),
  {
    name: 'sharing/list_file_members/batch access_error',
    claim: 'is the result for an unknown file, while the call succeeds',
    writes: false,
    async try({ team }) {
      const argument = { files: [`id:${'A'.repeat(22)}`] };
      const results = await team.api.ok<sharing.ListFileMembersBatchResult[]>(
        'sharing/list_file_members/batch',
        argument,
        await asSelf(team),
      );
      return compare('access_error', results[0]?.result['.tag'] ?? 'no result');
    },
  },
];

/** Has to come last: it is about all answers. */
export const rateLimitAssumption: Assumption<Subject> = {
  name: '429 Retry-After',
  claim: 'says how long to wait, with each refused call',
  writes: false,
  try({ team }) {
    const { answers, withRetryAfter } = team.api.limited;
    if (answers === 0) throw new NotTried('no call was refused for its rate');
    return Promise.resolve(compare(`${answers} of ${answers}`, `${withRetryAfter} of ${answers}`));
  },
};

export const errorAssumptions: readonly Assumption<Subject>[] = [...conflictAssumptions, ...otherErrors];
