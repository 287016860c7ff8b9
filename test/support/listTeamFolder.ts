import type { files } from 'dropbox';
import { dropboxFor } from './dropboxApi';
import type { Stack } from './stack';

type Listed = files.FileMetadataReference | files.FolderMetadataReference;

/** All items of the first team folder, listed by the admin with the official SDK. */
export async function listTeamFolder(stack: Stack): Promise<Listed[]> {
  const { admin: member } = await stack.info();
  const { result } = await (await dropboxFor(stack)).teamTeamFolderList({});
  const admin = await dropboxFor(stack, {
    selectAdmin: member.team_member_id,
    pathRoot: JSON.stringify({ '.tag': 'namespace_id', namespace_id: result.team_folders[0]?.team_folder_id ?? '' }),
  });
  // Pages of a listing may repeat an item.
  const found = new Map<string, Listed>();
  let page = (await admin.filesListFolder({ path: '', recursive: true, limit: 2000 })).result;
  for (;;) {
    for (const entry of page.entries) if (entry['.tag'] !== 'deleted') found.set(entry.id, entry);
    if (!page.has_more) return [...found.values()];
    page = (await admin.filesListFolderContinue({ cursor: page.cursor })).result;
  }
}
