import type { DropboxActor } from './actor';
import { pages } from './paging';
import type { FolderPage } from './types';

/**
 * The pages of a folder's listing from a cursor, or from the start, for readers that store nothing of it.
 * @throws ListEndless, and the failures of `listFolder` and `continueFolder`
 */
export async function* folderPages(
  actor: Pick<DropboxActor, 'listFolder' | 'continueFolder'>,
  namespaceId: string,
  { cursor, includeMounted = false }: { cursor?: string | undefined; includeMounted?: boolean } = {},
): AsyncGenerator<FolderPage> {
  const next = async (at: string) => asPage(await actor.continueFolder(namespaceId, at));
  const first = async () =>
    cursor === undefined ? asPage(await actor.listFolder(namespaceId, { includeMounted })) : next(cursor);
  for await (const { entries, cursor: at, has_more: hasMore } of pages('files/list_folder', first, next))
    yield { entries, cursor: at, hasMore };
}

const asPage = ({ entries, cursor, hasMore }: FolderPage) => ({ entries, cursor, has_more: hasMore });
