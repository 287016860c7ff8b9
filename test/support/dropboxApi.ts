import { Dropbox, DropboxAuth } from 'dropbox';
import type { Stack } from './stack';

/** Dropbox as a member of the simulated company uses it, with the official SDK over HTTP. */
export async function dropboxAs(stack: Stack, teamMemberId: string): Promise<Dropbox> {
  const info = await stack.info();
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
  return new Dropbox({ auth, fetch: redirected, selectUser: teamMemberId });
}
