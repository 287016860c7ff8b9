import { Dropbox, DropboxAuth, type DropboxOptions } from 'dropbox';
import type { Stack } from './stack';

/** The official SDK for the simulated company. `acting` selects a member or admin; without it, the app acts for itself. */
export async function dropboxFor(
  stack: Stack,
  acting: Pick<DropboxOptions, 'selectUser' | 'selectAdmin' | 'pathRoot'> = {},
): Promise<Dropbox> {
  const info = await stack.info();
  // The SDK cannot be pointed to another host.
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

/** The official SDK as a member of the company. */
export const dropboxAs = (stack: Stack, teamMemberId: string): Promise<Dropbox> =>
  dropboxFor(stack, { selectUser: teamMemberId });
