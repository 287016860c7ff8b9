/**
 * Validators of request arguments. Dropbox's servers use the runtime of its interface language Stone, whose error
 * messages reach clients verbatim in plain-text 400 answers. The messages here are the same.
 */

/** An invalid argument. The dispatcher answers it with status 400 in plain text. */
export class ArgumentError extends Error {
  private readonly parents: string[] = [];

  /** Adds the name of the containing field, from the innermost to the outermost. */
  within(field: string): this {
    this.parents.unshift(field);
    return this;
  }

  describe(): string {
    return this.parents.length === 0 ? this.message : `${this.parents.join('.')}: ${this.message}`;
  }
}

/** Reads one JSON value, or throws an ArgumentError. */
export interface Type<T> {
  read(value: unknown): T;
  /** The value of an absent field; undefined for a required field. */
  whenAbsent?: () => T;
}

export type Infer<S> = S extends Type<infer T> ? T : never;

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'list' : 'dict';
}

/** A value as Python prints it, because Dropbox's messages quote values in that way. */
function printed(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const text = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
    return quote + (quote === "'" ? text.replaceAll("'", "\\'") : text) + quote;
  }
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  return `{${Object.entries(value as object)
    .map(([key, each]) => `${printed(key)}: ${printed(each)}`)
    .join(', ')}}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : printed(value);
  return text.length > 1000 ? `${text.slice(0, 1000)} [The string has been truncated due to its length]` : text;
}

function fail(message: string): never {
  throw new ArgumentError(message);
}

export const bool: Type<boolean> = {
  read: (value) => (typeof value === 'boolean' ? value : fail(`${printed(value)} is not a valid boolean`)),
};

export function integer(minimum: number, maximum: number): Type<number> {
  return {
    read(value) {
      if (typeof value !== 'number' || !Number.isInteger(value))
        return fail(`expected integer, got ${typeName(value)}`);
      if (value < minimum || value > maximum) return fail(`${value} is not within range [${minimum}, ${maximum}]`);
      return value;
    },
  };
}

export function real(minimum: number, maximum: number): Type<number> {
  return {
    read(value) {
      if (typeof value !== 'number') return fail(`expected real number, got ${typeName(value)}`);
      if (value < minimum) return fail(`${value} is not greater than ${minimum}`);
      if (value > maximum) return fail(`${value} is not less than ${maximum}`);
      return value;
    },
  };
}

export interface StringRules {
  min?: number;
  max?: number;
  /** A regular expression that must match the whole string. */
  pattern?: string;
  /** Whether the value is personal data, which the error message must not contain. */
  redacted?: boolean;
}

/**
 * Compiles a pattern of the specification with Python's semantics, where a dot matches anything except a line feed. The
 * repeated group of the path pattern is replaced, because it would exhaust the stack on a path of several megabytes.
 */
function expressionOf(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll('(.|[\\r\\n])*', '[^]*').replaceAll('.*', '[^\\n]*')})$`);
}

export function string(rules: StringRules = {}): Type<string> {
  const { min, max, pattern, redacted } = rules;
  const expression = pattern === undefined ? undefined : expressionOf(pattern);
  return {
    read(value) {
      if (typeof value !== 'string') return fail(`'${shown(value)}' expected to be a string, got ${typeName(value)}`);
      // Dropbox counts characters, whereas JavaScript counts UTF-16 units.
      const length = min === undefined && max === undefined ? 0 : [...value].length;
      if (max !== undefined && length > max) {
        return fail(`'${shown(value)}' must be at most ${max} characters, got ${length}`);
      }
      if (min !== undefined && length < min) {
        return fail(`'${shown(value)}' must be at least ${min} characters, got ${length}`);
      }
      if (expression && !expression.test(value)) {
        return fail(`'${redacted ? '*****' : shown(value)}' did not match pattern '${pattern}'`);
      }
      return value;
    },
  };
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Refuses dates that JavaScript would silently convert, such as the 30th of February or 24:00. */
function isCalendarTime(stamp: string): boolean {
  const time = new Date(stamp);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(stamp.slice(0, 19));
}

/** A timestamp with one-second resolution. The value stays a string. */
export const timestamp: Type<string> = {
  read(value) {
    if (typeof value !== 'string') return fail(`expected timestamp, got ${typeName(value)}`);
    return TIMESTAMP.test(value) && isCalendarTime(value)
      ? value
      : fail(`time data '${shown(value)}' does not match format '%Y-%m-%dT%H:%M:%SZ'`);
  },
};

export function list<T>(item: Type<T>, rules: { min?: number; max?: number } = {}): Type<T[]> {
  const { min, max } = rules;
  return {
    read(value) {
      if (!Array.isArray(value)) return fail(`expected list, got ${typeName(value)}`);
      const items = value.map((each) => item.read(each));
      if (max !== undefined && items.length > max) {
        return fail(`${printed(shown(value))} has more than ${max} items`);
      }
      if (min !== undefined && items.length < min) {
        return fail(`${printed(shown(value))} has fewer than ${min} items`);
      }
      return items;
    },
  };
}

/** A field that may be absent or null. */
export function nullable<T>(type: Type<T>): Type<T | undefined> {
  return {
    read: (value) => (value === null || value === undefined ? undefined : type.read(value)),
    whenAbsent: () => undefined,
  };
}

/** A field that may be absent, but not null. */
export function withDefault<T>(type: Type<T>, value: T): Type<T> {
  return { read: (given) => type.read(given), whenAbsent: () => value };
}

/** Absent optional fields are absent in the result as well, not undefined. */
export type StructOf<F> = { [K in RequiredKeys<F>]: Infer<F[K]> } & {
  [K in Exclude<keyof F, RequiredKeys<F>>]?: Exclude<Infer<F[K]>, undefined>;
};
type RequiredKeys<F> = { [K in keyof F]: undefined extends Infer<F[K]> ? never : K }[keyof F];

export function struct<F extends Record<string, Type<unknown>>>(fields: F): Type<StructOf<F>> {
  const names = Object.keys(fields);
  const known = new Set(names);
  const required = names.filter((name) => fields[name]?.whenAbsent === undefined);
  const type: Type<StructOf<F>> = {
    read(value) {
      if (value === null && type.whenAbsent) return type.whenAbsent();
      if (value === null || typeof value !== 'object' || Array.isArray(value)) {
        return fail(`expected object, got ${typeName(value)}`);
      }
      const given = value as Record<string, unknown>;
      for (const key of Object.keys(given)) {
        if (!known.has(key) && !key.startsWith('.tag')) fail(`unknown field '${key}'`);
      }
      const result: Record<string, unknown> = {};
      for (const name of names) {
        const read = readField(given, name, fields[name] as Type<unknown>);
        if (read !== undefined) result[name] = read;
      }
      // Dropbox complains about the fields that are present first.
      for (const name of required) if (!(name in given)) fail(`missing required field '${name}'`);
      return result as StructOf<F>;
    },
  };
  // A struct without required fields may be absent or null, wherever it is.
  if (required.length === 0) type.whenAbsent = () => type.read({});
  return type;
}

function readField(given: Record<string, unknown>, name: string, type: Type<unknown>): unknown {
  if (!(name in given)) return type.whenAbsent?.();
  try {
    return type.read(given[name]);
  } catch (error) {
    throw error instanceof ArgumentError ? error.within(name) : error;
  }
}

/** The tag of a union value, which is either a bare string or an object with `.tag`. */
function readTag(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return fail(`expected string or object, got ${typeName(value)}`);
  }
  if (!('.tag' in value)) return fail("missing '.tag' key");
  const tag = value['.tag'];
  return typeof tag === 'string' ? tag : fail(`tag must be string, got ${typeName(tag)}`);
}

function checkTag(tag: string, known: (tag: string) => boolean, open: boolean): void {
  if (open && tag === 'other') fail("unexpected use of the catch-all tag 'other'");
  if (!known(tag)) fail(`unknown tag '${tag}'`);
}

/** Refuses what an object gives besides its tag and, as null at most if the member has no value, the tag's value. */
function refuseOtherKeys(value: unknown, tag: string, hasValue = false): void {
  const own = (value as Record<string, unknown>)[tag];
  if (!hasValue && own !== undefined && own !== null) fail(`expected null, got ${typeName(own)}`);
  for (const key of Object.keys(value as object)) {
    if (key !== tag && key !== '.tag') fail(`unexpected key '${key}'`);
  }
}

/** An open union whose members have no value. The catch-all tag `other` is refused in arguments. */
export function tags<T extends string>(...members: T[]): Type<{ [K in T]: { '.tag': K } }[T]> {
  const known = new Set<string>(members);
  return {
    read(value) {
      const tag = readTag(value);
      checkTag(tag, (name) => known.has(name), true);
      if (typeof value === 'object') refuseOtherKeys(value, tag);
      return { '.tag': tag } as { [K in T]: { '.tag': K } }[T];
    },
  };
}

/** A union value without further fields, for defaults. */
export const tagged = <T extends string>(tag: T): { '.tag': T } => ({ '.tag': tag });

/** Type of a union member without a value. */
export const none: Type<undefined> = { read: () => undefined };

export type UnionOf<M> = {
  [K in keyof M & string]: Infer<M[K]> extends undefined ? { '.tag': K } : { '.tag': K } & Record<K, Infer<M[K]>>;
}[keyof M & string];

/** A closed union with members that have a value, which is nested under a key equal to the tag. */
export function union<M extends Record<string, Type<unknown>>>(members: M): Type<UnionOf<M>> {
  return unionOf(members, false);
}

/** Such a union that may get more members. The catch-all tag `other` is refused in arguments. */
export function openUnion<M extends Record<string, Type<unknown>>>(members: M): Type<UnionOf<M>> {
  return unionOf(members, true);
}

function unionOf<M extends Record<string, Type<unknown>>>(members: M, open: boolean): Type<UnionOf<M>> {
  return {
    read(value) {
      const tag = readTag(value);
      checkTag(tag, (name) => Object.hasOwn(members, name), open);
      const member = members[tag] as Type<unknown>;
      if (typeof value === 'object') refuseOtherKeys(value, tag, member !== none);
      if (member === none) return { '.tag': tag } as UnionOf<M>;
      if (typeof value === 'string') return fail(`expected object for '${tag}', got symbol`);
      const object = value as Record<string, unknown>;
      if (!(tag in object)) return fail(`missing '${tag}' key`);
      return { '.tag': tag, [tag]: member.read(object[tag]) } as UnionOf<M>;
    },
  };
}

/** The argument of a route without one: an empty body or null. */
export const nothing: Type<undefined> = {
  read: (value) => (value === null || value === undefined ? undefined : fail('expected null, got value')),
};

/** Adds a rule to a type. `rule` returns the error message for a value that it refuses. */
export function refine<T>(type: Type<T>, rule: (value: T) => string | undefined): Type<T> {
  return {
    ...type,
    read(value) {
      const result = type.read(value);
      const complaint = rule(result);
      return complaint === undefined ? result : fail(complaint);
    },
  };
}
