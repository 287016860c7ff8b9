import type { Actor } from '../dropbox';
import { failureTypeOf } from '../failures';
import { locateRecord } from '../graph/readers/recordLocation';
import { storedItems } from '../graph/readers/recordStructure';
import { mapConcurrently } from '../mapConcurrently';
import { CALLS_AT_ONCE, type Check } from './check';
import type { ExtraRecord, MemberCheck } from './memberAccess';

/** Locations of a record at which each actor looks for its item. */
const PLACES_ASKED = 3;

/**
 * Reports the records that a user can read and the member can't. If the item exists, access is too wide; otherwise the
 * record should be gone.
 */
export async function reportExtraRecords(check: MemberCheck, extras: readonly ExtraRecord[]): Promise<void> {
  const { graph, connectorId, findings, seen } = check;
  const unseen = new Map(extras.filter(({ itemId }) => !seen.has(itemId)).map((extra) => [extra.itemId, extra]));
  const existing = new Set<string>();
  await mapConcurrently([...unseen.values()], CALLS_AT_ONCE, async ({ recordKey, itemId }) => {
    if (await isInDropbox(check, recordKey)) existing.add(itemId);
  });
  const stored = await storedItems(graph, connectorId, extras);
  const namespaces = new Map(stored.map((item) => [item.recordKey, item.namespaces[0]]));
  for (const { recordKey, itemId, name, member, email } of extras) {
    const namespaceId = namespaces.get(recordKey) ?? null;
    if (namespaceId === null) findings.orphanRecords.add(recordKey);
    findings.add(
      seen.has(itemId) || existing.has(itemId)
        ? {
            kind: 'tooWide',
            text: `${email} can read ${name}, and can't in Dropbox`,
            recordKey,
            itemId,
            namespaceId,
            member,
          }
        : { kind: 'shouldBeGone', text: `${name} is not in Dropbox`, recordKey, itemId, namespaceId },
    );
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
    for (const { namespaceId } of record.places.slice(0, PLACES_ASKED)) {
      try {
        if (await session.as(actor).metadata(record.itemId, { namespaceId })) return true;
      } catch (error) {
        const type = failureTypeOf(error);
        if (type !== 'NamespaceUnreachable' && type !== 'PathRootChanged' && type !== 'AccessDenied') throw error;
      }
    }
  }
  return false;
}
