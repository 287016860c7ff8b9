import type { Actor } from '../dropbox';
import { failureTypeOf } from '../failures';
import { locateRecord } from '../graph/readers/recordLocation';
import { storedItems } from '../graph/readers/recordStructure';
import { mapConcurrently } from '../mapConcurrently';
import { CONCURRENT_CALLS, type Check } from './check';
import type { ExtraRecord, MemberCheck } from './memberAccess';

/** Locations of a record at which each actor looks for its item. */
const PLACES_ASKED = 3;

/** A user who can read a record that their member can't read in Dropbox. */
type Reader = Pick<ExtraRecord, 'member' | 'email'>;

/**
 * Most readers who are reported by name, over all records. Each record names one at least; the others are only counted.
 */
const NAMED_READERS = 1000;

/**
 * The records that users can read and their members can't. One wrong edge may open all files to all users, so memory
 * grows with the records, as in `MemberCheck.seen`, and not with their readers.
 */
export class ExtraRecords {
  private readonly records = new Map<
    string,
    Pick<ExtraRecord, 'recordKey' | 'itemId' | 'name'> & { readers: Reader[]; others: number }
  >();
  private named = 0;

  add({ recordKey, itemId, name, member, email }: ExtraRecord): void {
    const record = this.records.get(recordKey) ?? { recordKey, itemId, name, readers: [], others: 0 };
    if (record.readers.length > 0 && this.named >= NAMED_READERS) {
      record.others += 1;
      return;
    }
    record.readers.push({ member, email });
    this.named += 1;
    this.records.set(recordKey, record);
  }

  values() {
    return [...this.records.values()];
  }
}

/**
 * Reports the records that a user can read and the member can't. If the item exists, access is too wide; otherwise the
 * record should be gone.
 */
export async function reportExtraRecords(check: MemberCheck, extras: ExtraRecords): Promise<void> {
  const { graph, connectorId, findings, seen } = check;
  const records = extras.values();
  const notFound = new Map(records.filter(({ itemId }) => !seen.has(itemId)).map((extra) => [extra.itemId, extra]));
  const existing = new Set<string>();
  await mapConcurrently([...notFound.values()], CONCURRENT_CALLS, async ({ recordKey, itemId }) => {
    if (await isInDropbox(check, recordKey)) existing.add(itemId);
  });
  const stored = await storedItems(graph, connectorId, records);
  const namespaces = new Map(stored.map((item) => [item.recordKey, item.namespaces[0]]));
  for (const { recordKey, itemId, name, readers, others } of records) {
    const namespaceId = namespaces.get(recordKey) ?? null;
    if (namespaceId === null) findings.orphanRecords.add(recordKey);
    if (!seen.has(itemId) && !existing.has(itemId)) {
      findings.add({ kind: 'shouldBeGone', text: `${name} is not in Dropbox`, recordKey, itemId, namespaceId });
      continue;
    }
    for (const { member, email } of readers) {
      const text = `${email} can read ${name}, and can't in Dropbox`;
      findings.add({ kind: 'tooWide', text, recordKey, itemId, namespaceId, member });
    }
    findings.countMore('tooWide', others);
  }
}

/**
 * Looks for the item as the members who should be able to read it, then as the admin. A refusal counts as not found.
 */
async function isInDropbox({ graph, session, adminId }: Check, recordKey: string): Promise<boolean> {
  const record = await locateRecord(graph, recordKey);
  if (!record) return false;
  const actors: Actor[] = [
    ...record.readers.map((teamMemberId): Actor => ({ kind: 'member', teamMemberId })),
    { kind: 'admin', teamMemberId: adminId },
  ];
  for (const actor of actors) {
    for (const { namespaceId, kind } of record.places.slice(0, PLACES_ASKED)) {
      // The namespace of received files is the connector's own: Dropbox does not know it.
      const within = kind === 'received' ? {} : { namespaceId };
      try {
        if (await session.as(actor).metadata(record.itemId, within)) return true;
      } catch (error) {
        const type = failureTypeOf(error);
        if (type !== 'NamespaceUnreachable' && type !== 'PathRootChanged' && type !== 'AccessDenied') throw error;
      }
    }
  }
  return false;
}
