import { createHmac, randomBytes } from 'node:crypto';

/** Time within which the receiver must answer the challenge and each notification. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface WebhookSettings {
  appSecret: string;
  /** Changes within this time are combined in one notification. Milliseconds. */
  batchMs: number;
  /** Delay of the first retry after a failed delivery. Each retry waits twice as long. Milliseconds. */
  firstRetryMs: number;
  /** Time after which an undelivered notification is dropped and counted as failed. Milliseconds. */
  giveUpAfterMs: number;
}

/** Dropbox retries with exponential backoff for about ten minutes. */
export const WEBHOOK_DEFAULTS = { batchMs: 50, firstRetryMs: 1000, giveUpAfterMs: 600_000 };

/** The changed accounts, for each kind of link. Dropbox's notifications contain nothing else. */
export interface ChangedAccounts {
  /** Member ids by team id, for an app that is linked with the team. */
  teams: Record<string, readonly string[]>;
  /** For an app that is linked with user accounts. */
  accounts: readonly { accountId: string; uid: number }[];
}

export interface WebhookReport {
  url: string | null;
  delivered: number;
  failed: number;
  pending: number;
}

/** Verifies a receiver with a challenge, and then sends it signed notifications of changes. */
export class Webhooks {
  private url: string | undefined;
  private readonly members = new Map<string, Set<string>>();
  private readonly accounts = new Map<string, number>();
  private batchTimer: NodeJS.Timeout | undefined;
  private readonly retries = new Set<NodeJS.Timeout>();
  private readonly stop = new AbortController();
  private delivered = 0;
  private failed = 0;
  private inFlight = 0;

  constructor(private readonly settings: WebhookSettings) {}

  /**
   * Sends the challenge. If the receiver echoes it, this address gets the notifications from now on.
   * @returns the reason why the address is refused, otherwise undefined
   */
  async register(url: string): Promise<string | undefined> {
    const challenge = randomBytes(24).toString('base64url');
    const address = new URL(url);
    address.searchParams.set('challenge', challenge);
    try {
      const answer = await fetch(address, { signal: this.deadline() });
      const body = await answer.text();
      if (answer.status !== 200) return `the challenge was answered with status ${answer.status}`;
      if (body !== challenge) return 'the challenge was not echoed';
    } catch (error) {
      return `the challenge was not answered: ${String(error)}`;
    }
    this.url = url;
    return undefined;
  }

  unregister(): void {
    this.url = undefined;
  }

  notify(changed: ChangedAccounts): void {
    if (this.url === undefined) return;
    for (const [team, ids] of Object.entries(changed.teams)) {
      const known = this.members.get(team) ?? new Set();
      for (const id of ids) known.add(id);
      if (known.size > 0) this.members.set(team, known);
    }
    for (const { accountId, uid } of changed.accounts) this.accounts.set(accountId, uid);
    this.batchTimer ??= setTimeout(() => this.flush(), this.settings.batchMs);
  }

  report(): WebhookReport {
    const waiting = this.batchTimer === undefined ? 0 : 1;
    return {
      url: this.url ?? null,
      delivered: this.delivered,
      failed: this.failed,
      pending: waiting + this.retries.size + this.inFlight,
    };
  }

  close(): void {
    this.stop.abort();
    clearTimeout(this.batchTimer);
    for (const timer of this.retries) clearTimeout(timer);
  }

  private flush(): void {
    this.batchTimer = undefined;
    if (this.members.size > 0) {
      const teams = Object.fromEntries([...this.members].map(([team, ids]) => [team, [...ids]]));
      this.send({ list_folder: { teams } });
    }
    if (this.accounts.size > 0) {
      const [accounts, users] = [[...this.accounts.keys()], [...this.accounts.values()]];
      this.send({ list_folder: { accounts }, delta: { users } });
    }
    this.members.clear();
    this.accounts.clear();
  }

  private send(notification: object): void {
    void this.deliver(JSON.stringify(notification), Date.now(), this.settings.firstRetryMs);
  }

  private async deliver(body: string, firstAttemptAt: number, pauseMs: number): Promise<void> {
    if (this.url === undefined || this.stop.signal.aborted) return;
    this.inFlight += 1;
    const accepted = await this.post(this.url, body);
    this.inFlight -= 1;
    if (this.stop.signal.aborted) return;
    if (accepted) {
      this.delivered += 1;
    } else if (Date.now() + pauseMs - firstAttemptAt > this.settings.giveUpAfterMs) {
      this.failed += 1;
    } else {
      this.retryLater(body, firstAttemptAt, pauseMs);
    }
  }

  private retryLater(body: string, firstAttemptAt: number, pauseMs: number): void {
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      void this.deliver(body, firstAttemptAt, pauseMs * 2);
    }, pauseMs);
    this.retries.add(timer);
  }

  private async post(url: string, body: string): Promise<boolean> {
    const signature = createHmac('sha256', this.settings.appSecret).update(body).digest('hex');
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'DropboxWebhooks/1.0',
          'X-Dropbox-Signature': signature,
        },
        body,
        signal: this.deadline(),
      });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      // A refused connection or a timeout is a failed delivery, like an error status, and is retried.
      return false;
    }
  }

  private deadline(): AbortSignal {
    return AbortSignal.any([this.stop.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  }
}
