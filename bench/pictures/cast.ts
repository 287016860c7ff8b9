/** A line that a terminal shows, and when: seconds after the beginning. */
export interface TimedLine {
  at: number;
  text: string;
  /** What a person types, in place of what a program writes. */
  isTyped?: boolean;
}

const COLUMNS = 100;
const ROWS = 26;
const CHARACTER_PX = 8.4;
const LINE_PX = 19;
const MARGIN_PX = 16;
const BAR_PX = 28;
/** How long the end stays before the picture starts again. */
const END_SECONDS = 8;

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`).replaceAll(' ', '\u00A0');

const percent = (part: number, whole: number): string => ((100 * part) / whole).toFixed(2).replace(/\.?0+$/, '');

/**
 * A terminal as a picture that moves: SVG with animations in CSS, which loads nothing. Who prefers reduced motion sees its
 * end.
 */
export function castOf(written: readonly TimedLine[], title: string): string {
  const lines = written.flatMap(wrapped);
  const seconds = Math.ceil(lines.at(-1)?.at ?? 0) + END_SECONDS;
  const [width, height] = [COLUMNS * CHARACTER_PX + 2 * MARGIN_PX, ROWS * LINE_PX + 2 * MARGIN_PX + BAR_PX];
  const end = Math.max(0, lines.length - ROWS);
  // A step of the scroll for each line that has no row of its own.
  const scroll = lines.slice(ROWS).map(({ at }, step) => [at, step + 1] as const);
  const keyframes = [
    '0%{transform:translateY(0)}',
    ...scroll.map(([at, step]) => `${percent(at, seconds)}%{transform:translateY(${-step * LINE_PX}px)}`),
    `100%{transform:translateY(${-end * LINE_PX}px)}`,
  ];
  const shown = lines.map(({ at }, row) => `@keyframes l${row}{0%{opacity:0}${percent(at, seconds)}%,100%{opacity:1}}`);
  const texts = lines.map(({ text, isTyped = false }, row) => {
    const y = (row + 1) * LINE_PX;
    const style = `animation-name:l${row}`;
    return `<text y="${y}" style="${style}"${isTyped ? ' class="typed"' : ''}>${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d6deeb}
.typed{fill:#7fdbca}
.lines text{animation:${seconds}s step-end infinite}
.lines{animation:scroll ${seconds}s step-end infinite}
@keyframes scroll{${keyframes.join('')}}
${shown.join('\n')}
@media(prefers-reduced-motion:reduce){.lines text{animation:none}.lines{animation:none;transform:translateY(${-end * LINE_PX}px)}}
</style>
<rect width="100%" height="100%" rx="8" fill="#011627"/>
<circle cx="20" cy="15" r="5" fill="#ff5f56"/><circle cx="38" cy="15" r="5" fill="#ffbd2e"/><circle cx="56" cy="15" r="5" fill="#27c93f"/>
<svg x="${MARGIN_PX}" y="${BAR_PX + MARGIN_PX / 2}" width="${width - 2 * MARGIN_PX}" height="${ROWS * LINE_PX + MARGIN_PX / 2}" overflow="hidden"><g class="lines">
${texts.join('\n')}
</g></svg>
</svg>
`;
}

/** As a terminal shows a line that is too long. */
function wrapped(line: TimedLine): TimedLine[] {
  const parts = line.text.match(new RegExp(`.{1,${COLUMNS}}`, 'gu')) ?? [''];
  return parts.map((text) => ({ ...line, text }));
}

/** Seconds between two lines: long enough to read them, and no one waits for a download. */
const PACE = { line: 0.15, section: 1.2, longest: 1.5 };

/** The lines at the pace of a reader. An empty line begins a section. */
export function paced(lines: readonly TimedLine[]): TimedLine[] {
  let at = 0;
  return lines.map((line, position) => {
    const before = lines[position - 1];
    const shortest = line.text === '' ? PACE.section : PACE.line;
    if (before) at += Math.min(Math.max(line.at - before.at, shortest), PACE.longest);
    return { ...line, at };
  });
}
