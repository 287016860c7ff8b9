import type { OnRefused, ReceivedFile } from '../../../src/dropbox';
import type { useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, RUN, scripted, type Script } from '../fixture';
import { ofPhase, pages, refusingPages } from '../teamScript';

/** All that is readable in the fixture besides received files. */
export const FOLDER = ['a READER Folder 1', 'b READER Folder 1'];

/** `syncReceivedFiles`, and the members whose lists it reads. `received` is the list of a member; an error: it fails. */
export async function receiving(
  db: ReturnType<typeof useDatabase>['db'],
  received: Record<string, ReceivedFile[] | Error>,
  unreadable: Record<string, string | null> = {},
) {
  await connectorWith(db, {});
  const asked: string[] = [];
  const script: Script = {
    pages: {},
    asked: [],
    actor: (name) => ({
      receivedFiles: (onRefused?: OnRefused) => {
        asked.push(name);
        const refused = unreadable[name];
        if (refused !== undefined) onRefused?.(refused);
        const files = received[name] ?? [];
        return files instanceof Error ? refusingPages(files)() : pages(files);
      },
    }),
  };
  const activities = scripted(db, script);
  const sync = async (full = false, runId = RUN) => {
    asked.length = 0;
    await beginRun(db, runId);
    return attempt(activities.syncReceivedFiles, { ...ofPhase(full), runId });
  };
  return { activities, script, received, unreadable, sync, asked };
}
