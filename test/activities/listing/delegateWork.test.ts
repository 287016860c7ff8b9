import { bounded } from '../../../src/activities/listing/folders';

const MB = 1024 * 1024;
const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `1${at}`.padStart(19, '9'));

test('an answer of delegates fits into a payload, and names all of their work part by part', () => {
  const works = Array.from({ length: 200 }, (_, at) => ({ delegate: `dbmid:${at}`, namespaceIds: ids(2_000) }));
  works[0] = { delegate: 'dbmid:0', namespaceIds: ids(200_000) };
  const page = bounded(works);
  expect(JSON.stringify(page).length).toBeLessThan(MB);
  for (const [at, { delegate, namespaceIds }] of works.entries()) {
    const listed: string[] = [];
    for (let part = page[at]; part;) {
      expect(part.namespaceIds.length).toBeGreaterThan(0);
      listed.push(...part.namespaceIds);
      [part] = part.more ? bounded([{ delegate, namespaceIds }], part.namespaceIds.at(-1)) : [];
    }
    expect(listed).toEqual(namespaceIds.toSorted());
  }
});
