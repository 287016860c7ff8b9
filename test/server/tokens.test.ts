import { createSigner, type SignerOptions } from 'fast-jwt';
import { tokenCheck, type TokenCheck } from '../../src/server/tokens';

const secret = 'scoped secret of the installation';
const former = 'the scoped secret before this one';
const sessionSecret = 'secret of the sessions of its users';
const settings = { secrets: [secret, former], sessionSecret, maxAgeHours: 24, audience: undefined, issuer: undefined };
const check = tokenCheck(settings);

const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);
/** A token of the indexing service, with other claims. */
const token = (claims: object = {}, key: string | Buffer = secret, more: Partial<SignerOptions> = {}): string =>
  createSigner({ key, ...more })({
    orgId: 'org-1',
    scopes: ['connector:signedUrl'],
    iat: now(),
    exp: now() + HOUR,
    ...claims,
  });
const outcome = (text: string, by: TokenCheck = check): unknown => {
  try {
    return by(`Bearer ${text}`);
  } catch (error) {
    return (error as Error).message;
  }
};

it.each([
  ['of the present secret', token(), false],
  ['of a former secret', token({}, former), false],
  ['without the time of issue', token({}, secret, { noTimestamp: true }), false],
  ['of a browser, which has no scopes', token({ scopes: undefined, userId: 'u' }, sessionSecret), true],
])('accepts a token %s', (_name, text, isSession) => {
  expect(outcome(text)).toMatchObject({ orgId: 'org-1', isSession });
});

it('gives a token of a browser no scopes, whatever it claims', () => {
  expect(outcome(token({}, sessionSecret))).toMatchObject({ scopes: [], isSession: true });
});

it.each([
  ['that is older than the maximum age', token({ iat: now() - 25 * HOUR }), /expired/],
  ['that is valid for ten years', token({ exp: now() + 10 * 365 * 24 * HOUR }), /too long/],
  ['that is valid without end', token({ exp: 1e300 }), /too long/],
  ['that has expired', token({ exp: now() - 40 }), /expired/],
  ['without an expiry', token({ exp: undefined }), /not valid/],
  ['of another secret', token({}, 'another secret of the same length'), /not valid/],
  ['of an algorithm that is not HS256', token({}, secret, { algorithm: 'HS512' }), /not valid/],
  ['without a signature', createSigner({ algorithm: 'none' })({ orgId: 'org-1', exp: now() + HOUR }), /not valid/],
  ['without an organization', token({ orgId: undefined }), /not valid/],
])('refuses a token %s', (_name, text, message) => {
  expect(outcome(text)).toMatch(message);
});

it('checks audience and issuer when they are set', () => {
  const strict = tokenCheck({ ...settings, audience: 'dropbox-teams', issuer: 'pipeshub' });
  expect(outcome(token(), strict)).toMatch(/not valid/);
  expect(outcome(token({ aud: 'dropbox-teams', iss: 'elsewhere' }), strict)).toMatch(/not valid/);
  expect(outcome(token({ aud: 'dropbox-teams' }), strict)).toMatch(/not valid/);
  expect(outcome(token({ aud: ['x', 'dropbox-teams'], iss: 'pipeshub' }), strict)).toMatchObject({ orgId: 'org-1' });
});

it('refuses every token when no secret is set', () => {
  const closed = tokenCheck({ ...settings, secrets: [], sessionSecret: undefined });
  expect(outcome(token(), closed)).toMatch(/no secret for tokens is set/);
});
