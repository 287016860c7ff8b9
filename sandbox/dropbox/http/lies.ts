/**
 * Untrue answers with status 200, by rule: what a client must survive although Dropbox does not document it. A lie
 * changes the JSON of an honest answer, so the rest of it stays plausible.
 */
import { Refusal } from './errors';
import type { FaultRule } from './faults';

const UNKNOWN_TAG = 'tag_of_a_later_version';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEndless = (rule: FaultRule | undefined): boolean => rule?.kind['.tag'] === 'endless';

/** A page of an endless list. It is answered without carrying out the call, whose list has long ended. */
interface EndlessPage {
  answer: Json;
  realCursor: string;
  /** Whether the next page is empty and has another cursor, instead of being the same. */
  changes: boolean;
}

export class Lies {
  /** By their invented cursors. */
  private readonly pages = new Map<string, EndlessPage>();

  /**
   * The argument of a call, with the real cursor in the place of an invented one. While an endless list is continued,
   * its next page is thrown as a complete answer.
   */
  argument(given: unknown, rule: FaultRule | undefined): unknown {
    if (!isObject(given)) return given;
    const page = this.pages.get(String(given['cursor']));
    if (!page) return given;
    if (!isEndless(rule)) return { ...given, cursor: page.realCursor };
    const answer = page.changes ? this.page(page.answer, page.realCursor, true) : page.answer;
    throw new Refusal(200, JSON.stringify(answer), { 'Content-Type': 'application/json' });
  }

  /** Invents a cursor for a page, and remembers what it continues with. */
  private page(answer: Json, realCursor: string, changes: boolean): Json {
    const cursor = `${realCursor}-page-${this.pages.size + 1}`;
    const page = { ...answer, cursor };
    this.pages.set(cursor, { answer: page, realCursor, changes });
    return page;
  }

  /**
   * The text of the answer that a lie makes of an honest one, or undefined where it changes nothing. `half-body` is cut,
   * with a length that agrees.
   */
  falsify(rule: FaultRule, honest: string): string | undefined {
    if (rule.kind['.tag'] === 'half-body') return honest.slice(0, Math.floor(honest.length / 2));
    const answer = JSON.parse(honest) as unknown;
    const before = JSON.stringify(answer);
    const falsified = JSON.stringify(this.changed(rule, answer) ?? answer);
    return falsified === before ? undefined : falsified;
  }

  /** Changes the answer in place, or returns another one. */
  private changed({ kind, field }: FaultRule, answer: unknown): unknown {
    switch (kind['.tag']) {
      case 'empty-list':
        return ended(withLists(answer, field, () => []));
      case 'short-list':
        return ended(withLists(answer, field, (list) => list.slice(0, Math.floor(list.length / 2))));
      case 'repeat':
        return withLists(answer, field, (list) => [...list, ...list.slice(0, 1)]);
      case 'foreign':
        return foreign(answer, field);
      case 'endless':
        return this.endless(answer, field);
      case 'unknown-tag':
        return field === undefined ? renameTags(answer) : atPath(answer, field, renameTag);
      case 'missing-field':
        return atPath(answer, field ?? firstField(answer), (parent, key) => delete parent[key]);
      case 'null-field':
        return atPath(answer, field ?? firstField(answer), (parent, key) => (parent[key] = null));
      case 'text-field':
        return atPath(answer, field ?? firstField(answer), asText);
      case 'number-field':
        return atPath(answer, field ?? firstField(answer), (parent, key) => (parent[key] = 7));
      case 'list-field':
        return atPath(answer, field ?? firstField(answer), (parent, key) => (parent[key] = [parent[key]]));
      case 'object-field':
        return atPath(answer, field ?? firstField(answer), (parent, key) => (parent[key] = { value: parent[key] }));
      case 'odd-field':
        return atPath(answer, field ?? firstField(answer), (parent, key) => (parent[key] = replaced(parent[key], ODD)));
      case 'extreme-field':
        return atPath(
          answer,
          field ?? firstField(answer),
          (parent, key) => (parent[key] = replaced(parent[key], EXTREME)),
        );
      case 'more-fields':
        return withMoreFields(answer);
      case 'reverse':
        return withLists(answer, field, (list) => [...list].reverse());
      case 'contradict':
        return contradicted(answer, field);
      case 'error-body':
        return { error_summary: 'other/..', error: { '.tag': 'other' } };
      default:
        return answer;
    }
  }

  /**
   * A list that never ends: the same items and the same cursor again and again, or, with the field `cursor`, no items
   * and another cursor each time.
   */
  private endless(answer: unknown, field: string | undefined): unknown {
    if (!isObject(answer) || !hasLists(answer)) return answer;
    const changes = field === 'cursor';
    // The last page of a sharing list has no cursor.
    const realCursor = typeof answer['cursor'] === 'string' ? answer['cursor'] : '';
    const page: Json = { ...answer, ...('has_more' in answer ? { has_more: true } : {}) };
    return this.page(changes ? (withLists(page, undefined, () => []) as Json) : page, realCursor, changes);
  }
}

/** Every value as a text. One that is a text already becomes an empty one. */
function asText(parent: Json, key: string): void {
  const value = parent[key];
  parent[key] = typeof value === 'string' ? '' : JSON.stringify(value);
}

interface Replacements {
  text: (text: string) => string;
  time: string;
  number: number;
}

/** Letters that separate the parts of paths, ids and lines, and half of a surrogate pair. */
const ODD: Replacements = { text: (text) => `${text}/ :\n"\u0000\ud83d`, time: '0001-01-01T00:00:00Z', number: -5 };
const EXTREME: Replacements = {
  text: (text) => `${text}${'x'.repeat(1500)}`,
  time: '9999-12-31T23:59:59+14:00',
  number: 1e300,
};
const TIME = /^\d{4}-\d\d-\d\dT/;

/** Each text, time and number in a value is replaced. Tags stay, since `unknown-tag` is about them. */
function replaced(value: unknown, by: Replacements): unknown {
  if (typeof value === 'number') return by.number;
  if (typeof value === 'string') return TIME.test(value) ? by.time : by.text(value);
  if (Array.isArray(value)) return value.map((item) => replaced(item, by));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, key === '.tag' ? inner : replaced(inner, by)]);
  return Object.fromEntries(entries) as Json;
}

/** Each object has fields that no version knows: those that each object of JavaScript inherits, and one nested deeply. */
function withMoreFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMoreFields);
  if (!isObject(value)) return value;
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'field_of_a_later_version'];
  const more = names.map((name) => [name, nested(200)]);
  const known = Object.entries(value).map(([name, inner]) => [name, withMoreFields(inner)]);
  return Object.fromEntries([...more, ...known]) as Json;
}

const nested = (depth: number): unknown => (depth === 0 ? { '.tag': 'active' } : [nested(depth - 1)]);

/** Each list has each item twice, with the same id. The second one says the opposite, in its tags and its booleans. */
function contradicted(answer: unknown, field: string | undefined): unknown {
  return withLists(answer, field, (list) => [...list, ...list.map((item) => opposite(item))]);
}

const OTHER_TAGS: Readonly<Record<string, string>> = {
  active: 'suspended',
  suspended: 'active',
  archived: 'active',
  viewer: 'owner',
  editor: 'no_access',
  owner: 'viewer',
  team_folder: 'shared_folder',
  shared_folder: 'team_folder',
};

function opposite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opposite);
  if (typeof value === 'boolean') return !value;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '.tag' && typeof inner === 'string' ? (OTHER_TAGS[inner] ?? inner) : opposite(inner),
    ]),
  );
}

const hasLists = (answer: unknown): boolean =>
  Array.isArray(answer) || (isObject(answer) && Object.values(answer).some(Array.isArray));

/** Replaces lists of the answer: the one at `field`, or all that are the answer or direct fields of it. */
function withLists(answer: unknown, field: string | undefined, change: (list: unknown[]) => unknown[]): unknown {
  if (Array.isArray(answer)) return change(answer);
  const replace = (parent: Json, key: string): void => {
    const list = parent[key];
    if (Array.isArray(list)) parent[key] = change(list);
  };
  if (field !== undefined) return atPath(answer, field, replace);
  if (isObject(answer)) for (const key of Object.keys(answer)) replace(answer, key);
  return answer;
}

/** The list says that it is complete. */
function ended(answer: unknown): unknown {
  if (isObject(answer) && 'has_more' in answer) answer['has_more'] = false;
  return answer;
}

/** Calls `change` for each place that a path of field names leads to, through the items of lists. Commas join paths. */
function atPath(answer: unknown, path: string, change: (parent: Json, key: string) => unknown): unknown {
  const visit = (value: unknown, [name, ...rest]: readonly string[]): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, name === undefined ? [] : [name, ...rest]);
    else if (isObject(value) && name !== undefined && name in value) {
      if (rest.length > 0) visit(value[name], rest);
      else change(value, name);
    }
  };
  for (const one of path.split(',')) visit(answer, one.split('.'));
  return answer;
}

/** The first field of the first list's items, or of the answer itself. */
function firstField(answer: unknown): string {
  const list = Object.entries(isObject(answer) ? answer : {}).find(([, value]) => Array.isArray(value));
  const prefix = list ? `${list[0]}.` : '';
  const items: unknown[] = Array.isArray(answer) ? answer : list ? (list[1] as unknown[]) : [answer];
  return `${prefix}${Object.keys(items[0] ?? {}).find((key) => key !== '.tag') ?? ''}`;
}

function renameTag(parent: Json, key: string): void {
  const value = parent[key];
  for (const item of Array.isArray(value) ? value : [value])
    if (isObject(item) && '.tag' in item) item['.tag'] = UNKNOWN_TAG;
}

function renameTags(value: unknown): unknown {
  if (Array.isArray(value)) value.forEach(renameTags);
  if (isObject(value)) {
    if ('.tag' in value) value['.tag'] = UNKNOWN_TAG;
    Object.values(value).forEach(renameTags);
  }
  return value;
}

/** One item more in each list, with the ids that no one has. An answer without lists is about another one altogether. */
function foreign(answer: unknown, field: string | undefined): unknown {
  if (!hasLists(answer)) return withForeignIds(answer);
  return withLists(answer, field, (list) => [...list, ...list.slice(0, 1).map((item) => withForeignIds(item))]);
}

const NUMBER_ID = /namespace_id|folder_id/;

function withForeignIds(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withForeignIds(item, name));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withForeignIds(inner, key)]));
  if (typeof value !== 'string') return value;
  const prefix = /^(?:dbmid|dbid|dbtid|dbwsid|id|g|e):/.exec(value)?.[0];
  if (prefix !== undefined) return `${prefix}AAStrangerStrangerStranger`;
  if (NUMBER_ID.test(name)) return '9990001112';
  if (name.endsWith('email')) return 'stranger@elsewhere.example';
  return name === 'name' || name.startsWith('path_') ? `${value} of a stranger` : value;
}
