import type { ReceivedFile } from '../../dropbox';
import { millisecondsOf, type LiveEntry } from '../../sync/folderEntries';
import type { EntryDocument } from '../../sync/syncDocuments';

/** The date of a file for which no list has one: an entry has to have a date. */
const UNKNOWN_DATE = '1970-01-01T00:00:00Z';

/** The latest time that JavaScript has a date for, in ms. A stored one may be anything. */
const LATEST_DATE = 8.64e15;

type Invitation = Pick<ReceivedFile, 'timeInvited'>;

/**
 * The earliest of these times, as far as they are known; null: none is. Each member was invited at another time, and a
 * file has one date: it must not depend on who is read first.
 */
export const earliest = (invitations: readonly Invitation[]): string | null => first(invitations.map(invitedAt));

/** When the first receiver of a file was invited, as far as this list and the stored entries of the file say. */
export const firstInvited = (file: Invitation, stored: readonly EntryDocument[]): string | null =>
  first([invitedAt(file), ...stored.map(({ facts }) => facts.modified)]);

const invitedAt = ({ timeInvited }: Invitation): number | null => millisecondsOf(timeInvited ?? undefined);

function first(times: readonly (number | null)[]): string | null {
  const known = times.filter((time): time is number => typeof time === 'number' && time > 0 && time <= LATEST_DATE);
  return known.length === 0 ? null : new Date(Math.min(...known)).toISOString();
}

/** The path of a received file: its id, not in lower case, since ids that differ only in case are two files. */
export const receivedPath = (fileId: string): string => `/${fileId}`;

/**
 * A received file as an entry. Dropbox lists its name and id. Its size and revision would cost a call for each file, so
 * they are left out. Its content is read when a reader requests it.
 */
export function receivedEntryOf(file: ReceivedFile): LiveEntry {
  const invited = file.timeInvited ?? UNKNOWN_DATE;
  return {
    '.tag': 'file',
    id: file.fileId,
    name: file.name,
    path_lower: receivedPath(file.fileId),
    path_display: `/${file.name}`,
    rev: '000000000',
    size: 0,
    client_modified: invited,
    server_modified: invited,
    is_downloadable: true,
    has_explicit_shared_members: true,
  };
}
