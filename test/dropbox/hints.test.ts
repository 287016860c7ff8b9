import { Dropbox } from 'dropbox';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import { DropboxConnections, type DropboxSession, type TeamMember } from '../../src/dropbox';
import { dropboxFetch } from '../../src/dropbox/transport';
import { hintsOf, type Hints } from '../../src/sync/events';
import type { EventCategory } from '../../src/sync/keys';
import { collect } from './fakeDropbox';

let simulator: DropboxSimulator;
let session: DropboxSession;
let members: Map<string, TeamMember>;
let credentials: { clientId: string; clientSecret: string; refreshToken: string };

beforeAll(async () => {
  simulator = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('demo'), 'A') });
  const info = (await (await fetch(`${simulator.url}/sandbox/info`)).json()) as Record<string, string>;
  credentials = { clientId: info['app_key']!, clientSecret: info['app_secret']!, refreshToken: info['refresh_token']! };
  const { clientId: appKey, clientSecret: appSecret, refreshToken } = credentials;
  session = new DropboxConnections({ apiUrl: simulator.url }).session('c1', { appKey, appSecret, refreshToken });
  members = new Map((await collect(session.team.members())).map((one) => [one.email.split('@')[0]!, one]));
});
afterAll(() => simulator.close());

/** Calls that change the team, as its admin or as the named member. */
const teamClient = (email?: string): Dropbox =>
  new Dropbox({
    ...credentials,
    fetch: dropboxFetch({ apiUrl: simulator.url }),
    ...(email ? { selectUser: idOf(email) } : {}),
  });
const idOf = (name: string): string => members.get(name)!.teamMemberId;

async function cursorOf(category: EventCategory): Promise<string> {
  let cursor = '';
  for await (const page of session.team.events({ category, startTime: '2020-01-01T00:00:00Z' })) cursor = page.cursor;
  return cursor;
}

/** The hints of the events that a change adds to its category of the log. */
async function hintsAfter(category: EventCategory, change: () => Promise<unknown>): Promise<Hints> {
  const cursor = await cursorOf(category);
  await change();
  const events = [];
  for await (const page of session.team.events({ cursor })) events.push(...page.events);
  expect(events.length).toBeGreaterThan(0);
  const hints = hintsOf(events);
  expect(hints.unknownTypes).toEqual({});
  expect(hints.everything).toEqual([]);
  return hints;
}

const folderNamed = async (email: string, name: string): Promise<string> => {
  const folders = await collect(session.as({ kind: 'member', teamMemberId: idOf(email) }).sharedFolders());
  return folders.find((folder) => folder.name === name)!.sharedFolderId;
};
const selector = (email: string) => ({ '.tag': 'team_member_id' as const, team_member_id: idOf(email) });

describe('the event of a change names what to read again', () => {
  it('a member who is suspended and reactivated', async () => {
    const hints = await hintsAfter('members', async () => {
      await teamClient().teamMembersSuspend({ user: selector('femi'), wipe_data: false });
      await teamClient().teamMembersUnsuspend({ user: selector('femi') });
    });
    expect(hints.members).toContain(idOf('femi'));
  });

  it('a group that a member joins and leaves', async () => {
    const group = (await collect(session.team.groups())).find((one) => one.name === 'Engineering')!;
    const hints = await hintsAfter('groups', async () => {
      const about = { '.tag': 'group_id' as const, group_id: group.groupId };
      await teamClient().teamGroupsMembersAdd({
        group: about,
        members: [{ user: selector('greta'), access_type: { '.tag': 'member' } }],
      });
      await teamClient().teamGroupsMembersRemove({ group: about, users: [selector('greta')] });
    });
    expect(hints.groups).toEqual([group.groupId]);
  });

  it('a team folder that is created, renamed and archived', async () => {
    let created = '';
    const hints = await hintsAfter('team_folders', async () => {
      created = (await teamClient().teamTeamFolderCreate({ name: 'Hints' })).result.team_folder_id;
      await teamClient().teamTeamFolderRename({ team_folder_id: created, name: 'Hints 2' });
      await teamClient().teamTeamFolderArchive({ team_folder_id: created });
    });
    expect(hints.teamFolders).toEqual([created]);
  });

  it('a folder whose members change', async () => {
    const folder = await folderNamed('chiyo', 'Brand assets');
    const hints = await hintsAfter('sharing', () =>
      teamClient('chiyo').sharingAddFolderMember({
        shared_folder_id: folder,
        members: [{ member: { '.tag': 'dropbox_id', dropbox_id: idOf('femi') }, access_level: { '.tag': 'viewer' } }],
      }),
    );
    expect(hints.namespaces).toContain(folder);
  });

  it('a folder that becomes a shared folder', async () => {
    let created: string | undefined;
    const hints = await hintsAfter('sharing', async () => {
      await teamClient('chiyo').filesCreateFolderV2({ path: '/New and shared' });
      const { result } = await teamClient('chiyo').sharingShareFolder({ path: '/New and shared' });
      created = result['.tag'] === 'complete' ? result.shared_folder_id : undefined;
    });
    expect(hints.namespaces).toContain(created);
  });

  it('a single file that is shared, and its receiver', async () => {
    const { result: file } = await teamClient('chiyo').filesUpload({ path: '/single.txt', contents: 'text' });
    const hints = await hintsAfter('sharing', () =>
      teamClient('chiyo').sharingAddFileMember({
        file: file.id,
        members: [{ '.tag': 'dropbox_id', dropbox_id: idOf('femi') }],
        access_level: { '.tag': 'viewer' },
      }),
    );
    expect(hints.files.length).toBe(1);
    expect(hints.receivers).toContain(idOf('femi'));
  });
});
