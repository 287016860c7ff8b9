import type { FoundNamespace } from '../../src/sync/discoveryState';
import { namespaceKey, recordGroupKey } from '../../src/sync/keys';
import type { NamespaceState } from '../../src/sync/namespaceState';
import type { NamespaceDocument, Principal } from '../../src/sync/syncDocuments';

export const reader: Principal = { id: 'dbmid:reader', kind: 'user', role: 'READER' };
export const held = {
  deletes: 300,
  revokes: 0,
  total: 900,
  samples: ['/a'],
  since: 5,
  runId: 'run',
  forConnector: false,
};
export const allowed = { deletes: 20, runId: 'run', until: 'cursor', paths: 2 };
export const nothingHeld = { held: null, heldRevocations: null, heldFilters: null, allowed: null };

export const namespace = (more: Partial<NamespaceDocument> = {}): NamespaceDocument => ({
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
  ...nothingHeld,
  updatedAt: 20,
  ...more,
});

/** A namespace in each state, with everything set that the state allows. */
export const inState: Record<NamespaceState, NamespaceDocument> = {
  upToDate: namespace({
    heldRevocations: held,
    heldFilters: held,
    problem: 'old',
    notSeen: { runId: 'run 1', since: 4 },
  }),
  changed: namespace({ work: 'continue', held, allowed, problem: 'old', listingProblem: 'old', timeouts: 2 }),
  unlisted: namespace({ work: 'relist', held, problem: 'old' }),
  relisting: namespace({
    work: 'relist',
    mark: 'generation 1',
    held,
    allowed,
    problem: 'old',
    listingProblem: 'old',
    timeouts: 2,
    leftOut: { runId: 'run 1', since: 4, generation: 'generation 0' },
  }),
  unseen: namespace({ unseenBy: 'members 1', delegate: null, principals: [] }),
  leaving: namespace({ work: 'remove', unseenBy: 'members 1', mark: 'generation 1', held }),
};
export const states = Object.keys(inState) as NamespaceState[];

export const found: FoundNamespace = {
  namespaceId: '1',
  kind: 'team_folder',
  name: 'Plans',
  ownerMemberId: null,
  externalGroupId: '1',
  principals: null,
};
export const again = { relistAll: false, hasCursor: true, isDue: false };
export const read = { parentNamespaceId: '2', inheritsAccess: false, principals: [reader] };

export const secondRun = { runId: 'run 2', since: 30, confirmAfter: 10 };
export const UNCONFIRMED = 'no one who was asked can see it; a later run has to confirm that it is gone';
