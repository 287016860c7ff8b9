import { mapConcurrently } from '../src/mapConcurrently';

/** Work whose items end only when the test ends them. */
class Work {
  readonly started: string[] = [];
  private readonly running = new Map<string, { resolve: (result: string) => void; reject: (error: Error) => void }>();

  readonly run = (item: string): Promise<string> => {
    this.started.push(item);
    return new Promise((resolve, reject) => this.running.set(item, { resolve, reject }));
  };

  async succeed(item: string): Promise<void> {
    this.running.get(item)!.resolve(item.toUpperCase());
    await continuations();
  }

  async fail(item: string): Promise<void> {
    this.running.get(item)!.reject(new Error(`${item} failed`));
    await continuations();
  }
}

/** A macrotask runs after all pending promise continuations. */
const continuations = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('mapConcurrently', () => {
  it('keeps the order of the items, whichever ends first', async () => {
    const work = new Work();
    const results = mapConcurrently(['a', 'b', 'c'], 3, work.run);
    await work.succeed('c');
    await work.succeed('a');
    await work.succeed('b');
    await expect(results).resolves.toEqual(['A', 'B', 'C']);
  });

  it('starts the next item as soon as one has ended, and never more than the limit', async () => {
    const work = new Work();
    const results = mapConcurrently(['a', 'b', 'c', 'd'], 2, work.run);
    expect(work.started).toEqual(['a', 'b']);
    await work.succeed('b');
    expect(work.started).toEqual(['a', 'b', 'c']);
    await work.succeed('c');
    expect(work.started).toEqual(['a', 'b', 'c', 'd']);
    await work.succeed('a');
    await work.succeed('d');
    await expect(results).resolves.toEqual(['A', 'B', 'C', 'D']);
  });

  it('starts nothing after the first error, and throws it when the items under way have ended', async () => {
    const work = new Work();
    let thrown: unknown;
    const results = mapConcurrently(['a', 'b', 'c', 'd'], 3, work.run).catch((error: unknown) => (thrown = error));
    await work.fail('b');
    expect(thrown).toBeUndefined();
    await work.fail('c');
    expect(thrown).toBeUndefined();
    await work.succeed('a');
    await results;
    expect(thrown).toEqual(new Error('b failed'));
    expect(work.started).toEqual(['a', 'b', 'c']);
  });

  it('treats an error that is thrown before the first await the same way', async () => {
    const started: number[] = [];
    const results = mapConcurrently([1, 2, 3], 1, (item) => {
      started.push(item);
      throw new Error(`${item} failed`);
    });
    await expect(results).rejects.toThrow('1 failed');
    expect(started).toEqual([1]);
  });

  it('accepts an empty list, and a limit above the number of items', async () => {
    await expect(mapConcurrently([], 4, () => Promise.reject(new Error('never called')))).resolves.toEqual([]);
    await expect(mapConcurrently(['a'], 4, (item, index) => Promise.resolve(`${item}${index}`))).resolves.toEqual([
      'a0',
    ]);
  });

  it.each([0, -1, Number.NaN])('refuses a limit of %d instead of skipping the items', async (limit) => {
    await expect(mapConcurrently(['a'], limit, (item) => Promise.resolve(item))).rejects.toThrow(RangeError);
  });
});
