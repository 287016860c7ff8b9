import { addPart, noSyncCounts, sumParts } from '../../src/contract/counts';
import type { SyncCounts } from '../../src/sync/connectorDocument';

describe('what a run counts', () => {
  it('is the sum of its activities, by way of their child workflows', () => {
    const child = sumParts(
      { granted: 2, ungrantedLevels: 1, ungrantedInvitees: 3, usedEvents: 4 },
      { granted: 1, ungrantedLevels: 1, ungrantedOutsiders: 5, ungrantedMembers: 7, unknownEvents: 6 },
    );
    const counts = noSyncCounts();
    addPart(counts, child);
    addPart(counts, { ungrantedInvitees: 1, eventsWithoutEffect: 8, unreadableEvents: 9 });
    expect(counts).toEqual({
      ...noSyncCounts(),
      permissions: { granted: 3, revoked: 0 },
      ungranted: { levels: 2, invitees: 4, outsiders: 5, members: 7 },
      events: { used: 4, withoutEffect: 8, unknown: 6, unreadable: 9 },
    });
  });

  it('continues from a state that an older version carried over', () => {
    const { ungranted: _ungranted, events: _events, ...older } = noSyncCounts();
    const counts: SyncCounts = older;
    addPart(counts, { ungrantedLevels: 1, unknownEvents: 2 });
    expect(counts.ungranted).toEqual({ levels: 1, invitees: 0, outsiders: 0, members: 0 });
    expect(counts.events).toEqual({ used: 0, withoutEffect: 0, unknown: 2, unreadable: 0 });
  });
});
