import { chunks } from '../src/chunks';

describe('chunks', () => {
  it.each<[number[], number, number[][]]>([
    [[], 2, []],
    [[1, 2], 2, [[1, 2]]],
    [[1, 2, 3, 4, 5], 2, [[1, 2], [3, 4], [5]]],
    [[1, 2], 10, [[1, 2]]],
  ])('of %j in parts of %d are %j', (items, size, parts) => {
    expect([...chunks(items, size)]).toEqual(parts);
  });
});
