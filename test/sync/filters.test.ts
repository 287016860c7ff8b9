import type { SyncFilters } from '../../src/sync/connectorDocument';
import { extensionOf, firstIndexingStatus, passes, syncFiltersSchema, type FilterFacts } from '../../src/sync/filters';

const facts = (about: Partial<FilterFacts> = {}): FilterFacts => ({
  name: 'a.pdf',
  modified: 200,
  created: 100,
  ...about,
});

describe('the extension of a name', () => {
  it.each([
    ['a.pdf', 'pdf'],
    ['A.PDF', 'pdf'],
    ['a.tar.gz', 'gz'],
    ['.gitignore', 'gitignore'],
    ['a', null],
    ['a.', null],
    ['', null],
    ['ä.ÜBER', 'über'],
  ])('%j: %j', (name, expected) => {
    expect(extensionOf(name)).toBe(expected);
  });
});

describe('a file passes the filters', () => {
  it.each<[string, SyncFilters, Partial<FilterFacts>, boolean]>([
    ['without filters', {}, {}, true],
    ['without filters, and without times', {}, { modified: null, created: null }, true],
    ['modified after', { modifiedAfter: 200 }, {}, true],
    ['modified after, too old', { modifiedAfter: 201 }, {}, false],
    ['modified before', { modifiedBefore: 200 }, {}, true],
    ['modified before, too new', { modifiedBefore: 199 }, {}, false],
    ['modified between', { modifiedAfter: 150, modifiedBefore: 250 }, {}, true],
    ['created after', { createdAfter: 101 }, {}, false],
    ['created before', { createdBefore: 100 }, {}, true],
    ['modified after, with an unknown time', { modifiedAfter: 0 }, { modified: null }, false],
    ['in', { extensions: { operator: 'in', values: ['pdf'] } }, {}, true],
    ['in, in another case', { extensions: { operator: 'in', values: ['pdf'] } }, { name: 'A.PDF' }, true],
    ['in, another extension', { extensions: { operator: 'in', values: ['txt'] } }, {}, false],
    ['in, without extension', { extensions: { operator: 'in', values: ['txt'] } }, { name: 'a' }, false],
    ['not in', { extensions: { operator: 'not_in', values: ['pdf'] } }, {}, false],
    ['not in, another extension', { extensions: { operator: 'not_in', values: ['txt'] } }, {}, true],
    ['not in, without extension', { extensions: { operator: 'not_in', values: ['txt'] } }, { name: 'a' }, true],
    ['an empty list', { extensions: { operator: 'in', values: [] } }, {}, true],
  ])('%s', (_title, filters, about, expected) => {
    expect(passes(filters, facts(about))).toBe(expected);
  });
});

describe('a new file starts as', () => {
  it.each<[SyncFilters, boolean, string]>([
    [{}, false, 'NOT_STARTED'],
    [{}, true, 'NOT_STARTED'],
    [{ manualIndexing: true }, false, 'AUTO_INDEX_OFF'],
    [{ manualIndexing: false }, true, 'NOT_STARTED'],
    [{ indexShared: false }, true, 'AUTO_INDEX_OFF'],
    [{ indexShared: false }, false, 'NOT_STARTED'],
    [{ indexShared: true }, true, 'NOT_STARTED'],
  ])('%j, shared %s: %s', (filters, isShared, expected) => {
    expect(firstIndexingStatus(filters, isShared)).toBe(expected);
  });
});

describe('filters that are set', () => {
  it('are stored with plain extensions', () => {
    expect(syncFiltersSchema.parse({ extensions: { operator: 'in', values: ['.PDF', ' docx'] } })).toEqual({
      extensions: { operator: 'in', values: ['pdf', 'docx'] },
    });
  });

  it.each([
    { modifedAfter: 1 },
    { modifiedAfter: 'yesterday' },
    { modifiedAfter: undefined },
    { extensions: ['pdf'] },
    { manualIndexing: 'false' },
    null,
  ])('%j is refused', (filters) => {
    expect(syncFiltersSchema.safeParse(filters).success).toBe(false);
  });
});
