import type { Account, Company } from '../model';
import { CallStats } from './callStats';
import { Faults } from './faults';
import { Jobs } from './jobs';
import { Limits, type LimitSettings } from './limits';
import { Grants, newCredentials, type AppCredentials, type LinkedTo } from './oauth/grants';
import type { Approver } from './oauth/authorize';
import type { LinkIdentity } from './oauth/token';
import { Pages } from './pages';
import { TemporaryLinks } from './temporaryLinks';
import { Webhooks, WEBHOOK_DEFAULTS, type WebhookSettings } from './webhooks';

export interface SimulatorSettings {
  company: Company;
  /** Time that every answer waits, in milliseconds; 0 by default. */
  latencyMs?: number;
  /** Key, secret and refresh token of the one registered app; made up when absent. */
  credentials?: AppCredentials;
  /** Life of access tokens in seconds; 14,400 by default, as Dropbox's. */
  accessTokenLifeSeconds?: number;
  /** Life of a pagination cursor since it was last used, in seconds; an hour by default. */
  cursorLifeSeconds?: number;
  /** Life of a temporary link in seconds; four hours by default. */
  temporaryLinkLifeSeconds?: number;
  /** Request budgets; none by default. */
  limits?: Partial<LimitSettings>;
  /** Seed of the faults that strike at a rate. */
  faultSeed?: number;
  webhooks?: Partial<Omit<WebhookSettings, 'appSecret'>>;
  /** Upper bound of the random time that longpoll adds to the client's timeout, in seconds; 0 by default, Dropbox: 90. */
  longpollJitterSeconds?: number;
}

/** Everything that lives beside the company: the registered app, its tokens, budgets, faults, links and notifications. */
export class Simulator {
  readonly company: Company;
  readonly teamId: string;
  readonly admin: { memberId: string; email: string };
  readonly grants: Grants;
  readonly pages: Pages;
  readonly limits = new Limits();
  readonly faults: Faults;
  readonly stats = new CallStats();
  readonly jobs = new Jobs();
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
    if (settings.accessTokenLifeSeconds !== undefined)
      this.grants.accessTokenLifeSeconds = settings.accessTokenLifeSeconds;
    this.pages = new Pages(settings.cursorLifeSeconds ?? 3600);
    this.temporaryLinks = new TemporaryLinks(settings.temporaryLinkLifeSeconds ?? 4 * 3600);
    this.faults = new Faults(settings.faultSeed);
    this.limits.set(settings.limits ?? {});
    this.webhooks = new Webhooks({ ...WEBHOOK_DEFAULTS, ...settings.webhooks, appSecret: this.grants.app.appSecret });
    this.latencyMs = settings.latencyMs ?? 0;
    this.longpollJitterSeconds = settings.longpollJitterSeconds ?? 0;
    this.stopWatching = this.company.onChange((accounts) => this.announce(accounts));
  }

  close(): void {
    this.stopWatching();
    this.webhooks.close();
  }

  /** Who may stand on the consent page. */
  people(): Approver[] {
    const members = this.company.team.members(false).filter(({ profile }) => profile.status['.tag'] === 'active');
    return members.map(({ profile }) => ({
      memberId: profile.team_member_id,
      email: profile.email,
      isTeamAdmin: this.company.memberById(profile.team_member_id)?.role === 'team_admin',
    }));
  }

  /** The parts of a link that the token endpoint names. */
  identify(link: LinkedTo): LinkIdentity {
    const account = this.company.memberById(link.kind === 'team' ? link.adminMemberId : link.memberId);
    const uid = account?.uid ?? '';
    if (link.kind === 'team') return { uid, teamId: this.teamId };
    return account ? { uid, accountId: account.accountId } : { uid };
  }

  /** A team link is told members of the team, a user link its own account. */
  private announce(accounts: ReadonlySet<Account>): void {
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
