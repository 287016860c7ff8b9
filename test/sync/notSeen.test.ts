import * as discovery from '../../src/sync/discoveryState';
import type { FoundNamespace } from '../../src/sync/discoveryState';
import * as listing from '../../src/sync/listingState';
import * as memberList from '../../src/sync/memberListState';
import * as namespaces from '../../src/sync/namespaceState';
import { stateOf } from '../../src/sync/namespaceState';
import type { NamespaceDocument, Principal } from '../../src/sync/syncDocuments';
import { namespace } from '../graph/fixture';

const reader: Principal = { id: 'dbmid:reader', kind: 'user', role: 'READER' };
const upToDate = namespace('1', { principals: [reader], delegate: 'dbmid:delegate' });
const found: FoundNamespace = {
  namespaceId: '1',
  kind: 'team_folder',
  name: 'Folder 1',
  ownerMemberId: null,
  externalGroupId: '1',
  principals: null,
};
const again = { relistAll: false, hasCursor: true, isDue: false };
const read = { parentNamespaceId: null, inheritsAccess: true, principals: [reader] };

describe('a namespace that no one sees', () => {
  const unseenNow = (known: NamespaceDocument, runId: string, since = runId === 'run 1' ? 30 : 40) =>
    memberList.seenByNoOne(known, 'members 2', { runId, since, confirmAfter: 10 });
  const waiting = unseenNow(upToDate, 'run 1');

  it('grants nothing, keeps its cursor, delegate and content, and is neither listed nor probed', () => {
    expect(waiting).toMatchObject({ principals: [], work: 'none', delegate: 'dbmid:delegate' });
    expect(namespaces.isListed(waiting) || namespaces.isProbeable(waiting)).toBe(false);
    expect(namespaces.isListed(upToDate) && namespaces.isProbeable(upToDate)).toBe(true);
  });

  it('waits for another run, however often the same one asks', () => {
    expect(stateOf(unseenNow(waiting, 'run 1'))).toBe('upToDate');
    expect(stateOf(unseenNow(waiting, 'run 2'))).toBe('leaving');
  });

  it('waits while the other run is too close to the first one', () => {
    const soon = unseenNow(waiting, 'run 2', 39);
    expect(soon).toMatchObject({ work: 'none', notSeen: { runId: 'run 1', since: 30 } });
    expect(stateOf(unseenNow(soon, 'run 3', 39))).toBe('upToDate');
    expect(stateOf(unseenNow(soon, 'run 3', 40))).toBe('leaving');
  });

  it('waits from now on if the first run had a clock that was far ahead', () => {
    const ahead = unseenNow(upToDate, 'run 1', 9_000);
    const now = unseenNow(ahead, 'run 2', 40);
    expect(now).toMatchObject({ work: 'none', notSeen: { runId: 'run 2', since: 40 } });
    expect(stateOf(unseenNow(now, 'run 3', 50))).toBe('leaving');
  });

  it('has its members read again when it is found again, and waits no longer when they can be read', () => {
    const back = discovery.rediscovered(waiting, found, again);
    expect(back).toMatchObject({ due: true, work: 'none', notSeen: waiting.notSeen });
    const seen = memberList.membersRead(back, read, 40);
    expect(seen).not.toHaveProperty('notSeen');
    expect(stateOf(unseenNow(seen, 'run 3'))).toBe('upToDate');
  });

  it('leaves at once when its members were never read, since nothing is stored of it', () => {
    expect(stateOf(unseenNow(discovery.discovered({ connectorId: 'c', now: 1 }, found), 'run 1'))).toBe('leaving');
  });

  it('whose kind says who can read it waits no longer when it is found again', () => {
    const lost = discovery.seenNowhere(
      { ...upToDate, kind: 'personal' as const },
      { runId: 'run 1', since: 30, confirmAfter: 10 },
    );
    expect(lost).toMatchObject({ principals: [], work: 'none' });
    const back = discovery.rediscovered(lost, { ...found, kind: 'personal', principals: [reader] }, again);
    expect(back).not.toHaveProperty('notSeen');
    expect(back).toMatchObject({ principals: [reader], work: 'none', problem: null });
  });
});

it('a delegate of a folder without a member list is lost with no list to be read', () => {
  const patch = listing.delegateLost({ ...upToDate, kind: 'personal' }, 'admin');
  expect(patch).toEqual({ namespaceId: '1', delegate: 'admin', work: 'relist' });
});
