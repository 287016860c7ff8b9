import { namespaceKey } from '../../src/sync/keys';
import { listingFinished } from '../../src/sync/listingState';
import * as namespaces from '../../src/sync/namespaceState';
import { stateOf, type NamespaceState } from '../../src/sync/namespaceState';
import { namespace, inState, states } from './namespaceFixture';

it('the state of a document follows from its fields', () => {
  for (const state of states) expect(stateOf(inState[state])).toBe(state);
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
  const patch = listingFinished(namespace({ work: 'continue' }));
  expect(namespaces.namespaceUpdate({ connectorId: 'c', now: 50 }, patch)).toEqual({
    _key: namespaceKey('c', '1'),
    work: 'none',
    mark: null,
    held: null,
    allowed: null,
    updatedAt: 50,
  });
});
