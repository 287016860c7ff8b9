import { Dropbox, DropboxAuth, type files } from 'dropbox';
import type { Stack } from './stack';

type Listed = files.FileMetadataReference | files.FolderMetadataReference;

/** Everything in the first team folder, with the eyes of the admin and the official SDK. */
export async function listTeamFolder(stack: Stack): Promise<Listed[]> {
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
  const { result } = await new Dropbox({ auth, fetch: redirected }).teamTeamFolderList({});
  const admin = new Dropbox({
    auth,
    fetch: redirected,
    selectAdmin: info.admin.team_member_id,
    pathRoot: JSON.stringify({ '.tag': 'namespace_id', namespace_id: result.team_folders[0]?.team_folder_id ?? '' }),
  });
  // Pages of a listing may tell of the same item twice.
  const found = new Map<string, Listed>();
  let page = (await admin.filesListFolder({ path: '', recursive: true, limit: 2000 })).result;
  for (;;) {
    for (const entry of page.entries) if (entry['.tag'] !== 'deleted') found.set(entry.id, entry);
    if (!page.has_more) return [...found.values()];
    page = (await admin.filesListFolderContinue({ cursor: page.cursor })).result;
  }
}
