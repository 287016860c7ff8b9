import { createSecretKey, randomBytes } from 'node:crypto';
import { failureTypeOf } from '../src/failures';
import { isSealedBy, openSecrets, sealedAgain, sealSecrets } from '../src/secrets';

const newKey = () => createSecretKey(randomBytes(32));
const owner = ['connector', 'organization', 'app key'];
const credentials = { appSecret: 'an app secret', refreshToken: 'a refresh token – ü' };

function failureOf(open: () => unknown): { type: string | undefined; message: string } {
  try {
    open();
  } catch (error) {
    return { type: failureTypeOf(error), message: (error as Error).message };
  }
  throw new Error('the secrets were opened');
}

describe('sealed secrets', () => {
  it('are the same after opening', () => {
    const key = newKey();
    expect(openSecrets(sealSecrets(credentials, owner, key), owner, [key])).toEqual(credentials);
  });

  it('reveal nothing, and differ each time', () => {
    const key = newKey();
    const sealed = sealSecrets(credentials, owner, key);
    expect(sealed).not.toContain('token');
    expect(sealSecrets(credentials, owner, key)).not.toBe(sealed);
  });

  it('open with an earlier key, and are known to be sealed with it', () => {
    const [earlier, current] = [newKey(), newKey()];
    const sealed = sealSecrets(credentials, owner, earlier);
    expect(openSecrets(sealed, owner, [current, earlier])).toEqual(credentials);
    expect(isSealedBy(sealed, current)).toBe(false);
    expect(isSealedBy(sealed, earlier)).toBe(true);
  });

  it.each(['', 'plain text', '{"appSecret":"x"}', 'aes-256-gcm.1:0:AAAA'])(
    'cannot be opened from the text %j',
    (text) => {
      expect(failureOf(() => openSecrets(text, owner, [newKey()])).type).toBe('SecretKeyWrong');
    },
  );

  it('do not open with another key, and the message names the variable to check', () => {
    const { type, message } = failureOf(() =>
      openSecrets(sealSecrets(credentials, owner, newKey()), owner, [newKey()]),
    );
    expect(type).toBe('SecretKeyWrong');
    expect(message).toContain('CONNECTOR_SECRET_KEY');
  });

  it('do not open when a single character was changed', () => {
    const key = newKey();
    const sealed = sealSecrets(credentials, owner, key);
    for (let at = 0; at < sealed.length; at += 7) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const { type } = failureOf(() => openSecrets(sealed.slice(0, at) + other + sealed.slice(at + 1), owner, [key]));
      expect(type).toBe('SecretKeyWrong');
    }
  });

  it.each([
    ['connector', ['other', 'organization', 'app key']],
    ['organization', ['connector', 'other', 'app key']],
    ['app', ['connector', 'organization', 'other']],
  ])('do not open for another %s', (_what, other) => {
    const key = newKey();
    expect(failureOf(() => openSecrets(sealSecrets(credentials, owner, key), other, [key])).type).toBe(
      'SecretKeyWrong',
    );
  });

  it('of the former format open once for any owner, and are sealed again for one with the same key', () => {
    const key = createSecretKey(Buffer.alloc(32, 7));
    const again = sealedAgain(FORMER, owner, [newKey(), key]) ?? '';
    expect(openSecrets(again, owner, [key])).toEqual(credentials);
    expect(failureOf(() => openSecrets(again, ['other'], [key])).type).toBe('SecretKeyWrong');
    expect(sealedAgain(again, owner, [key])).toBeUndefined();
  });
});

/** The credentials above, as the format before this one sealed them with a key of 32 sevens. */
const FORMER =
  'aes-256-gcm.1:edc13702c9cc30d6:f3HTSTketjChf220E/D21p/X2fijAPJlBfPBg3od3I9Vm/zVLI6LBQopW8co9cbugHLSXv5wyrR25PjRZgjRG78xU8KlUZYyPBM7mXfK+qxdRpYvi8XO+TQoHH4hUWgsxQ==';
