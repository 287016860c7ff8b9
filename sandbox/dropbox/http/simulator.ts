import type { Account, Company } from '../model';
import { CallStats } from './callStats';
import { Faults } from './faults';
import { Jobs } from './jobs';
import { Lies } from './lies';
import { Limits, type LimitSettings } from './limits';
import type { Approver } from './oauth/authorize';
import { Grants, newCredentials, type AppCredentials, type LinkedTo } from './oauth/grants';
import type { LinkIdentity } from './oauth/token';
import { Pages } from './pages';
import { TemporaryLinks } from './temporaryLinks';
import { UploadSessions } from './uploadSessions';
import { Webhooks, WEBHOOK_DEFAULTS, type WebhookSettings } from './webhooks';

export interface SimulatorSettings {
  company: Company;
  /** Delay of every answer in milliseconds; 0 by default. */
  latencyMs?: number;
  /** Key, secret and refresh token of the one registered app; random by default. */
  credentials?: AppCredentials;
  /** Lifetime of access tokens in seconds; 14,400 by default, like on Dropbox. */
  accessTokenLifetimeSeconds?: number;
  /** Lifetime of a pagination cursor since its last use, in seconds; one hour by default. */
  cursorLifetimeSeconds?: number;
  /** Share of pages (0 to 1) of lists without a change feed before which a shorter or empty one comes; 0.02 by default. */
  shortPages?: number;
  /** Lifetime of a temporary link in seconds; four hours by default. */
  temporaryLinkLifetimeSeconds?: number;
  /** Rate limits; none by default. */
  limits?: Partial<LimitSettings>;
  /** Seed of the faults that occur at a rate. */
  faultSeed?: number;
  webhooks?: Partial<Omit<WebhookSettings, 'appSecret'>>;
  /** Maximum random time in seconds that longpoll adds to the client's timeout; 0 by default, up to 90 on Dropbox. */
  longpollJitterSeconds?: number;
}

/** What the simulator adds to the company: the registered app, its tokens, rate limits, faults, links and webhooks. */
export class Simulator {
  readonly company: Company;
  readonly teamId: string;
  readonly admin: { memberId: string; email: string };
  readonly grants: Grants;
  readonly pages: Pages;
  readonly limits = new Limits();
  readonly faults: Faults;
  readonly lies = new Lies();
  readonly stats = new CallStats();
  readonly jobs = new Jobs();
  readonly uploads = new UploadSessions();
  readonly webhooks: Webhooks;
  readonly temporaryLinks: TemporaryLinks;
  latencyMs: number;
  readonly longpollJitterSeconds: number;
  private readonly stopWatching: () => void;

  constructor(settings: SimulatorSettings) {
    this.company = settings.company;
    const { teamId, admin } = settings.company.state;
    if (admin?.memberId === undefined) throw new Error('the company has no admin who could link the app');
    this.teamId = teamId;
    this.admin = { memberId: admin.memberId, email: admin.email };
    this.grants = new Grants(settings.credentials ?? newCredentials(), this.admin.memberId);
    if (settings.accessTokenLifetimeSeconds !== undefined)
      this.grants.accessTokenLifetimeSeconds = settings.accessTokenLifetimeSeconds;
    this.pages = new Pages(settings.cursorLifetimeSeconds ?? 3600, Date.now, settings.shortPages ?? 0.02);
    this.temporaryLinks = new TemporaryLinks(settings.temporaryLinkLifetimeSeconds ?? 4 * 3600);
    this.faults = new Faults(settings.faultSeed);
    this.limits.set(settings.limits ?? {});
    this.webhooks = new Webhooks({ ...WEBHOOK_DEFAULTS, ...settings.webhooks, appSecret: this.grants.app.appSecret });
    this.latencyMs = settings.latencyMs ?? 0;
    this.longpollJitterSeconds = settings.longpollJitterSeconds ?? 0;
    this.stopWatching = this.company.onChange((accounts) => this.notifyWebhooks(accounts));
  }

  close(): void {
    this.stopWatching();
    this.webhooks.close();
  }

  /** The members who can approve the app on the consent page. */
  approvers(): Approver[] {
    const members = this.company.team.members(false).filter(({ profile }) => profile.status['.tag'] === 'active');
    return members.map(({ profile }) => ({
      memberId: profile.team_member_id,
      email: profile.email,
      isTeamAdmin: this.company.memberById(profile.team_member_id)?.role === 'team_admin',
    }));
  }

  /** The ids of a link in the answer of the token endpoint. */
  identify(link: LinkedTo): LinkIdentity {
    const account = this.company.memberById(link.kind === 'team' ? link.adminMemberId : link.memberId);
    const uid = account?.uid ?? '';
    if (link.kind === 'team') return { uid, teamId: this.teamId };
    return account ? { uid, accountId: account.accountId } : { uid };
  }

  /** Notifies the app: with member ids if it is linked with the team, with account ids if it is linked with users. */
  private notifyWebhooks(accounts: ReadonlySet<Account>): void {
    const links = this.grants.all().map((grant) => grant.linkedTo);
    const members = [...accounts].filter((account) => account.memberId !== undefined && account.status !== 'removed');
    const linked = (account: Account): boolean =>
      links.some((link) => link.kind === 'user' && link.memberId === account.memberId);
    this.webhooks.notify({
      teams: links.some((link) => link.kind === 'team')
        ? { [this.teamId]: members.flatMap((account) => account.memberId ?? []) }
        : {},
      accounts: members.filter(linked).map((account) => ({ accountId: account.accountId, uid: Number(account.uid) })),
    });
  }
}
