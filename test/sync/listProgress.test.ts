import {
  entriesPerPage,
  isEndless,
  MAX_IDLE_PAGES,
  MAX_REPEATED_PAGES,
  noPages,
  pageRead,
  type ListProgress,
} from '../../src/sync/listProgress';

interface Page {
  cursor: string;
  items: unknown[];
}

/** How many pages are read until the list is given up; null: it is read to its end, after this many pages. */
function givenUpAfter(pageAt: (at: number) => Page, pages = 10_000): number | null {
  let progress = noPages();
  for (let at = 0; at < pages; at += 1) {
    progress = pageRead(progress, pageAt(at));
    if (isEndless(progress)) return at + 1;
  }
  return null;
}

const others = (at: number): unknown[] => [`item ${at}`];

describe('a list is given up', () => {
  it.each<[string, (at: number) => Page, number]>([
    ['with the same cursor and item again and again', () => ({ cursor: 'c', items: ['a'] }), MAX_REPEATED_PAGES + 1],
    ['with the same cursor and other items', (at) => ({ cursor: 'c', items: others(at) }), MAX_IDLE_PAGES + 1],
    ['without items, with another cursor each time', (at) => ({ cursor: `c${at}`, items: [] }), MAX_IDLE_PAGES],
    [
      'with the same item, with another cursor each time',
      (at) => ({ cursor: `c${at}`, items: ['a'] }),
      MAX_REPEATED_PAGES + 1,
    ],
    ['when two cursors take turns', (at) => ({ cursor: `c${at % 2}`, items: others(at) }), 3],
    [
      'when two pages take turns, with another cursor each time',
      (at) => ({ cursor: `c${at}`, items: others(at % 2) }),
      30,
    ],
    [
      'when its pages run in a circle, some of them empty, with another cursor each time',
      (at) => ({ cursor: `c${at}`, items: at % 3 === 0 ? others(at % 30) : [] }),
      1000,
    ],
    [
      'with the same item between empty pages, with another cursor each time',
      (at) => ({ cursor: `c${at}`, items: at % 2 === 0 ? ['a'] : [] }),
      2 * MAX_REPEATED_PAGES + 1,
    ],
    ['when its cursors run in a circle that it did not start in', (at) => circle(at, 50, 30), 160],
  ])('%s', (_name, pageAt, pages) => {
    const after = givenUpAfter(pageAt);
    expect(after).not.toBeNull();
    expect(after).toBeLessThanOrEqual(pages);
  });
});

const circle = (at: number, start: number, length: number): Page => ({
  cursor: `c${at < start ? at : start + ((at - start) % length)}`,
  items: others(at),
});

describe('a list is read on', () => {
  it.each<[string, (at: number) => Page]>([
    ['while its pages bring items', (at) => ({ cursor: `c${at}`, items: others(at) })],
    ['past empty pages', (at) => ({ cursor: `c${at}`, items: at % MAX_IDLE_PAGES === 0 ? others(at) : [] })],
    ['past pages that Dropbox sends twice', (at) => ({ cursor: `c${at}`, items: others(at >> 1) })],
    [
      'past pages that come back now and then',
      (at) => ({ cursor: `c${at}`, items: others(at % 900 < 3 ? at % 3 : at) }),
    ],
  ])('%s', (_name, pageAt) => {
    expect(givenUpAfter(pageAt)).toBeNull();
  });
});

it('an item that is nested too deeply to be compared is no error', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
  expect(pageRead(noPages(), { cursor: 'c1', items: [deep] })).toMatchObject({ idle: 0, circular: false });
});

it('what is known of the pages survives JSON, as between two attempts', () => {
  const after = pageRead(noPages(), { cursor: 'c1', items: ['a'] });
  expect(JSON.parse(JSON.stringify(after))).toEqual(after);
});

it('what a former version has left is continued', () => {
  let progress: ListProgress = { ...noPages(), anchor: { cursor: '', pages: 0, limit: 1 } };
  for (let at = 0; at < 30 && !isEndless(progress); at += 1)
    progress = pageRead(progress, { cursor: `c${at}`, items: others(at % 2) });
  expect(isEndless(progress)).toBe(true);
});

it('two pages that did not arrive in time make the next ones smaller', () => {
  const sizes = [null, 0, 1, 2, 3, 4, 9].map((timeouts) => entriesPerPage({ timeouts }));
  expect(sizes).toEqual([2000, 2000, 2000, 200, 200, 20, 20]);
});
