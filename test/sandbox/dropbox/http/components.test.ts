import { Faults } from '../../../../sandbox/dropbox/http/faults';
import { Limits } from '../../../../sandbox/dropbox/http/limits';
import { Pages } from '../../../../sandbox/dropbox/http/pages';
import { contentReply } from '../../../../sandbox/dropbox/http/range';
import { errorEnvelope, headerSafeJson, timestampText } from '../../../../sandbox/dropbox/http/wire';

describe('JSON in headers', () => {
  it('escapes every unit from U+007F upwards in lower case, and parses to the same value', () => {
    const value = { name: 'Übersicht \u007f – 日本 😀', path: '/ä' };
    const text = headerSafeJson(value);
    expect(text).toContain('\\u00dcbersicht \\u007f \\u2013');
    expect(text).toContain('\\ud83d\\ude00');
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

it('timestamps have one-second resolution', () => {
  expect(timestampText(Date.UTC(2026, 10, 23, 1, 2, 3, 987))).toBe('2026-11-23T01:02:03Z');
});

describe('the error envelope', () => {
  it.each<[object, RegExp]>([
    [{ '.tag': 'reset' }, /^reset\/\.{0,3}$/],
    [{ '.tag': 'path', path: { '.tag': 'not_found' } }, /^path\/not_found\/\.{0,3}$/],
    [
      { '.tag': 'path', reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } }, upload_session_id: 'x' },
      /^path\/conflict\/file\/\.{0,3}$/,
    ],
    [{ '.tag': 'path', path: { '.tag': 'malformed_path', malformed_path: 'no' } }, /^path\/malformed_path\/\.{0,3}$/],
  ])('summarizes %j', (error, summary) => {
    expect(errorEnvelope(error)).toEqual({ error_summary: expect.stringMatching(summary), error });
  });

  it('ends with a varying number of dots', () => {
    const summaries = Array.from({ length: 200 }, () => errorEnvelope({ '.tag': 'other' }).error_summary);
    expect(new Set(summaries).size).toBe(4);
  });
});

describe('faults', () => {
  const rule = (kind: '429' | '500', more: { rate?: number; times?: number }) => ({
    route: '^files/list_folder$',
    kind: { '.tag': kind },
    ...more,
  });

  it('occur as often as their rule says, and only on its routes', () => {
    const faults = new Faults();
    faults.set([rule('500', { times: 2 })]);
    const calls = ['files/list_folder/continue', 'files/list_folder', 'files/list_folder', 'files/list_folder'];
    expect(calls.map((route) => faults.nextFault(route)?.kind['.tag'])).toEqual([undefined, '500', '500', undefined]);
  });

  it('occur on a share of the calls, which depends only on the seed', () => {
    const run = (seed: number): boolean[] => {
      const faults = new Faults(seed);
      faults.set([rule('429', { rate: 0.25 })]);
      return Array.from({ length: 4000 }, () => faults.nextFault('files/list_folder') !== undefined);
    };
    const share = run(7).filter(Boolean).length / 4000;
    expect(share).toBeGreaterThan(0.22);
    expect(share).toBeLessThan(0.28);
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it('end with an empty list of rules', () => {
    const faults = new Faults();
    faults.set([rule('500', {})]);
    faults.set([]);
    expect(faults.nextFault('files/list_folder')).toBeUndefined();
  });
});

describe('rate limits', () => {
  it('do not apply unless they are set', () => {
    expect(new Limits().charge('member', 'a')).toBeUndefined();
  });

  it('refuse calls beyond the budget of each account, which recovers with time', () => {
    let now = 0;
    const limits = new Limits(() => now);
    limits.set({ member: { calls: 2, seconds: 10 } });
    expect([1, 2, 3].map(() => limits.charge('member', 'a'))).toEqual([undefined, undefined, 10]);
    expect(limits.charge('member', 'b')).toBeUndefined();
    expect(limits.charge('team', 'a')).toBeUndefined();
    now = 10_000;
    expect(limits.charge('member', 'a')).toBeUndefined();
  });

  it('charge refused calls too, so retrying too early makes the wait longer', () => {
    const limits = new Limits(() => 0);
    limits.set({ team: { calls: 2, seconds: 2 } });
    const waits = Array.from({ length: 6 }, () => limits.charge('team', 't'));
    expect(waits).toEqual([undefined, undefined, 2, 3, 3, 3]);
  });

  it('use both forms of the 429 answer in turn', () => {
    const limits = new Limits();
    expect([limits.nextForm(), limits.nextForm(), limits.nextForm()]).toEqual(['json', 'text', 'json']);
  });
});

describe('pages', () => {
  const binding = { list: 'team/groups/list', reader: 'a' };

  it('contain every item once, and can be read again', () => {
    const pages = new Pages(60);
    const first = pages.first([1, 2, 3, 4, 5], 2, binding);
    const second = pages.next<number>(first.next ?? '', binding);
    const third = pages.next<number>(second?.next ?? '', binding);
    expect([first.items, second?.items, third?.items]).toEqual([[1, 2], [3, 4], [5]]);
    expect(third?.next).toBeUndefined();
    expect(pages.next<number>(first.next ?? '', binding)?.items).toEqual([3, 4]);
  });

  it('may be shorter than the limit, or empty, before the end', () => {
    const lengthsOf = (count: number): number[] => {
      const pages = new Pages(60, Date.now, 1);
      const items = Array.from({ length: count }, (_, at) => at);
      const read = [pages.first(items, 10, binding)];
      for (let next = read[0]?.next; next !== undefined; next = read.at(-1)?.next) {
        const page = pages.next<number>(next, binding);
        if (page === undefined) throw new Error(`the cursor ${next} can't be continued`);
        read.push(page);
      }
      expect(read.flatMap(({ items: some }) => some)).toEqual(items);
      return read.slice(0, -1).map(({ items: some }) => some.length);
    };
    const lengths = [25, 40, 60, 80, 100].flatMap(lengthsOf);
    expect(lengths).toContain(0);
    expect(lengths.some((length) => length > 0 && length < 10)).toBe(true);
  });

  it('have no cursor when all items fit on the first', () => {
    expect(new Pages(60).first([1, 2], 2, binding)).toEqual({ items: [1, 2] });
  });

  it('are bound to their list and reader, and expire when unused', () => {
    let now = 0;
    const pages = new Pages(60, () => now);
    const cursor = pages.first([1, 2, 3], 1, binding).next ?? '';
    expect(pages.next(cursor, { ...binding, list: 'team/members/list_v2' })).toBeUndefined();
    expect(pages.next(cursor, { ...binding, reader: 'b' })).toBeUndefined();
    expect(pages.next('nonsense', binding)).toBeUndefined();
    expect(pages.next(cursor, binding)).toBeDefined();
    now = 61_000;
    expect(pages.next(cursor, binding)).toBeUndefined();
  });
});

describe('content with ranges', () => {
  const bytes = { size: 10, read: (start: number, end: number) => Buffer.from('0123456789').subarray(start, end) };
  const reply = (range?: string, ifNoneMatch?: string) => {
    const { status, headers, body } = contentReply(bytes, 'rev1', { range, ifNoneMatch }, {});
    return [status, typeof body === 'string' ? body : body.read(0, body.size).toString(), headers['Content-Range']];
  };

  it.each([
    [undefined, [200, '0123456789', undefined]],
    ['bytes=2-4', [206, '234', 'bytes 2-4/10']],
    ['bytes=7-', [206, '789', 'bytes 7-9/10']],
    ['bytes=-3', [206, '789', 'bytes 7-9/10']],
    ['bytes=5-99', [206, '56789', 'bytes 5-9/10']],
    ['bytes=10-', [416, '', 'bytes */10']],
    ['bytes=0-1,3-4', [200, '0123456789', undefined]],
  ])('serves %s', (range, expected) => {
    expect(reply(range)).toEqual(expected);
  });

  it('answers 304 when the client already has the content', () => {
    expect(reply(undefined, '"rev1"')[0]).toBe(304);
    expect(reply(undefined, 'W/"rev1"')[0]).toBe(304);
    expect(reply(undefined, '"rev0"')[0]).toBe(200);
  });
});
