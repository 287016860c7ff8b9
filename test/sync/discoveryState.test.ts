import { discovered, rediscovered, type FoundNamespace } from '../../src/sync/discoveryState';
import { stateOf, type NamespaceState } from '../../src/sync/namespaceState';
import type { NamespaceDocument } from '../../src/sync/syncDocuments';
import { reader, namespace, found, again } from './namespaceFixture';

describe('a namespace that is discovered', () => {
  it('has everything to be read, and no one who lists it', () => {
    const fresh = discovered({ connectorId: 'c', now: 40 }, found);
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
    const fresh = discovered({ connectorId: 'c', now: 40 }, { ...found, principals: [reader] });
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
    const known = rediscovered(namespace(before), { ...found, ...now }, { ...again, ...circumstances });
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
    const known = rediscovered(namespace(before), { ...found, ...now }, { ...again, ...circumstances });
    expect(known.due).toBe(expected);
    expect(known.principals).toEqual([reader]);
  });
});
