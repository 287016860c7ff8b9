import { castOf, paced } from '../../bench/pictures/cast';

const line = (at: number, text: string): { at: number; text: string } => ({ at, text });
/** How many lines down the picture has scrolled at its end. */
const scrolled = (cast: string): number => Number(/100%\{transform:translateY\(-?(\d+)px\)\}/.exec(cast)?.[1]) / 19;

describe('a terminal as a moving picture', () => {
  it('shows each line at its time, and scrolls what has no row', () => {
    const cast = castOf(
      [...Array(30).keys()].map((at) => line(at, `line ${at}`)),
      'a terminal',
    );
    // The last line appears in the second 29 of 37.
    expect(cast).toMatch(/@keyframes l29\{0%\{opacity:0\}78\.38%,100%\{opacity:1\}\}/);
    expect(scrolled(cast)).toBe(4);
    expect(scrolled(castOf([line(0, 'one')], 'a terminal'))).toBe(0);
  });

  it('wraps a long line, and keeps text as text', () => {
    const cast = castOf([line(0, `<b> & ${'x'.repeat(120)}`)], 'a terminal');
    expect(cast.match(/<text /g)).toHaveLength(2);
    expect(cast).not.toContain('<b>');
  });

  it('has the pace of a reader', () => {
    const lines = paced([line(0, 'a'), line(60, 'b'), line(60, 'c'), line(60, ''), line(61.3, 'd')]);
    expect(lines.map(({ at }) => Number(at.toFixed(2)))).toEqual([0, 1.5, 1.65, 2.85, 4.15]);
  });
});
