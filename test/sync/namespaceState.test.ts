import * as namespaces from '../../src/sync/namespaceState';
import { stateOf, type FoundNamespace, type NamespacePatch, type NamespaceState } from '../../src/sync/namespaceState';
import { namespaceKey, recordGroupKey } from '../../src/sync/keys';
import type { NamespaceDocument, Principal } from '../../src/sync/documents';

const reader: Principal = { id: 'dbmid:reader', kind: 'user', role: 'READER' };
const held = { deletes: 300, revokes: 0, total: 900, samples: ['/a'], since: 5 };

const namespace = (more: Partial<NamespaceDocument> = {}): NamespaceDocument => ({
  _key: namespaceKey('c', '1'),
  connectorId: 'c',
  namespaceId: '1',
  kind: 'team_folder',
  name: 'Plans',
  ownerMemberId: null,
  parentNamespaceId: null,
  inheritsAccess: true,
  externalGroupId: '1',
  recordGroupKey: recordGroupKey('c', '1'),
  principals: [reader],
  membersReadAt: 10,
  due: false,
  delegate: 'dbmid:delegate',
  work: 'none',
  problem: null,
  attempt: 'run/1/1',
  mark: null,
  held: null,
  updatedAt: 20,
  ...more,
});

/** A namespace in each state, with everything set that the state allows. */
const inState: Record<NamespaceState, NamespaceDocument> = {
  upToDate: namespace({ held, problem: 'old', notSeen: { runId: 'run 1', since: 4 } }),
  changed: namespace({ work: 'continue', held, problem: 'old', listingProblem: 'old', timeouts: 2 }),
  unlisted: namespace({ work: 'relist', held, problem: 'old' }),
  relisting: namespace({
    work: 'relist',
    mark: 'generation 1',
    held,
    problem: 'old',
    listingProblem: 'old',
    timeouts: 2,
  }),
  unseen: namespace({ unseenBy: 'members 1', delegate: null, principals: [] }),
  leaving: namespace({ work: 'remove', unseenBy: 'members 1', mark: 'generation 1' }),
};
const states = Object.keys(inState) as NamespaceState[];

const found: FoundNamespace = {
  namespaceId: '1',
  kind: 'team_folder',
  name: 'Plans',
  ownerMemberId: null,
  externalGroupId: '1',
  principals: null,
};
const again = { relistAll: false, hasCursor: true, isDue: false };
const read = { parentNamespaceId: '2', inheritsAccess: false, principals: [reader] };

const secondRun = { runId: 'run 2', since: 30 };
const UNCONFIRMED = 'no one who was asked can see it; a later run has to confirm that it is gone';

/** The field of a document that a transition takes away. */
const REMOVED = Symbol('removed');

type Fields = Partial<Record<keyof NamespaceDocument, unknown>>;

interface Transition {
  name: string;
  happen: (known: NamespaceDocument) => NamespaceDocument | NamespacePatch;
  /** The fields that are written; all others keep their values. */
  writes: Fields | ((known: NamespaceDocument) => Fields);
  /** The state afterwards by the state before, in the order of `states`; null: it can't happen in that state. */
  leadsTo: (NamespaceState | null)[];
}

const stays: NamespaceState[] = states;

const transitions: Transition[] = [
  {
    name: 'rediscovered',
    happen: (known) => namespaces.rediscovered(known, found, again),
    writes: ({ problem, work }) => ({
      problem: null,
      held: null,
      ...(problem !== null || work === 'remove' ? { due: true } : {}),
      ...(work === 'remove' ? { work: 'relist' } : {}),
    }),
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', null, 'relisting'],
  },
  {
    name: 'missingFromTeam',
    happen: (known) => namespaces.missingFromTeam(known, 'no one knows'),
    writes: { problem: 'no one knows', notSeen: REMOVED },
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    // Up to date, it was not seen in an earlier run.
    name: 'seenNowhere',
    happen: (known) => namespaces.seenNowhere(known, secondRun),
    writes: ({ notSeen }) =>
      notSeen
        ? { principals: [], due: false, work: 'remove', problem: null, notSeen: REMOVED }
        : { principals: [], due: false, problem: UNCONFIRMED, notSeen: secondRun },
    leadsTo: ['leaving', 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'confirmedGone',
    happen: namespaces.confirmedGone,
    writes: { principals: [], due: false, work: 'remove', problem: null, unseenBy: REMOVED, notSeen: REMOVED },
    leadsTo: ['leaving', 'leaving', 'leaving', 'leaving', 'leaving', null],
  },
  {
    name: 'superseded',
    happen: namespaces.superseded,
    writes: { work: 'remove', due: false, problem: null },
    leadsTo: ['leaving', 'leaving', 'leaving', 'leaving', 'leaving', null],
  },
  {
    name: 'contentRemoved',
    happen: namespaces.contentRemoved,
    writes: { delegate: null, mark: null, work: 'none' },
    leadsTo: ['upToDate', 'upToDate', 'upToDate', 'upToDate', 'unseen', 'unseen'],
  },
  {
    name: 'delegateAssigned',
    happen: (known) => namespaces.delegateAssigned(known, 'dbmid:other'),
    writes: { delegate: 'dbmid:other', work: 'relist' },
    leadsTo: ['unlisted', 'unlisted', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'delegateLost',
    happen: namespaces.delegateLost,
    writes: { delegate: null, work: 'relist', due: true },
    leadsTo: ['unlisted', null, null, null, null, null],
  },
  {
    name: 'delegateReplaced',
    happen: (known) => namespaces.delegateReplaced(known, 'dbmid:other'),
    writes: { delegate: 'dbmid:other', work: 'relist', mark: null },
    leadsTo: [null, 'unlisted', 'unlisted', 'unlisted', null, null],
  },
  {
    name: 'delegateMissing',
    happen: (known) => namespaces.delegateMissing(known, 'no one can list it'),
    writes: { delegate: null, work: 'relist', mark: null, problem: 'no one can list it' },
    leadsTo: [null, 'unlisted', 'unlisted', 'unlisted', null, null],
  },
  {
    name: 'contentChanged',
    happen: namespaces.contentChanged,
    writes: { work: 'continue' },
    leadsTo: ['changed', null, null, null, null, null],
  },
  {
    name: 'relistFromStart',
    happen: namespaces.relistFromStart,
    writes: { work: 'relist', mark: null },
    leadsTo: ['unlisted', 'unlisted', 'unlisted', 'unlisted', 'unlisted', null],
  },
  {
    name: 'attemptStarted',
    happen: (known) => namespaces.attemptStarted(known, 'run/1/2'),
    writes: { attempt: 'run/1/2' },
    leadsTo: [null, 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'relistingStarted',
    happen: (known) => namespaces.relistingStarted(known, 'generation 2'),
    writes: { work: 'relist', mark: 'generation 2' },
    leadsTo: [null, 'relisting', 'relisting', 'relisting', null, null],
  },
  {
    name: 'listingFinished',
    happen: namespaces.listingFinished,
    writes: { work: 'none', mark: null, held: null, listingProblem: null, timeouts: null },
    leadsTo: [null, 'upToDate', null, 'upToDate', null, null],
  },
  {
    name: 'listingGivenUp',
    happen: (known) => namespaces.listingGivenUp(known, 'it does not end'),
    writes: { listingProblem: 'it does not end' },
    leadsTo: [null, 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'listingTimedOut',
    happen: namespaces.listingTimedOut,
    writes: ({ timeouts }) => ({ timeouts: (timeouts ?? 0) + 1 }),
    leadsTo: [null, 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'approvalNeeded',
    happen: (known) => namespaces.approvalNeeded(known, { ...held, since: 6 }),
    writes: { held: { ...held, since: 6 } },
    leadsTo: stays,
  },
  {
    name: 'membersStale',
    happen: namespaces.membersStale,
    writes: { due: true },
    leadsTo: stays,
  },
  {
    name: 'membersRead',
    happen: (known) => namespaces.membersRead(known, read, 30),
    writes: { ...read, membersReadAt: 30, due: false, problem: null, held: null, unseenBy: REMOVED, notSeen: REMOVED },
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', 'upToDate', 'leaving'],
  },
  {
    name: 'membersUnreadable',
    happen: (known) => namespaces.membersUnreadable(known, 'refused', 30),
    writes: {
      principals: [],
      membersReadAt: 30,
      due: false,
      problem: 'refused',
      held: null,
      unseenBy: REMOVED,
      notSeen: REMOVED,
    },
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', 'upToDate', 'leaving'],
  },
  {
    name: 'seenByNoOne',
    happen: (known) => namespaces.seenByNoOne(known, 'members 2', secondRun),
    writes: ({ notSeen }) => ({
      principals: [],
      membersReadAt: 30,
      due: false,
      held: null,
      ...(notSeen
        ? { problem: null, work: 'remove', unseenBy: 'members 2', notSeen: REMOVED }
        : { problem: UNCONFIRMED, notSeen: secondRun }),
    }),
    leadsTo: ['leaving', 'changed', 'unlisted', 'relisting', 'unseen', 'leaving'],
  },
  {
    name: 'repairRequested',
    happen: namespaces.repairRequested,
    writes: { work: 'relist', mark: null, due: true },
    leadsTo: states.map(() => 'unlisted'),
  },
];

/** What is stored after a transition: whole documents replace the stored one, patches are merged into it. */
function storedAfter(known: NamespaceDocument, written: NamespaceDocument | NamespacePatch): NamespaceDocument {
  return '_key' in written ? written : { ...known, ...written };
}

function expectedAfter(known: NamespaceDocument, fields: Fields): NamespaceDocument {
  const kept = Object.entries({ ...known, ...fields }).filter(([, value]) => value !== REMOVED);
  return Object.fromEntries(kept) as unknown as NamespaceDocument;
}

describe.each(transitions)('$name', ({ name, happen, writes, leadsTo }) => {
  it.each(states.map((state, at) => ({ state, next: leadsTo[at] ?? null })))(
    'in the state $state leads to $next',
    ({ state, next }) => {
      const known = inState[state];
      if (next === null) {
        expect(() => happen(known)).toThrow(`${name}: namespace 1 is ${state}`);
        return;
      }
      const written = happen(known);
      const after = storedAfter(known, written);
      expect(stateOf(after)).toBe(next);
      const fields = typeof writes === 'function' ? writes(known) : writes;
      expect(after).toEqual(expectedAfter(known, fields));
      if (!('_key' in written)) expect(written).toEqual({ namespaceId: '1', ...fields });
    },
  );
});

it('every transition of the module is in the table', () => {
  const others = ['stateOf', 'namespaceUpdate', 'discovered', 'namedByEvent', 'legalStates'];
  const questions = /^(is|needs|has|continues)[A-Z]/;
  const exported = Object.keys(namespaces).filter((name) => !others.includes(name) && !questions.test(name));
  expect(transitions.map(({ name }) => name).sort()).toEqual(exported.sort());
});

it('the state of a document follows from its fields', () => {
  for (const state of states) expect(stateOf(inState[state])).toBe(state);
});

describe('a namespace that is discovered', () => {
  it('has everything to be read, and no one who lists it', () => {
    const fresh = namespaces.discovered({ connectorId: 'c', now: 40 }, found);
    const { attempt: _attempt, ...rest } = namespace();
    expect(fresh).toEqual({
      ...rest,
      principals: null,
      membersReadAt: null,
      due: true,
      delegate: null,
      work: 'relist',
      updatedAt: 40,
    });
    expect(stateOf(fresh)).toBe('unlisted');
  });

  it('has no member list to be read when its kind says who can read it', () => {
    const fresh = namespaces.discovered({ connectorId: 'c', now: 40 }, { ...found, principals: [reader] });
    expect(fresh).toMatchObject({ principals: [reader], membersReadAt: 40, due: false });
  });
});

describe('a namespace that is found again', () => {
  it.each<[string, Partial<NamespaceDocument>, Partial<typeof again>, Partial<FoundNamespace>, NamespaceState]>([
    ['stays up to date', {}, {}, {}, 'upToDate'],
    ['keeps what it has to read', { work: 'continue' }, {}, {}, 'changed'],
    ['is relisted without a cursor', {}, { hasCursor: false }, {}, 'unlisted'],
    ['is relisted when it has a new name', {}, {}, { name: 'Other plans' }, 'unlisted'],
    ['is relisted when it is of another kind', {}, {}, { kind: 'shared_folder' }, 'unlisted'],
    ['is relisted when it was leaving', { work: 'remove' }, {}, {}, 'unlisted'],
    ['continues an interrupted relisting', { work: 'relist', mark: 'g' }, {}, {}, 'relisting'],
    ['starts it again when all is listed', { work: 'relist', mark: 'g' }, { relistAll: true }, {}, 'unlisted'],
  ])('%s', (_case, before, circumstances, now, expected) => {
    const known = namespaces.rediscovered(namespace(before), { ...found, ...now }, { ...again, ...circumstances });
    expect(stateOf(known)).toBe(expected);
    expect(known).toMatchObject({ name: now.name ?? 'Plans', kind: now.kind ?? 'team_folder' });
  });

  it.each<[string, Partial<NamespaceDocument>, Partial<typeof again>, Partial<FoundNamespace>, boolean]>([
    ['is not read when nothing speaks for it', {}, {}, {}, false],
    ['is read when it was to be read before', { due: true }, {}, {}, true],
    ['is read when an event named it or it is too old', {}, { isDue: true }, {}, true],
    ['is read when it could not be read', { problem: 'refused' }, {}, {}, true],
    ['is read when the namespace is of another kind', {}, {}, { kind: 'shared_folder' }, true],
    ['is read when the namespace was leaving', { work: 'remove' }, {}, {}, true],
    [
      'is never read when its kind says who can read it',
      { due: true },
      { isDue: true },
      { principals: [reader] },
      false,
    ],
  ])('its member list %s', (_case, before, circumstances, now, expected) => {
    const known = namespaces.rediscovered(namespace(before), { ...found, ...now }, { ...again, ...circumstances });
    expect(known.due).toBe(expected);
    expect(known.principals).toEqual([reader]);
  });
});

describe('a namespace that an event names', () => {
  it.each(states)('in the state %s', (state) => {
    const known = inState[state];
    const expected = known.unseenBy === undefined ? { due: true } : { membersReadAt: 0 };
    expect(namespaces.namedByEvent(known)).toEqual({ namespaceId: '1', ...expected });
  });
});

describe('of all states, these answer yes to', () => {
  const asked = {
    isIdle: namespaces.isIdle,
    needsListing: namespaces.needsListing,
    needsRelisting: namespaces.needsRelisting,
    continuesAtCursor: namespaces.continuesAtCursor,
    isLeaving: namespaces.isLeaving,
    isUnseen: namespaces.isUnseen,
    isNotSeen: namespaces.isNotSeen,
    isListed: namespaces.isListed,
    isProbeable: namespaces.isProbeable,
  };

  it.each<[keyof typeof asked, NamespaceState[]]>([
    ['isIdle', ['upToDate', 'unseen']],
    ['needsListing', ['changed', 'unlisted', 'relisting']],
    ['needsRelisting', ['unlisted', 'relisting']],
    ['continuesAtCursor', ['changed', 'relisting', 'leaving']],
    ['isLeaving', ['leaving']],
    ['isUnseen', ['unseen', 'leaving']],
    ['isListed', ['changed', 'unlisted', 'relisting']],
    ['isNotSeen', ['upToDate']],
    ['isProbeable', []],
  ])('%s', (question, expected) => {
    expect(states.filter((state) => asked[question](inState[state]))).toEqual(expected);
  });
});

it('only team folders and shared folders have a member list', () => {
  const kinds = ['team_folder', 'shared_folder', 'personal', 'app_folder', 'team_root', 'received'] as const;
  expect(kinds.filter((kind) => namespaces.hasMemberList({ kind }))).toEqual(['team_folder', 'shared_folder']);
});

it('a patch is the update of the document with its key and the time', () => {
  const patch = namespaces.listingFinished(namespace({ work: 'continue' }));
  expect(namespaces.namespaceUpdate({ connectorId: 'c', now: 50 }, patch)).toEqual({
    _key: namespaceKey('c', '1'),
    work: 'none',
    mark: null,
    held: null,
    updatedAt: 50,
  });
});
