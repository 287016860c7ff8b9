import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { teamSource } from '../../../sandbox/dropbox/sources';
import { apportion } from '../../../sandbox/dropbox/sources/generate/files';
import { parseTeamSource } from '../../../sandbox/dropbox/sources/parse';
import { Random } from '../../../sandbox/dropbox/sources/random';

describe('--team', () => {
  it.each([
    ['empty', { kind: 'empty' }],
    ['demo', { kind: 'demo' }],
    ['from:/srv/files', { kind: 'folder', dir: '/srv/files' }],
    ['from:C:\\files', { kind: 'folder', dir: 'C:\\files' }],
    [
      'generate:members=7,groups=2,shared=3,files=100,seed=9',
      { kind: 'generate', options: { members: 7, groups: 2, shared: 3, files: 100, seed: 9 } },
    ],
    ['generate:files=100', { kind: 'generate', options: { members: 50, groups: 5, shared: 40, files: 100, seed: 1 } }],
    ['generate', { kind: 'generate', options: { members: 50, groups: 5, shared: 40, files: 20_000, seed: 1 } }],
  ])("'%s' is accepted", (text, source) => {
    expect(parseTeamSource(text)).toEqual(source);
  });

  it.each([
    ['', /give empty, demo, from:DIR or generate/],
    ['demo:', /give empty, demo, from:DIR or generate/],
    ['from:', /give empty, demo, from:DIR or generate/],
    ['generate:size=3', /'size' is unknown; generate takes members, groups, shared, files, seed/],
    ['generate:toString=3', /'toString' is unknown/],
    ['generate:members', /members must be a whole number from 1 to 20000, not ''/],
    ['generate:members=0', /members must be a whole number from 1 to 20000, not '0'/],
    ['generate:files=1e3', /files must be a whole number/],
    ['generate:files=-1', /files must be a whole number/],
  ])("'%s' is refused with a reason", (text, reason) => {
    expect(() => parseTeamSource(text)).toThrow(reason);
  });

  it('refuses a missing folder and a file', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'team-source-'));
    const file = path.join(dir, 'file');
    writeFileSync(file, '');
    expect(teamSource(`from:${dir}`)).toEqual({ kind: 'folder', dir });
    for (const wrong of [file, path.join(dir, 'missing')]) {
      expect(() => teamSource(`from:${wrong}`)).toThrow(`${wrong} cannot be read as a folder`);
    }
    rmSync(dir, { recursive: true });
  });
});

describe('a number of files distributed by weight', () => {
  it.each([
    [0, [1, 2]],
    [7, [1, 1, 1]],
    [1_000, [0.001, 5, 2, 90]],
    [3, [1, 1, 1, 1, 1, 1]],
  ])('adds up to %d in proportion to the weights', (total, weights) => {
    const shares = apportion(total, weights);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
    const sum = weights.reduce((left, right) => left + right, 0);
    shares.forEach((share, index) => {
      expect(Number.isInteger(share)).toBe(true);
      expect(Math.abs(share - (total * (weights[index] ?? 0)) / sum)).toBeLessThanOrEqual(1);
    });
  });
});

describe('seeded random numbers', () => {
  it('depend only on the seed', () => {
    const take = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(take(5)).toEqual(take(5));
    expect(take(5)).not.toEqual(take(6));
  });

  it('select different items, and all of them when more are requested than exist', () => {
    const random = new Random(3);
    const some = random.some(['a', 'b', 'c', 'd', 'e'], 3);
    expect(new Set(some).size).toBe(3);
    expect(random.some(['a', 'b'], 5)).toEqual(['a', 'b']);
  });
});
