import type { SdkField, SdkRoute } from './sdkRoutes';

/** One lie about one route. */
export interface Cell {
  route: string;
  kind: string;
  /** Paths joined by commas, or tags of an error. */
  field?: string;
  /** once: the first matching call. run: every matching call. */
  scope: 'once' | 'run';
}

export function describeCell({ route, kind, field, scope }: Cell): string {
  const [first, ...more] = field?.split(',') ?? [];
  const fields = more.length > 0 ? `${first} and ${more.length} more` : first;
  return [route, kind, fields, scope === 'run' ? '(whole run)' : undefined]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** Answers of a whole sync: per route, which fields they had, and whether one of them was or had a list with items. */
export class SeenAnswers {
  private readonly fields = new Map<string, Set<string>>();
  private readonly listed = new Set<string>();

  add(route: string, text: string): void {
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      return;
    }
    const fields = this.fields.get(route) ?? new Set();
    this.fields.set(route, fields);
    const lists = [answer, ...Object.values(answer ?? {})].filter((value) => Array.isArray(value));
    if (lists.some(({ length }) => length > 0)) this.listed.add(route);
    collect(answer, '', fields);
  }

  isCalled(route: string): boolean {
    return this.fields.has(route);
  }

  hasField(route: string, { path }: SdkField): boolean {
    return this.fields.get(route)?.has(path) ?? false;
  }

  hasList(route: string): boolean {
    return this.listed.has(route);
  }
}

function collect(value: unknown, prefix: string, fields: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, prefix, fields);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      fields.add(`${prefix}${name}`);
      collect(inner, `${prefix}${name}.`, fields);
    }
}

const LIST_LIES: Omit<Cell, 'route'>[] = [
  { kind: 'empty-list', scope: 'once' },
  { kind: 'short-list', scope: 'once' },
  { kind: 'repeat', scope: 'once' },
  { kind: 'reverse', scope: 'once' },
  { kind: 'contradict', scope: 'once' },
];

const PAGE_LIES: Omit<Cell, 'route'>[] = [
  { kind: 'endless', scope: 'run' },
  { kind: 'endless', field: 'cursor', scope: 'run' },
];

/** A field that is absent, that has a value of another type, or one that no one expects. */
const FIELD_LIES = [
  ...['missing-field', 'null-field', 'text-field', 'number-field', 'list-field', 'object-field'],
  ...['odd-field', 'extreme-field'],
];

/**
 * All lies about a route. Fields that no code reads by their name are falsified together, one cell for each kind.
 * @param isRead whether the code that calls Dropbox reads a field of this name
 */
export function cellsOf(route: SdkRoute, seen: SeenAnswers, isRead: (field: string) => boolean): Cell[] {
  const { name } = route;
  const fields = route.fields.filter((field) => seen.hasField(name, field));
  const lastName = ({ path }: SdkField): string => path.split('.').at(-1) ?? path;
  const read = fields.filter((field) => isRead(lastName(field)));
  const unread = fields.filter((field) => !isRead(lastName(field))).map(({ path }) => path);
  const groups = [...read.map(({ path }) => path), ...(unread.length > 0 ? [unread.join(',')] : [])];
  const cells: Omit<Cell, 'route'>[] = [
    ...(seen.hasList(name) ? LIST_LIES : []),
    ...(route.fields.some(({ path }) => path === 'cursor') ? PAGE_LIES : []),
    { kind: 'foreign', scope: 'once' },
    { kind: 'half-body', scope: 'once' },
    { kind: 'error-body', scope: 'once' },
    { kind: 'unknown-tag', scope: 'once' },
    { kind: 'more-fields', scope: 'run' },
    { kind: 'stale', scope: 'run' },
    { kind: 'other-call', scope: 'once' },
    ...read
      .filter(({ isUnion }) => isUnion)
      .map(({ path }) => ({ kind: 'unknown-tag', field: path, scope: 'once' as const })),
    ...groups.flatMap((field) => FIELD_LIES.map((kind) => ({ kind, field, scope: 'once' as const }))),
    ...route.errors.flatMap((field) => (['once', 'run'] as const).map((scope) => ({ kind: 'error', field, scope }))),
  ];
  return cells.map((cell) => ({ route: name, ...cell }));
}
