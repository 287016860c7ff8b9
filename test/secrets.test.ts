import { createSecretKey, randomBytes } from 'node:crypto';
import { failureTypeOf } from '../src/failures';
import { isSealedBy, openSecrets, sealSecrets } from '../src/secrets';

const newKey = () => createSecretKey(randomBytes(32));
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
    expect(openSecrets(sealSecrets(credentials, key), [key])).toEqual(credentials);
  });

  it('reveal nothing, and differ each time', () => {
    const key = newKey();
    const sealed = sealSecrets(credentials, key);
    expect(sealed).not.toContain('token');
    expect(sealSecrets(credentials, key)).not.toBe(sealed);
  });

  it('open with an earlier key, and are known to be sealed with it', () => {
    const [earlier, current] = [newKey(), newKey()];
    const sealed = sealSecrets(credentials, earlier);
    expect(openSecrets(sealed, [current, earlier])).toEqual(credentials);
    expect(isSealedBy(sealed, current)).toBe(false);
    expect(isSealedBy(sealed, earlier)).toBe(true);
  });

  it.each(['', 'plain text', '{"appSecret":"x"}', 'aes-256-gcm.1:0:AAAA'])(
    'cannot be opened from the text %j',
    (text) => {
      expect(failureOf(() => openSecrets(text, [newKey()])).type).toBe('SecretKeyWrong');
    },
  );

  it('do not open with another key, and the message names the variable to check', () => {
    const { type, message } = failureOf(() => openSecrets(sealSecrets(credentials, newKey()), [newKey()]));
    expect(type).toBe('SecretKeyWrong');
    expect(message).toContain('CONNECTOR_SECRET_KEY');
  });

  it('do not open when a single character was changed', () => {
    const key = newKey();
    const sealed = sealSecrets(credentials, key);
    for (let at = 0; at < sealed.length; at += 7) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const { type } = failureOf(() => openSecrets(sealed.slice(0, at) + other + sealed.slice(at + 1), [key]));
      expect(type).toBe('SecretKeyWrong');
    }
  });
});
