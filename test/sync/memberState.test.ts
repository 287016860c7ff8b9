import { keyOfSet } from '../../src/sync/keys';
import * as members from '../../src/sync/memberState';
import type { MemberFlags, MemberIdentity } from '../../src/sync/memberState';
import type { MemberDocument, NotSeen } from '../../src/sync/syncDocuments';

type Status = MemberDocument['status'];
const statuses: Status[] = ['active', 'invited', 'suspended', 'removed', 'other'];

const stored = (status: Status, more: Partial<MemberIdentity & MemberFlags> = {}): MemberIdentity & MemberFlags => ({
  status,
  email: 'ann@x.test',
  userKey: 'ann',
  accessDue: false,
  ...more,
});
const listed = (status: Status, more: Partial<MemberIdentity> = {}): MemberIdentity => ({
  status,
  email: 'ann@x.test',
  userKey: 'ann',
  ...more,
});

describe('a member who is stored as', () => {
  /** What is owed when they are listed, by the status in the list; one who is not stored is new. */
  const none: MemberFlags = { accessDue: false };
  const due: MemberFlags = { accessDue: true };
  const joined: MemberFlags = { accessDue: true, returned: true };

  it.each<[Status | 'new', MemberFlags[]]>([
    ['new', [joined, due, joined, due, due]],
    ['active', [none, due, due, due, due]],
    ['invited', [joined, none, joined, due, due]],
    ['suspended', [due, due, none, due, due]],
    ['removed', [joined, due, joined, none, due]],
    ['other', [joined, due, joined, due, none]],
  ])('%s is owed, when listed in each status', (before, expected) => {
    const known = before === 'new' ? undefined : stored(before);
    expect(statuses.map((status) => members.memberListed(known, listed(status), false))).toEqual(expected);
  });

  it('new is owed nothing in the first run, which reads all lists', () => {
    expect(members.memberListed(undefined, listed('active'), true)).toEqual({ accessDue: false });
  });
});

describe('a member who is listed', () => {
  it.each<[string, Partial<MemberIdentity>]>([
    ['a new address', { email: 'anne@x.test' }],
    ['another user document', { userKey: 'anne' }],
    ['no user document any more', { userKey: null }],
  ])('with %s is owed their access', (_case, change) => {
    expect(members.memberListed(stored('active'), listed('active', change), false)).toEqual({ accessDue: true });
    expect(members.hasNewIdentity(stored('active'), listed('active', change))).toBe(true);
  });

  it('keeps what they are owed until it is given', () => {
    const owed = { accessDue: true, returned: true, receivedAs: 'groups' } as const;
    expect(members.memberListed(stored('active', owed), listed('active'), false)).toEqual(owed);
    expect(members.memberListed(stored('active', { receivedAs: null }), listed('active'), false)).toEqual({
      accessDue: false,
      receivedAs: null,
    });
  });

  it('keeps that they rejoined, also while they are removed once more', () => {
    const before = stored('active', { returned: true });
    expect(members.memberListed(before, listed('removed'), false)).toEqual({ accessDue: true, returned: true });
  });
});

describe('a member whom the list leaves out', () => {
  const ann = (notSeen?: NotSeen) => ({ teamMemberId: 'dbmid:ann', ...(notSeen ? { notSeen } : {}) });
  const first = { runId: 'run 1', since: 1 };

  it.each<[string, NotSeen | undefined, string, NotSeen | null]>([
    ['waits, the first time', undefined, 'run 1', { runId: 'run 1', since: 5 }],
    ['still waits, when the same run asks again', first, 'run 1', first],
    ['waits no longer, when a later run does not see them either', first, 'run 2', null],
    ['still waits, when that run is too close', { ...first, since: 2 }, 'run 2', { ...first, since: 2 }],
  ])('%s', (_case, before, runId, expected) => {
    const patch = members.memberNotSeen(ann(before), { runId, since: 5, confirmAfter: 4 });
    expect(patch).toEqual(expected && { teamMemberId: 'dbmid:ann', notSeen: expected });
  });

  it('is removed when they are gone, with all else unchanged', () => {
    const known = { ...stored('active', { receivedAs: 'groups' }), notSeen: first };
    expect(members.memberGone(known)).toEqual(stored('removed', { receivedAs: 'groups' }));
  });
});

it('each thing that a member is owed is cleared separately', () => {
  expect(members.accessApplied('dbmid:ann')).toEqual({ teamMemberId: 'dbmid:ann', accessDue: false });
  expect(members.rejoinHandled('dbmid:ann')).toEqual({ teamMemberId: 'dbmid:ann', returned: null });
});

describe('of the files that a member received, it is noted', () => {
  const groupIds = ['g:2', 'g:1'];
  const now = keyOfSet(['g:1', 'g:2']);

  it.each<[string, Status, string | null | undefined, string | null | undefined]>([
    ['that they were read, the first time', 'active', undefined, now],
    ['that they were read, after nothing was stored', 'active', null, now],
    ['that they were read, as a member of other groups', 'active', 'other groups', now],
    ['nothing, as a member of the same groups', 'active', now, undefined],
    ['that none is stored, when they are suspended', 'suspended', now, null],
    ['that none is stored, when they are removed', 'removed', 'other groups', null],
    ['nothing, when none was stored and they are not active', 'invited', null, undefined],
    ['nothing, when none was ever stored and they are not active', 'other', undefined, undefined],
  ])('%s', (_case, status, receivedAs, expected) => {
    const member = { teamMemberId: 'dbmid:ann', status, groupIds, ...(receivedAs === undefined ? {} : { receivedAs }) };
    expect(members.receivedFilesNote(member)).toEqual(
      expected === undefined ? undefined : { teamMemberId: 'dbmid:ann', receivedAs: expected },
    );
  });
});

describe('of all statuses, these answer yes to', () => {
  it.each<[string, (member: { status: Status; userKey: string | null }) => boolean, Status[]]>([
    ['isActive', members.isActive, ['active']],
    ['isGranted', members.isGranted, ['active']],
    ['hasJoined', members.hasJoined, ['active', 'suspended']],
    ['isRemoved', members.isRemoved, ['removed']],
  ])('%s', (_question, answer, expected) => {
    expect(statuses.filter((status) => answer({ status, userKey: 'ann' }))).toEqual(expected);
  });

  it('an active member without a user is granted nothing', () => {
    expect(members.isGranted({ status: 'active', userKey: null })).toBe(false);
  });
});
