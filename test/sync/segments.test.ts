import { segmentsOf, segmentsOfListing, type Segment } from '../../src/sync/segments';
import { file, folder } from '../support/entries';

const paths = (segment: Segment | undefined): (string | undefined)[] =>
  segment?.kind === 'live' ? segment.entries.map(({ path_lower }) => path_lower) : (segment?.paths ?? []);
const deleted = (path: string) => ({ '.tag': 'deleted' as const, name: path.slice(1), path_lower: path });

describe('segments of a page', () => {
  it('hold at most a batch, deletions apart, and no path or item twice', () => {
    const page = [file('/a'), file('/b'), file('/c'), deleted('/a'), deleted('/b'), file('/a'), folder('/a')];
    expect(segmentsOf(page, 2).map(paths)).toEqual([['/a', '/b'], ['/c'], ['/a', '/b'], ['/a'], ['/a']]);
  });

  it('of a listing from the start put folders first, and files side by side', () => {
    const page = [file('/a'), folder('/d'), file('/d/b'), folder('/d/e'), file('/d/e/c'), folder('/f')];
    const { segments, firstConcurrent: besideFrom } = segmentsOfListing(page, 2);
    expect(segments.map(paths)).toEqual([['/d', '/d/e'], ['/f'], ['/a', '/d/b'], ['/d/e/c']]);
    expect(besideFrom).toBe(2);
  });

  it.each([
    ['a deletion', [file('/a'), folder('/d'), deleted('/a')]],
    ['a path twice', [file('/a', { id: 'id:1' }), folder('/d'), file('/a', { id: 'id:2' })]],
    ['an item twice', [file('/a', { id: 'id:1' }), folder('/d'), file('/b', { id: 'id:1' })]],
  ])('keep their order where a listing has %s', (_what, page) => {
    const { segments, firstConcurrent: besideFrom } = segmentsOfListing(page, 100);
    expect(segments).toEqual(segmentsOf(page, 100));
    expect(besideFrom).toBe(segments.length);
  });
});
