import { Dropbox, DropboxAuth, type DropboxOptions } from 'dropbox';
import type { Stack } from './stack';

/** The simulated company by the official SDK over HTTP; `acting` says for whom, by default the app itself. */
export async function dropboxFor(
  stack: Stack,
  acting: Pick<DropboxOptions, 'selectUser' | 'selectAdmin' | 'pathRoot'> = {},
): Promise<Dropbox> {
  const info = await stack.info();
  // The SDK has https and Dropbox's hosts written into it.
  const redirected: typeof globalThis.fetch = (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input.toString());
    return fetch(`${stack.dropbox.url}${pathname}${search}`, init);
  };
  const auth = new DropboxAuth({
    clientId: info.app_key,
    clientSecret: info.app_secret,
    refreshToken: info.refresh_token,
    fetch: redirected,
  });
  return new Dropbox({ auth, fetch: redirected, ...acting });
}

/** Dropbox as a member of the company uses it. */
export const dropboxAs = (stack: Stack, teamMemberId: string): Promise<Dropbox> =>
  dropboxFor(stack, { selectUser: teamMemberId });
