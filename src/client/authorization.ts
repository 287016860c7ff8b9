import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { dropboxFetch } from '../dropbox/transport';
import { DropboxTeamsError } from '../DropboxTeamsError';

/** Reads only. Anything that writes, sharing.write above all, is not asked for: the connector never changes Dropbox. */
export const requiredScopes = [
  'team_info.read',
  'members.read',
  'groups.read',
  'events.read',
  'team_data.member',
  'team_data.content.read',
  'account_info.read',
  'files.metadata.read',
  'files.content.read',
  'sharing.read',
] as const;

const CONSENT_PAGE = 'https://www.dropbox.com/oauth2/authorize';
const TOKEN_ENDPOINT = 'https://api.dropboxapi.com/oauth2/token';
const ANSWER_WITHIN_MS = 30_000;

export interface AuthorizationSettings {
  appKey: string;
  appSecret: string;
  /** Exactly as registered in the App Console. */
  redirectUri: string;
  /** Proof key for code exchange (RFC 7636), beside the secret. */
  usePkce: boolean;
  /** Only for the simulator or a proxy. */
  apiUrl?: string | undefined;
}

export interface Authorized {
  refreshToken: string;
  teamId: string;
  scopes: string[];
}

/** One consent: where to send the admin, and what to do with what comes back. */
export interface Authorization {
  url: string;
  /** @throws CredentialsRefused with what to do */
  finish(answer: URLSearchParams): Promise<Authorized>;
}

const refused = (message: string): DropboxTeamsError => new DropboxTeamsError('CredentialsRefused', message);

/** Nothing is sent yet: the secret parts (state, proof key) live in the result. */
export function beginAuthorization(settings: AuthorizationSettings): Authorization {
  const state = randomBytes(32).toString('base64url');
  const verifier = settings.usePkce ? randomBytes(48).toString('base64url') : undefined;
  const url = new URL(CONSENT_PAGE);
  if (settings.apiUrl !== undefined) {
    const base = new URL(settings.apiUrl);
    url.protocol = base.protocol;
    url.host = base.host;
  }
  const parameters = {
    client_id: settings.appKey,
    response_type: 'code',
    redirect_uri: settings.redirectUri,
    state,
    // Only this kind of access comes with a refresh token.
    token_access_type: 'offline',
    scope: requiredScopes.join(' '),
    ...(verifier === undefined
      ? {}
      : { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, finish: (answer) => finish(settings, state, verifier, answer) };
}

async function finish(
  settings: AuthorizationSettings,
  state: string,
  verifier: string | undefined,
  answer: URLSearchParams,
): Promise<Authorized> {
  if (!sameText(answer.get('state') ?? '', state)) {
    throw refused('The answer does not belong to this authorization (wrong state): start again');
  }
  const denied = answer.get('error');
  if (denied !== null) {
    throw refused(
      denied === 'access_denied'
        ? 'The consent was denied: a team admin has to allow the app'
        : `Dropbox did not authorize the app (${denied}): ${answer.get('error_description') ?? 'look at its page in the App Console'}`,
    );
  }
  const code = answer.get('code');
  if (!code) throw refused('The answer holds no authorization code: start again');
  return tokenOf(await exchange(settings, code, verifier));
}

const tokenSchema = z.looseObject({
  refresh_token: z.string().optional(),
  team_id: z.string().optional(),
  scope: z.string().optional(),
});
type TokenAnswer = z.infer<typeof tokenSchema>;

const hints: Readonly<Record<string, string>> = {
  invalid_client: "the app key or secret is wrong: compare them with the app's page in the App Console (Settings)",
  invalid_grant:
    'the code has expired or was used before, or the redirect URI differs from the registered one: start again',
  invalid_request: 'the app may not be allowed to use a proof key together with its secret: try --no-pkce',
};

async function exchange(
  settings: AuthorizationSettings,
  code: string,
  verifier: string | undefined,
): Promise<TokenAnswer> {
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
    response = await dropboxFetch(settings.apiUrl)(TOKEN_ENDPOINT, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (cause) {
    throw new DropboxTeamsError(
      'DropboxUnavailable',
      'Dropbox could not be reached to exchange the code: start again',
      {
        cause,
      },
    );
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) {
    const parsed = tokenSchema.safeParse(body);
    if (parsed.success) return parsed.data;
  }
  const reason = (body as { error?: unknown } | undefined)?.error;
  const name = typeof reason === 'string' ? reason : `HTTP ${response.status}`;
  throw refused(`Dropbox did not exchange the code (${name}): ${hints[name] ?? 'start again'}`);
}

function tokenOf({ refresh_token: refreshToken, team_id: teamId, scope }: TokenAnswer): Authorized {
  if (teamId === undefined) {
    throw refused(
      'The app was authorized for one person, not for the team: in the App Console give it the team scopes, and let a team admin consent',
    );
  }
  if (refreshToken === undefined) throw refused('Dropbox gave no refresh token: the app is not allowed offline access');
  return { refreshToken, teamId, scopes: (scope ?? '').split(' ').filter((name) => name !== '') };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
