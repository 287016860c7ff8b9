import { DropboxAuth } from 'dropbox';
import { IncompleteAnswer, TokenError } from './errors';
import type { Fetch } from './transport';
import type { DropboxCredentials } from './types';

/**
 * The SDK puts the app secret and the refresh token into the query of the URL, which proxies log. In the form body, where
 * OAuth has them (RFC 6749, 2.3.1), they are not logged.
 */
function asForm(url: string, init: RequestInit): [url: string, init: RequestInit] {
  const { origin, pathname, searchParams } = new URL(url);
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return [`${origin}${pathname}`, { ...init, headers, body: searchParams.toString() }];
}

/**
 * The SDK requests another token in the last five minutes of a token's life. One whose answer names a shorter life would
 * be requested for each call. It is used until Dropbox refuses it, which replaces it.
 */
const SHORTEST_LIFE_MS = 10 * 60_000;

const incomplete = (): IncompleteAnswer => new IncompleteAnswer('the token answer was incomplete');

/** Whether a token can be sent in a header (RFC 6750, 2.1). */
const isSendable = (token: unknown): boolean => typeof token === 'string' && /^[\x21-\x7e]+$/.test(token);

/**
 * One access token for all calls of a connector in this process. The SDK refreshes the token within each call that
 * finds less than five minutes left, so concurrent first calls would each request one. Here they share one request.
 */
export class SharedAuth extends DropboxAuth {
  private refreshing: Promise<void> | undefined;

  constructor({ appKey, appSecret, refreshToken }: DropboxCredentials, fetch: Fetch, timeoutMs: number) {
    super({
      // The SDK joins these into a query string without encoding them.
      clientId: encodeURIComponent(appKey),
      clientSecret: encodeURIComponent(appSecret),
      refreshToken: encodeURIComponent(refreshToken),
      fetch: (url: string, init: RequestInit) =>
        fetch(...asForm(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })),
    });
  }

  /** @throws TokenError */
  override refreshAccessToken(): Promise<void> {
    this.refreshing ??= this.refresh().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** Requests another token after Dropbox refused this one, unless another call has replaced it meanwhile. */
  async replaceToken(refused: string | undefined): Promise<void> {
    if (this.getAccessToken() === refused) await this.refreshAccessToken();
  }

  private async refresh(): Promise<void> {
    const before = this.getAccessToken();
    try {
      await super.refreshAccessToken();
    } catch (error) {
      // The SDK reads fields of whatever was answered, also of null.
      throw new TokenError(error instanceof TypeError ? incomplete() : error);
    }
    const expiresAt = this.getAccessTokenExpiresAt().getTime();
    // The SDK accepts any answer, also one that is not JSON. A token that can't be sent would stay for its whole life.
    if (!isSendable(this.getAccessToken()) || Number.isNaN(expiresAt)) {
      this.setAccessToken(before);
      this.setAccessTokenExpiresAt(new Date(0));
      throw new TokenError(incomplete());
    }
    this.setAccessTokenExpiresAt(new Date(Math.max(expiresAt, Date.now() + SHORTEST_LIFE_MS)));
  }
}
