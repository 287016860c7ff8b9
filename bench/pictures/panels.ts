/** One line of a panel, as a range query of Prometheus returns it: pairs of seconds and a value. */
export interface Series {
  name: string;
  values: [at: number, value: number][];
}

/** What is drawn of a panel of Grafana. */
export interface DrawnPanel {
  type: 'row' | 'stat' | 'timeseries';
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  unit: string;
  isStacked: boolean;
  /** In the order of their values, the lowest without one. */
  thresholds: { color: string; value: number | null }[];
  series: Series[];
}

export const WIDTH = 1_320;
const COLUMN_PX = WIDTH / 24;
const ROW_PX = 22;
const GAP_PX = 6;
const COLORS = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#96d98d',
  '#ffb357',
  '#ca95e5',
];
const STATES: Record<string, string> = { green: '#37872d', yellow: '#b58900', red: '#c4162a' };
const LEGEND_LINES = 3;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function scaled(value: number, step: number, units: readonly string[]): string {
  let at = 0;
  let left = value;
  for (; Math.abs(left) >= step && at < units.length - 1; at += 1) left /= step;
  return `${Number(left.toPrecision(3))}${units[at] ?? ''}`;
}

function formatted(value: number, unit: string): string {
  if (unit === 'bool_yes_no') return value === 0 ? 'No' : 'Yes';
  if (unit === 'percentunit') return `${Number((100 * value).toPrecision(3))} %`;
  if (unit === 'bytes') return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB']);
  if (unit === 'Bps') return scaled(value, 1000, [' B/s', ' kB/s', ' MB/s']);
  if (unit === 's')
    return value < 1 ? `${Number((1000 * value).toPrecision(3))} ms` : scaled(value, 60, [' s', ' min', ' h']);
  return `${scaled(value, 1000, ['', ' K', ' M'])}${unit === 'reqps' || unit === 'ops' ? '/s' : ''}`;
}

/** All panels as one page, in the places that the dashboard gives them, between two times in seconds. */
export function pageOf(
  title: string,
  panels: readonly DrawnPanel[],
  from: number,
  to: number,
): { html: string; height: number } {
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * ROW_PX + 48;
  const boxes = panels.map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const [width, tall] = [w * COLUMN_PX - GAP_PX, h * ROW_PX - GAP_PX];
    const style = `left:${x * COLUMN_PX}px;top:${y * ROW_PX + 44}px;width:${width}px;height:${tall}px`;
    const heading = `<b>${escaped(panel.title)}</b>`;
    if (panel.type === 'row') return `<div class="row" style="${style}">${heading}</div>`;
    const drawn =
      panel.series.length === 0
        ? '<p>No data</p>'
        : panel.type === 'stat'
          ? stats(panel)
          : chart(panel, { width, height: tall - 24, from, to });
    return `<div class="panel" style="${style}">${heading}${drawn}</div>`;
  });
  const html = `<!doctype html><meta charset="utf-8"><style>
body{margin:0;background:#111217;color:#ccccdc;font:12px Inter,"DejaVu Sans",sans-serif;width:${WIDTH}px}
h1{font-size:16px;margin:12px}
.panel,.row{position:absolute;box-sizing:border-box;overflow:hidden}
.panel{background:#181b1f;border:1px solid #2a2d33;border-radius:2px}
b{display:block;padding:4px 8px;font-weight:500}
p{text-align:center;margin-top:50px;color:#7b8087}
.stat{display:flex;flex-direction:column;justify-content:center;align-items:center;height:calc(100% - 32px);margin:4px;font-size:26px;color:#fff}
.stat small{font-size:12px}
text{fill:#8e8e99;font-size:10px}.legend text{fill:#ccccdc}
</style><h1>${escaped(title)}</h1>${boxes.join('\n')}`;
  return { html, height };
}

const lastOf = ({ values }: Series): number => values.at(-1)?.[1] ?? Number.NaN;

const stats = ({ series, unit, thresholds }: DrawnPanel): string =>
  series
    .map((one) => {
      const state = thresholds.findLast(({ value }) => value === null || lastOf(one) >= value)?.color ?? 'green';
      const color = STATES[state] ?? state;
      const shown = escaped(formatted(lastOf(one), unit));
      return `<div class="stat" style="background:${color}">${shown}<small>${escaped(one.name)}</small></div>`;
    })
    .join('');

interface Frame {
  width: number;
  height: number;
  from: number;
  to: number;
}

function chart({ series, unit, isStacked }: DrawnPanel, { width, height, from, to }: Frame): string {
  const [left, right, top] = [62, width - 10, 6];
  const bottom = height - 14 - 13 * LEGEND_LINES;
  const sums = new Map<number, number>();
  const lines = series.map(({ name, values }) => {
    const points = values.map(([at, value]) => {
      const below = isStacked ? (sums.get(at) ?? 0) : 0;
      sums.set(at, below + value);
      return { at, below, value: below + value };
    });
    return { name, points };
  });
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ value }) => value))) || 1;
  const x = (at: number): string => (left + ((at - from) / (to - from)) * (right - left)).toFixed(1);
  const y = (value: number): string => (bottom - (value / (1.05 * most)) * (bottom - top)).toFixed(1);
  const grid = [0, 0.5, 1].map((share) => {
    const at = y(share * most);
    const label = `<text x="${left - 5}" y="${Number(at) + 3}" text-anchor="end">${formatted(share * most, unit)}</text>`;
    return `<path d="M${left} ${at}H${right}" stroke="#2a2d33"/>${label}`;
  });
  const times = [0, 1, 2, 3].map((minute) => [from + minute * 60, `${minute} min`] as const);
  const ticks = times
    .filter(([at]) => at <= to)
    .map(([at, label]) => `<text x="${x(at)}" y="${bottom + 12}" text-anchor="middle">${label}</text>`);
  const paths = lines.map(({ points }, number) => {
    const color = COLORS[number % COLORS.length] ?? '';
    const upper = points.map(({ at, value }) => `${x(at)} ${y(value)}`).join('L');
    const lower = points.toReversed().map(({ at, below }) => `${x(at)} ${y(below)}`);
    const area = isStacked ? `<path d="M${upper}L${lower.join('L')}Z" fill="${color}" fill-opacity=".2"/>` : '';
    return `${area}<path d="M${upper}" fill="none" stroke="${color}" stroke-width="1.3"/>`;
  });
  return `<svg width="${width}" height="${height}">${[...grid, ...ticks, ...paths].join('')}${legend(series, width, bottom + 25)}</svg>`;
}

/** As many names as there is room for. */
function legend(series: readonly Series[], width: number, top: number): string {
  let [line, at] = [0, 10];
  const items = series.map(({ name }, number) => {
    const length = 22 + 5.8 * name.length;
    if (at > 10 && at + length > width) [line, at] = [line + 1, 10];
    const y = top + 13 * line;
    const item = `<rect x="${at}" y="${y - 6}" width="10" height="3" fill="${COLORS[number % COLORS.length] ?? ''}"/><text x="${at + 14}" y="${y}">${escaped(name)}</text>`;
    at += length;
    return item;
  });
  return `<g class="legend">${items.join('')}</g>`;
}
