import { Dropbox, DropboxAuth } from 'dropbox';

/** An active member of the demo team. */
export interface DemoMember {
  teamMemberId: string;
  email: string;
}

interface SandboxInfo {
  app_key: string;
  app_secret: string;
  refresh_token: string;
  admin: { team_member_id: string; email: string };
}

/** Calls the simulator with the official SDK, as members of the team would call Dropbox. */
export class DemoCompany {
  private constructor(
    readonly info: SandboxInfo,
    private readonly auth: DropboxAuth,
    private readonly fetch: typeof globalThis.fetch,
    readonly members: DemoMember[],
  ) {}

  static async open(url: string): Promise<DemoCompany> {
    const info = (await (await fetch(`${url}/sandbox/info`)).json()) as SandboxInfo;
    // The SDK cannot be pointed to another host: this fetch replaces Dropbox's hosts by the simulator's address.
    const redirected: typeof globalThis.fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input.toString());
      return fetch(`${url}${pathname}${search}`, init);
    };
    const auth = new DropboxAuth({
      clientId: info.app_key,
      clientSecret: info.app_secret,
      refreshToken: info.refresh_token,
      fetch: redirected,
    });
    const team = new Dropbox({ auth, fetch: redirected });
    const { result } = await team.teamMembersListV2({});
    const members = result.members
      .filter(({ profile }) => profile.status['.tag'] === 'active')
      .map(({ profile }) => ({ teamMemberId: profile.team_member_id, email: profile.email }));
    return new DemoCompany(info, auth, redirected, members);
  }

  /** A client that acts as the app itself, for the team's routes. */
  team(): Dropbox {
    return new Dropbox({ auth: this.auth, fetch: this.fetch });
  }

  as(member: DemoMember): Dropbox {
    return new Dropbox({ auth: this.auth, fetch: this.fetch, selectUser: member.teamMemberId });
  }

  /** A working day: new files, a rename, a deletion, a folder that is shared with a colleague. Returns a line for each. */
  async work(): Promise<string[]> {
    const [first, second] = this.members;
    if (!first || !second) return [];
    const done: string[] = [];
    const mine = this.as(first);
    await mine.filesCreateFolderV2({ path: '/Demo day' });
    await mine.filesUpload({ path: '/Demo day/agenda.md', contents: '# Agenda\n' });
    done.push(`${first.email} wrote /Demo day/agenda.md`);
    await mine.filesUpload({ path: '/Demo day/draft.txt', contents: 'first words' });
    await mine.filesMoveV2({ from_path: '/Demo day/draft.txt', to_path: '/Demo day/minutes.txt' });
    done.push(`${first.email} renamed draft.txt to minutes.txt`);
    const { result } = await mine.sharingShareFolder({ path: '/Demo day' });
    if (result['.tag'] === 'complete') {
      await mine.sharingAddFolderMember({
        shared_folder_id: result.shared_folder_id,
        members: [{ member: { '.tag': 'email', email: second.email }, access_level: { '.tag': 'viewer' } }],
        quiet: true,
      });
      done.push(`${first.email} shared /Demo day with ${second.email}`);
    }
    const { result: listing } = await this.as(second).filesListFolder({
      path: '',
      recursive: true,
      include_mounted_folders: false,
    });
    const file = listing.entries.find((entry) => entry['.tag'] === 'file');
    if (file?.path_lower) {
      await this.as(second).filesDeleteV2({ path: file.path_lower });
      done.push(`${second.email} deleted ${file.path_display ?? file.name}`);
    }
    return done;
  }
}
