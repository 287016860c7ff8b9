import { segmentsOf, segmentsOfListing, type Segment } from '../../src/sync/segments';
import { deleted, file, folder } from '../support/entries';

const paths = (segment: Segment | undefined): (string | undefined)[] =>
  segment?.kind === 'live' ? segment.entries.map(({ path_lower }) => path_lower) : (segment?.paths ?? []);

describe('segments of a page', () => {
  it('hold at most one batch each, deletions apart, and no path or item twice', () => {
    const page = [file('/a'), file('/b'), file('/c'), deleted('/a'), deleted('/b'), file('/a'), folder('/a')];
    expect(segmentsOf(page, 2).map(paths)).toEqual([['/a', '/b'], ['/c'], ['/a', '/b'], ['/a'], ['/a']]);
  });

  it('of a listing from the start are folders before files, and those without a folder may be committed concurrently', () => {
    const page = [file('/a'), folder('/d'), file('/d/b'), folder('/d/e'), file('/d/e/c'), folder('/f')];
    const { segments, firstConcurrent } = segmentsOfListing(page, 2);
    expect(segments.map(paths)).toEqual([
      ['/d', '/d/e'],
      ['/f', '/a'],
      ['/d/b', '/d/e/c'],
    ]);
    expect(firstConcurrent).toBe(2);
  });

  it('of a listing from the start have an entry once that Dropbox returns twice', () => {
    const page = [file('/a'), file('/a'), folder('/d'), file('/b'), folder('/d'), file('/a')];
    const { segments, firstConcurrent } = segmentsOfListing(page, 100);
    expect(segments.map(paths)).toEqual([['/d', '/a', '/b']]);
    expect(firstConcurrent).toBe(1);
  });

  it.each([
    ['a deletion', [file('/a'), folder('/d'), deleted('/a')]],
    ['two items at a path', [file('/a', { id: 'id:1' }), folder('/d'), file('/a', { id: 'id:2' })]],
    ['a file in two revisions', [file('/a', { rev: '1' }), folder('/d'), file('/a', { rev: '2' })]],
    ['an item at two paths', [file('/a', { id: 'id:1' }), folder('/d'), file('/b', { id: 'id:1' })]],
  ])('keep their order where a listing has %s', (_what, page) => {
    const { segments, firstConcurrent } = segmentsOfListing(page, 100);
    expect(segments).toEqual(segmentsOf(page, 100));
    expect(firstConcurrent).toBe(segments.length);
  });
});

describe('segments', () => {
  const shape = (entries: Parameters<typeof segmentsOf>[0], size = 100): string[] =>
    segmentsOf(entries, size).map(
      (segment) => `${segment.kind} ${segment.kind === 'live' ? segment.entries.length : segment.paths.length}`,
    );

  it('keep the order of additions and deletions', () => {
    expect(shape([file('/a'), deleted('/b'), deleted('/c'), file('/b'), file('/c')])).toEqual([
      'live 1',
      'deleted 2',
      'live 2',
    ]);
  });
  it('are no larger than a batch', () => {
    expect(shape([file('/a'), file('/b'), file('/c')], 2)).toEqual(['live 2', 'live 1']);
  });
  it('never contain a path or an id twice', () => {
    expect(shape([file('/a'), folder('/A', { id: 'id:2' })])).toEqual(['live 1', 'live 1']);
    expect(shape([file('/a'), file('/b', { id: 'id:/a' })])).toEqual(['live 1', 'live 1']);
  });
});
