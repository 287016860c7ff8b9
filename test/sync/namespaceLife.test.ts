import type { NamespaceDocument } from '../../src/sync/documents';
import { namespaceKey } from '../../src/sync/keys';
import * as namespaces from '../../src/sync/namespaceState';
import { stateOf, type FoundNamespace, type NamespaceState } from '../../src/sync/namespaceState';
import { reader, namespace, inState, states, found, again } from './namespaceFixture';

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
    ['is relisted when it has another owner', {}, {}, { externalGroupId: 'dbmid:other' }, 'unlisted'],
    ['is relisted when it was leaving', { work: 'remove' }, {}, {}, 'unlisted'],
    ['continues an interrupted relisting', { work: 'relist', mark: 'g' }, {}, {}, 'relisting'],
    ['starts it again with a new name', { work: 'relist', mark: 'g' }, {}, { name: 'Other plans' }, 'unlisted'],
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
    allowed: null,
    updatedAt: 50,
  });
});
