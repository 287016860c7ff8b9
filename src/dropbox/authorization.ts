import { DropboxAuth } from 'dropbox';
import { z } from 'zod';
import { failure } from '../failures';
import { NetworkError, networkAdvice } from './errors';
import { requiredScopes } from './scopes';
import { addressOf, dropboxFetch, type DropboxAddress } from './transport';

/** The documented host. The SDK names dropbox.com, which redirects there. */
const CONSENT_HOST = 'https://www.dropbox.com';
const TOKEN_ENDPOINT = 'https://api.dropboxapi.com/oauth2/token';
const TIMEOUT_MS = 30_000;

export interface AuthorizationSettings extends DropboxAddress {
  appKey: string;
  appSecret: string;
  /** Exactly as registered in the App Console. */
  redirectUri: string;
  /** Proof key for code exchange (RFC 7636), in addition to the secret. */
  usePkce: boolean;
}

export interface Authorized {
  refreshToken: string;
  teamId: string;
  scopes: string[];
}

export interface AuthorizationRequest {
  /** Dropbox's consent page, for a team admin. */
  url: string;
  /**
   * Exchanges the code that the consent page hands out. A code can be used once.
   * @throws CredentialsRefused with what to do; DropboxUnavailable
   */
  exchange(code: string): Promise<Authorized>;
}

/** Sends nothing yet. The proof key stays in the result until the code is exchanged. */
export async function requestAuthorization(
  settings: AuthorizationSettings,
  state: string,
): Promise<AuthorizationRequest> {
  // The SDK joins its arguments into a query string as they are.
  const auth = new DropboxAuth({ clientId: encodeURIComponent(settings.appKey) });
  const url = await auth.getAuthenticationUrl(
    encodeURIComponent(settings.redirectUri),
    encodeURIComponent(state),
    'code',
    // Only this kind of access comes with a refresh token.
    'offline',
    [...requiredScopes],
    'none',
    settings.usePkce,
  );
  const verifier = settings.usePkce ? auth.getCodeVerifier() : undefined;
  return {
    url: addressOf(url, settings.apiUrl ?? CONSENT_HOST),
    exchange: (code) => exchange(settings, code, verifier),
  };
}

/**
 * Every answer with a token has an access token, whatever else it lacks. Any other answer does not come from Dropbox.
 */
const tokenSchema = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  team_id: z.string().min(1).optional(),
  scope: z.string().optional(),
});
type TokenAnswer = z.infer<typeof tokenSchema>;

const hints: Readonly<Record<string, string>> = {
  invalid_client:
    "the app key or secret is wrong: compare them with the app's page in the App Console (Settings), and give the right secret: dropbox-teams authorize C --app-secret-file FILE",
  invalid_grant:
    'the code has expired or was used before, or the redirect URI differs from the registered one: start again',
  invalid_request: 'the app may not be allowed to use a proof key together with its secret: try --no-pkce',
};

/**
 * Not the SDK's `getAccessTokenFromCode`: it puts the app secret and the code into the query of the URL, which proxies
 * log, and it leaves the proof key out when there is a secret. The form body holds both.
 */
async function exchange(
  settings: AuthorizationSettings,
  code: string,
  verifier: string | undefined,
): Promise<Authorized> {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: settings.redirectUri,
    client_id: settings.appKey,
    client_secret: settings.appSecret,
    ...(verifier === undefined ? {} : { code_verifier: verifier }),
  });
  let response: Response;
  try {
    response = await dropboxFetch(settings)(TOKEN_ENDPOINT, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    const reason = cause instanceof NetworkError ? networkAdvice(cause) : 'check the network';
    throw failure('DropboxUnavailable', `Dropbox could not be reached to exchange the code: ${reason}; start again`, {
      cause,
    });
  }
  const body = jsonOf(await response.text().catch(() => ''));
  const parsed = tokenSchema.safeParse(body);
  if (response.ok && parsed.success) return authorizedBy(parsed.data);
  const { status } = response;
  const reason = (body as { error?: unknown } | null)?.error;
  // A refusal names its reason. What comes from a proxy or from a server that is down says nothing about the code.
  if (status < 400 || status >= 500 || status === 429 || typeof reason !== 'string') {
    throw failure(
      'DropboxUnavailable',
      `the request to exchange the code was answered with HTTP ${status}, and without a reason of Dropbox: check what lies between, such as the proxy of HTTPS_PROXY; start again in a few minutes`,
    );
  }
  throw failure(
    'CredentialsRefused',
    `Dropbox did not exchange the code (${reason}): ${hints[reason] ?? 'start again'}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function authorizedBy({ refresh_token: refreshToken, team_id: teamId, scope }: TokenAnswer): Authorized {
  if (teamId === undefined) {
    throw failure(
      'CredentialsRefused',
      'the app was authorized for one person, not for the team: in the App Console give it the team scopes, and let a team admin consent',
    );
  }
  if (refreshToken === undefined) {
    throw failure('CredentialsRefused', 'Dropbox gave no refresh token: the app is not allowed offline access');
  }
  return { refreshToken, teamId, scopes: (scope ?? '').split(' ').filter((name) => name !== '') };
}
