import type { files, sharing } from 'dropbox';
import { NotTried } from '../assumption';
import { until } from '../until';
import { described, type As } from './api';
import type { Member, Team } from './team';

/** A folder of its own in the homes of the admin and of another member, for assumptions that change something. */
export class Scratch {
  /** Before the first change, minus a minute for a clock that is late. */
  readonly startedAt = new Date(Date.now() - 60_000);
  /** With this the names of all that it makes begin. */
  readonly name: string;
  private readonly folder: string;
  private readonly owners = new Map<string, Promise<unknown>>();
  private readonly shared: { id: string; as: As }[] = [];
  private readonly teamFolders: string[] = [];
  private count = 0;

  constructor(
    private readonly team: Team,
    /** How long the effect of a change is waited for. */
    readonly waitSeconds: number,
  ) {
    this.name = `dropbox-teams contract ${this.startedAt.getTime()}`;
    this.folder = `/${this.name}`;
  }

  /** A new folder in the home of a member. @returns its path */
  async newFolder(member: Member): Promise<string> {
    const as = { member: member.team_member_id };
    const existing = this.owners.get(member.team_member_id);
    const making = existing ?? this.team.api.ok('files/create_folder_v2', { path: this.folder }, as);
    this.owners.set(member.team_member_id, making);
    await making;
    return this.subfolder(this.folder, as);
  }

  /** A new folder in another one. */
  async subfolder(folder: string, as: As): Promise<string> {
    const path = `${folder}/${++this.count}`;
    await this.team.api.ok<files.CreateFolderResult>('files/create_folder_v2', { path }, as);
    return path;
  }

  /** Shares a folder. @returns its namespace */
  async share(path: string, as: As): Promise<string> {
    const started = await this.team.api.ok<sharing.ShareFolderLaunch>('sharing/share_folder', { path }, as);
    const id = await this.sharedId(started, as);
    this.shared.push({ id, as });
    return id;
  }

  private async sharedId(started: sharing.ShareFolderLaunch, as: As): Promise<string> {
    if (started['.tag'] === 'complete') return started.shared_folder_id;
    const { async_job_id } = started;
    const done = await until(async () => {
      const argument = { async_job_id };
      const status = await this.team.api.ok<sharing.ShareFolderJobStatus>(
        'sharing/check_share_job_status',
        argument,
        as,
      );
      return status['.tag'] === 'in_progress' ? undefined : status;
    }, this.waitSeconds);
    if (done?.['.tag'] !== 'complete') throw new NotTried('sharing/share_folder does not complete');
    return done.shared_folder_id;
  }

  /** A new team folder, which is deleted for good at the end. @returns its namespace */
  async newTeamFolder(): Promise<string> {
    const name = `${this.name} ${++this.count}`;
    const answer = await this.team.api.call('team/team_folder/create', { name });
    if (answer.status !== 200) throw new NotTried(`team/team_folder/create answers ${described(answer)}`);
    const id = (answer.body as { team_folder_id: string }).team_folder_id;
    this.teamFolders.push(id);
    return id;
  }

  /** Removes all of it. @returns whether nothing is left */
  async remove(): Promise<boolean> {
    let isClean = true;
    const attempt = async (route: string, argument: object, as: As = {}): Promise<void> => {
      const answer = await this.team.api.call(route, argument, as).catch(() => undefined);
      if (answer?.status !== 200) isClean = false;
    };
    for (const { id, as } of this.shared.reverse()) {
      await attempt('sharing/unshare_folder', { shared_folder_id: id, leave_a_copy: false }, as);
    }
    for (const member of this.owners.keys()) await attempt('files/delete_v2', { path: this.folder }, { member });
    for (const team_folder_id of this.teamFolders) {
      // Refused for one that is archived already. One that is still being archived can be deleted later.
      await this.team.api
        .call('team/team_folder/archive', { team_folder_id, force_async_off: true })
        .catch(() => undefined);
      const deleted = await until(async () => {
        const answer = await this.team.api.call('team/team_folder/permanently_delete', { team_folder_id });
        return answer.status === 200 ? answer : undefined;
      }, this.waitSeconds).catch(() => undefined);
      if (!deleted) isClean = false;
    }
    return isClean;
  }
}
