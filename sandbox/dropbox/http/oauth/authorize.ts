import { textRefusal } from '../errors';
import { linkOf, type Grants } from './grants';
import { isScope, needsTeamLink, type Scope } from './scopes';

/** A member who may approve the app: an admin for a team link, any active member for a user link. */
export interface Approver {
  memberId: string;
  email: string;
  isTeamAdmin: boolean;
}

interface ConsentRequest {
  redirectUri?: string;
  state?: string;
  scopes: ReadonlySet<Scope>;
  offline: boolean;
  challenge?: string;
}

/** Answer of the consent page: a page to show or an address to redirect to. */
export type ConsentAnswer = { page: string } | { location: string };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function readRequest(grants: Grants, parameters: URLSearchParams): ConsentRequest {
  if (parameters.get('client_id') !== grants.app.appKey) throw textRefusal(400, 'Invalid client_id');
  if (parameters.get('response_type') !== 'code')
    throw textRefusal(400, 'Invalid response_type: only "code" is supported');
  const method = parameters.get('code_challenge_method');
  const challenge = parameters.get('code_challenge');
  if (challenge && method !== 'S256') throw textRefusal(400, 'Invalid code_challenge_method: only "S256" is supported');
  const redirectUri = parameters.get('redirect_uri');
  if (redirectUri && !URL.canParse(redirectUri)) throw textRefusal(400, 'Invalid redirect_uri');
  const state = parameters.get('state');
  return {
    scopes: readScopes(grants, parameters.get('scope')),
    offline: parameters.get('token_access_type') === 'offline',
    ...(redirectUri ? { redirectUri } : {}),
    ...(state ? { state } : {}),
    ...(challenge ? { challenge } : {}),
  };
}

/** Without the parameter, the app gets all scopes that it is registered for. */
function readScopes({ appScopes }: Grants, text: string | null): ReadonlySet<Scope> {
  if (!text) return appScopes;
  const names = text.split(/[ +]+/).filter(Boolean);
  const unknown = names.find((name) => !isScope(name) || !appScopes.has(name));
  if (unknown !== undefined) throw textRefusal(400, `Invalid scope: "${unknown}"`);
  return new Set(names.filter(isScope));
}

/** GET: the page on which a member allows or denies access. */
export function consentPage(
  grants: Grants,
  parameters: URLSearchParams,
  approvers: readonly Approver[],
): ConsentAnswer {
  const request = readRequest(grants, parameters);
  const forTeam = needsTeamLink(request.scopes);
  const choices = approvers
    .filter((approver) => !forTeam || approver.isTeamAdmin)
    .map((approver) => `<option value="${escapeHtml(approver.memberId)}">${escapeHtml(approver.email)}</option>`);
  const scopes = [...request.scopes].map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`);
  return {
    page: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Allow access</title></head><body>
<h1>Allow the app to access this ${forTeam ? 'team' : 'account'}?</h1>
<form method="post" action="/oauth2/authorize?${escapeHtml(parameters.toString())}">
<label>Signed in as <select name="member">${choices.join('')}</select></label>
<ul>${scopes.join('')}</ul>
<button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button>
</form></body></html>`,
  };
}

/** POST of the form: redirects to the app with a code or an error, or shows the code when there is no redirect URI. */
export function consentAnswer(
  grants: Grants,
  parameters: URLSearchParams,
  form: URLSearchParams,
  approvers: readonly Approver[],
): ConsentAnswer {
  const request = readRequest(grants, parameters);
  if (form.get('answer') !== 'allow') {
    return redirectOrShow(request, {
      error: 'access_denied',
      error_description: 'The user chose not to give your app access',
    });
  }
  const approver =
    approvers.find((each) => each.memberId === form.get('member')) ?? approvers.find((each) => each.isTeamAdmin);
  if (!approver) throw textRefusal(403, 'No member can approve this app');
  const linkedTo = linkOf(request.scopes, approver);
  if (!linkedTo) throw textRefusal(403, 'Only a team admin can approve this app');
  return redirectOrShow(request, { code: grants.issueCode({ ...request, linkedTo }) });
}

function redirectOrShow(request: ConsentRequest, outcome: Record<string, string>): ConsentAnswer {
  if (request.redirectUri === undefined) {
    return {
      page: `<!doctype html><title>Access</title><p id="outcome">${escapeHtml(outcome.code ?? outcome.error ?? '')}</p>`,
    };
  }
  const address = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(outcome)) address.searchParams.set(name, value);
  if (request.state !== undefined) address.searchParams.set('state', request.state);
  return { location: address.toString() };
}
