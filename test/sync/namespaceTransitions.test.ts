import * as approvals from '../../src/sync/approvalState';
import { heldFields } from '../../src/sync/deletionGuard';
import * as discovery from '../../src/sync/discoveryState';
import * as listing from '../../src/sync/listingState';
import * as memberList from '../../src/sync/memberListState';
import { stateOf, type NamespacePatch, type NamespaceState } from '../../src/sync/namespaceState';
import type { NamespaceDocument } from '../../src/sync/syncDocuments';
import {
  held,
  allowed,
  nothingHeld,
  inState,
  states,
  found,
  again,
  read,
  secondRun,
  UNCONFIRMED,
} from './namespaceFixture';

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

/** What is stored of the second run. */
const second = { runId: secondRun.runId, since: secondRun.since };

const stays: NamespaceState[] = states;

const transitions: Transition[] = [
  {
    name: 'rediscovered',
    happen: (known) => discovery.rediscovered(known, found, again),
    writes: ({ problem, work }) => ({
      problem: null,
      ...(problem !== null || work === 'remove' ? { due: true } : {}),
      ...(work === 'remove' ? { ...nothingHeld, work: 'relist' } : {}),
    }),
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', null, 'relisting'],
  },
  {
    name: 'missingFromTeam',
    happen: (known) => discovery.missingFromTeam(known, 'no one knows'),
    writes: { problem: 'no one knows', notSeen: REMOVED },
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    // Up to date, it was not seen in an earlier run.
    name: 'seenNowhere',
    happen: (known) => discovery.seenNowhere(known, secondRun),
    writes: ({ notSeen }) =>
      notSeen
        ? { ...nothingHeld, principals: [], due: false, work: 'remove', problem: null, notSeen: REMOVED }
        : { principals: [], due: false, problem: UNCONFIRMED, notSeen: second },
    leadsTo: ['leaving', 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'confirmedGone',
    happen: discovery.confirmedGone,
    writes: {
      ...nothingHeld,
      principals: [],
      due: false,
      work: 'remove',
      problem: null,
      unseenBy: REMOVED,
      notSeen: REMOVED,
    },
    leadsTo: ['leaving', 'leaving', 'leaving', 'leaving', 'leaving', null],
  },
  {
    name: 'superseded',
    happen: discovery.superseded,
    writes: { ...nothingHeld, work: 'remove', due: false, problem: null },
    leadsTo: ['leaving', 'leaving', 'leaving', 'leaving', 'leaving', null],
  },
  {
    name: 'contentRemoved',
    happen: discovery.contentRemoved,
    writes: { ...nothingHeld, delegate: null, mark: null, work: 'none' },
    leadsTo: ['upToDate', 'upToDate', 'upToDate', 'upToDate', 'unseen', 'unseen'],
  },
  {
    name: 'delegateAssigned',
    happen: (known) => listing.delegateAssigned(known, 'dbmid:other'),
    writes: { delegate: 'dbmid:other', work: 'relist' },
    leadsTo: ['unlisted', 'unlisted', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'delegateLost',
    happen: (known) => listing.delegateLost(known, 'dbmid:other'),
    writes: { delegate: 'dbmid:other', work: 'relist', due: true },
    leadsTo: ['unlisted', null, null, null, null, null],
  },
  {
    name: 'delegateReplaced',
    happen: (known) => listing.delegateReplaced(known, 'dbmid:other'),
    writes: { delegate: 'dbmid:other', work: 'relist', mark: null },
    leadsTo: [null, 'unlisted', 'unlisted', 'unlisted', null, null],
  },
  {
    name: 'delegateMissing',
    happen: (known) => listing.delegateMissing(known, 'no one can list it'),
    writes: { delegate: null, work: 'relist', mark: null, problem: 'no one can list it' },
    leadsTo: [null, 'unlisted', 'unlisted', 'unlisted', null, null],
  },
  {
    name: 'contentChanged',
    happen: listing.contentChanged,
    writes: { work: 'continue' },
    leadsTo: ['changed', null, null, null, null, null],
  },
  {
    name: 'listingTaken',
    happen: (known) => listing.listingTaken(known, 'run/1/2'),
    writes: { attempt: 'run/1/2' },
    leadsTo: stays,
  },
  {
    name: 'relistFromStart',
    happen: listing.relistFromStart,
    writes: { work: 'relist', mark: null },
    leadsTo: ['unlisted', 'unlisted', 'unlisted', 'unlisted', null, null],
  },
  {
    name: 'relistingStarted',
    happen: (known) => listing.relistingStarted(known, 'generation 2'),
    writes: { work: 'relist', mark: 'generation 2', allowed: null },
    leadsTo: [null, 'relisting', 'relisting', 'relisting', null, null],
  },
  {
    name: 'listingFinished',
    happen: listing.listingFinished,
    writes: ({ leftOut }) => ({
      work: 'none',
      mark: null,
      held: null,
      allowed: null,
      listingProblem: null,
      timeouts: null,
      ...(leftOut ? { leftOut: null } : {}),
    }),
    leadsTo: [null, 'upToDate', null, 'upToDate', null, null],
  },
  {
    name: 'listingGivenUp',
    happen: (known) => listing.listingGivenUp(known, 'it is short', { ...second, generation: 'generation 1' }),
    writes: { listingProblem: 'it is short', leftOut: { ...second, generation: 'generation 1' } },
    leadsTo: [null, 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'listingTimedOut',
    happen: listing.listingTimedOut,
    writes: ({ timeouts }) => ({ timeouts: (timeouts ?? 0) + 1 }),
    leadsTo: [null, 'changed', 'unlisted', 'relisting', null, null],
  },
  {
    name: 'approvalNeeded',
    happen: (known) => approvals.approvalNeeded(known, 'held', { ...held, since: 6 }),
    writes: { held: { ...held, since: 6 } },
    leadsTo: stays,
  },
  {
    name: 'approvalAnswered',
    happen: (known) => approvals.approvalAnswered(known, 'approved', 7),
    writes: (known) => {
      const answered = { ...held, answer: { decision: 'approved', deletes: 300, revokes: 0, at: 7 } };
      return Object.fromEntries(heldFields.flatMap((field) => (known[field] ? [[field, answered]] : [])));
    },
    leadsTo: stays,
  },
  {
    name: 'approvalEnded',
    happen: (known) => approvals.approvalEnded(known, 'heldFilters'),
    writes: { heldFilters: null },
    leadsTo: stays,
  },
  {
    name: 'deletionsAllowed',
    happen: (known) => approvals.deletionsAllowed(known, { ...allowed, paths: 9 }, null),
    writes: { allowed: { ...allowed, paths: 9 }, held: null },
    leadsTo: stays,
  },
  {
    name: 'deletionsCommitted',
    happen: (known) => approvals.deletionsCommitted(known, { ...allowed, paths: 1 }),
    writes: { allowed: { ...allowed, paths: 1 } },
    leadsTo: stays,
  },
  {
    name: 'membersStale',
    happen: memberList.membersStale,
    writes: { due: true },
    leadsTo: stays,
  },
  {
    name: 'membersRead',
    happen: (known) => memberList.membersRead(known, read, 30),
    writes: {
      ...read,
      membersReadAt: 30,
      due: false,
      problem: null,
      heldRevocations: null,
      unseenBy: REMOVED,
      notSeen: REMOVED,
    },
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', 'upToDate', 'leaving'],
  },
  {
    name: 'membersUnreadable',
    happen: (known) => memberList.membersUnreadable(known, { problem: 'refused' }, 30),
    writes: {
      principals: [],
      membersReadAt: 30,
      due: false,
      problem: 'refused',
      heldRevocations: null,
      unseenBy: REMOVED,
      notSeen: REMOVED,
    },
    leadsTo: ['upToDate', 'changed', 'unlisted', 'relisting', 'upToDate', 'leaving'],
  },
  {
    name: 'seenByNoOne',
    happen: (known) => memberList.seenByNoOne(known, 'members 2', secondRun),
    writes: ({ notSeen }) => ({
      principals: [],
      membersReadAt: 30,
      due: false,
      heldRevocations: null,
      ...(notSeen
        ? { ...nothingHeld, problem: null, work: 'remove', unseenBy: 'members 2', notSeen: REMOVED }
        : { problem: UNCONFIRMED, notSeen: second }),
    }),
    leadsTo: ['leaving', 'changed', 'unlisted', 'relisting', 'unseen', 'leaving'],
  },
  {
    name: 'repairRequested',
    happen: listing.repairRequested,
    writes: { work: 'relist', mark: null, due: true, attempt: 'verify' },
    leadsTo: ['unlisted', 'unlisted', 'unlisted', 'unlisted', null, null],
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

it('every transition of the modules is in the table', () => {
  const others = ['discovered', 'namedByEvent', 'nothingHeld'];
  const exported = Object.keys({ ...discovery, ...listing, ...memberList, ...approvals }).filter(
    (name) => !others.includes(name),
  );
  expect(transitions.map(({ name }) => name).sort()).toEqual(exported.sort());
});
