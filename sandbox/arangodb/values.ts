/**
 * Order, equality and truthiness of ArangoDB's values. Queries, sorts and indexes share this one definition, so an
 * index range returns the same rows in the same order as a scan with a filter and a sort.
 *
 * Order of types: null < bool < number < string < array < object. An absent value (undefined) counts as null.
 */

/** Rank of a value's type: 0 null, 1 bool, 2 number, 3 string, 4 array, 5 object. */
export function typeRank(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 3;
    case 'number':
      return 2;
    case 'boolean':
      return 1;
    case 'object':
      return value === null ? 0 : Array.isArray(value) ? 4 : 5;
    default:
      return 0;
  }
}

/** A number that a client sent. ArangoDB ignores a value of another type where it expects a number. */
export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** ICU's order for en_US, ArangoDB's default locale. Punctuation counts; upper case comes before lower case. */
const collator = new Intl.Collator('en-US', {
  usage: 'sort',
  sensitivity: 'variant',
  caseFirst: 'upper',
  ignorePunctuation: false,
});

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/** Primary weight of each printable ASCII character; 0 for all others. The two cases of a letter share a weight. */
const primaryWeight: Uint8Array = (() => {
  const weights = new Uint8Array(128);
  const base = new Intl.Collator('en-US', { sensitivity: 'base', ignorePunctuation: false });
  const characters: string[] = [];
  for (let code = FIRST_PRINTABLE; code <= LAST_PRINTABLE; code++) characters.push(String.fromCharCode(code));
  characters.sort(base.compare);
  let weight = 0;
  let previous = '';
  for (const character of characters) {
    if (previous === '' || base.compare(previous, character) !== 0) weight++;
    weights[character.charCodeAt(0)] = weight;
    previous = character;
  }
  return weights;
})();

/**
 * Compares two strings in ArangoDB's collation. Returns 0 only for identical strings.
 *
 * Printable ASCII is compared by a table, because the collator is about ten times slower. Any other character before
 * the first difference or right after it passes the comparison to the collator: a combining mark changes the weight of
 * the letter before it.
 */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = left.length < right.length ? left.length : right.length;
  let caseOrder = 0;
  for (let i = 0; i < shorter; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a > LAST_PRINTABLE || b > LAST_PRINTABLE || a < FIRST_PRINTABLE || b < FIRST_PRINTABLE)
      return compareByCollator(left, right);
    if (a === b) continue;
    const weightA = primaryWeight[a] as number;
    const weightB = primaryWeight[b] as number;
    if (weightA !== weightB) {
      if (hasMarkAt(left, i + 1) || hasMarkAt(right, i + 1)) return compareByCollator(left, right);
      return weightA < weightB ? -1 : 1;
    }
    // Upper case (the smaller character code) comes first, unless a later letter differs.
    if (caseOrder === 0) caseOrder = a < b ? -1 : 1;
  }
  if (left.length === right.length) return caseOrder;
  const next = left.length > shorter ? left.charCodeAt(shorter) : right.charCodeAt(shorter);
  if (next >= 0x7f || primaryWeight[next] === 0) return compareByCollator(left, right);
  return left.length < right.length ? -1 : 1;
}

const hasMarkAt = (text: string, position: number): boolean =>
  position < text.length && text.charCodeAt(position) >= 0x7f;

function compareByCollator(left: string, right: string): number {
  const order = collator.compare(left, right);
  if (order !== 0) return order;
  return left < right ? -1 : 1;
}

/** Total order over all values. The result is negative, 0 or positive. */
export function compare(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  if (left === right) return 0;
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0;
  const rankLeft = typeRank(left);
  const rankRight = typeRank(right);
  if (rankLeft !== rankRight) return rankLeft < rankRight ? -1 : 1;
  if (Array.isArray(left)) return compareArrays(left, right as unknown[]);
  if (isPlainObject(left)) return compareObjects(left, right as Record<string, unknown>);
  return typeof left === 'boolean' ? (left ? 1 : -1) : 0;
}

/** Compares element by element. The shorter array counts as padded with nulls. */
export function compareArrays(left: readonly unknown[], right: readonly unknown[]): number {
  const longer = left.length > right.length ? left.length : right.length;
  for (let i = 0; i < longer; i++) {
    const order = compare(left[i] ?? null, right[i] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares by the sorted union of the attribute names. An absent attribute counts as null. */
function compareObjects(left: Record<string, unknown>, right: Record<string, unknown>): number {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort(compareStrings);
  for (const name of names) {
    const order = compare(ownValue(left, name), ownValue(right, name));
    if (order !== 0) return order;
  }
  return 0;
}

/** The value of an attribute, or null if it is absent. Inherited names such as "constructor" are not attributes. */
export const ownValue = (object: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(object, name) ? (object[name] ?? null) : null;

/** Sets an attribute. A plain assignment to `__proto__` would set the prototype instead. */
export function setAttribute(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

/** Equality of AQL's `==`: types are not converted, case counts, absent and null are equal. */
export function equals(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return (left ?? null) === (right ?? null);
  return left === right || compare(left, right) === 0;
}

/** null, false, 0 and "" are false. Everything else is true, including empty arrays and objects. */
export const isTrue = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false && value !== 0 && value !== '';

/** Stands for a value as the key of a Map: two values have the same key exactly if `equals` holds for them. */
export type MapKey = string | number | boolean | null;

const KEY_PREFIX = '\u0000';

/**
 * Scalars are their own keys. Arrays and objects become a canonical text with a prefix; a string that begins with the
 * prefix is escaped, so no string collides with such a text.
 */
export function mapKey(value: unknown): MapKey {
  switch (typeof value) {
    case 'string':
      return value.startsWith(KEY_PREFIX) ? `${KEY_PREFIX}s${value}` : value;
    case 'number':
      return value === 0 ? 0 : value;
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : KEY_PREFIX + JSON.stringify(normalise(value));
    default:
      return null;
  }
}

/** The same result for all equal values: names sorted, null attributes and nulls at the end of an array left out. */
function normalise(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === undefined ? null : value === 0 ? 0 : value;
  if (Array.isArray(value)) {
    let length = value.length;
    while (length > 0 && (value[length - 1] ?? null) === null) length--;
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(normalise(value[i]));
    return items;
  }
  const object = value as Record<string, unknown>;
  const pairs: unknown[] = [];
  for (const name of Object.keys(object).sort()) {
    const item = object[name];
    if ((item ?? null) !== null) pairs.push(name, normalise(item));
  }
  return { o: pairs };
}
