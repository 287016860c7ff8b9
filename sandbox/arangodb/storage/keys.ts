import { ArangoFailure, notSupported } from '../errors';
import { isPlainObject } from '../values';
import { isLegalName } from './names';

/** Document keys: which ones are legal, and how missing ones are generated. The revisions of documents. */

const LEGAL_KEY = /^[A-Za-z0-9_\-.@()+,=;$!*'%:]{1,254}$/;

export const isLegalKey = (key: unknown): key is string => typeof key === 'string' && LEGAL_KEY.test(key);

/** `collection/key`, both legal. The collection, by name or number, need not exist. */
export function isLegalId(id: unknown): id is string {
  if (typeof id !== 'string') return false;
  const slash = id.indexOf('/');
  const collection = id.slice(0, Math.max(slash, 0));
  return (isLegalName(collection) || /^\d+$/.test(collection)) && LEGAL_KEY.test(id.slice(slash + 1));
}

export interface KeyOptions {
  readonly type: 'traditional';
  readonly allowUserKeys: boolean;
}

const OTHER_TYPES: readonly string[] = ['autoincrement', 'uuid', 'padded'];

/** Parses a client's keyOptions. Throws 1232 if they are invalid, 9 for a generator that the emulator lacks. */
export function parseKeyOptions(input: unknown): KeyOptions {
  if (!isPlainObject(input)) return { type: 'traditional', allowUserKeys: true };
  const type = input['type'] ?? 'traditional';
  if (typeof type === 'string' && OTHER_TYPES.includes(type)) throw notSupported(`key generator '${type}'`);
  if (type !== 'traditional') throw new ArangoFailure(1232, 'invalid key generator type');
  if ('increment' in input || 'offset' in input)
    throw new ArangoFailure(1232, "only the key generator 'autoincrement' has an increment and an offset");
  const allowUserKeys = input['allowUserKeys'] ?? true;
  if (typeof allowUserKeys !== 'boolean') throw new ArangoFailure(1232, 'allowUserKeys must be a boolean');
  return { type, allowUserKeys };
}

/** Generates the keys of one collection. `tick` returns the server's next number. */
export class KeyGenerator {
  /** Greatest numeric key seen, reported as `keyOptions.lastValue`. */
  lastValue = 0;

  constructor(
    readonly options: KeyOptions,
    private readonly tick: () => number,
  ) {}

  next(): string {
    const value = this.tick();
    // A numeric key that a client chose may be ahead of the server's number.
    this.lastValue = value > this.lastValue ? value : this.lastValue + 1;
    return String(this.lastValue);
  }

  /**
   * Validates a key that the client chose; later generated keys do not collide with it. Throws 1221 for an illegal key,
   * 1222 if clients may not choose keys.
   */
  accept(key: unknown): string {
    if (!isLegalKey(key)) throw new ArangoFailure(1221, 'illegal document key');
    if (!this.options.allowUserKeys) throw new ArangoFailure(1222, 'unexpected document key');
    this.note(key);
    return key;
  }

  /** Records a key in use, so that generated keys do not collide with it. */
  note(key: string): void {
    const code = key.charCodeAt(0);
    if (code < 48 || code > 57 || key.length > 16 || !/^\d+$/.test(key)) return;
    const value = Number(key);
    if (value > this.lastValue && Number.isSafeInteger(value)) this.lastValue = value;
  }
}

const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TEXT_DIGITS = 9;

/** Generates increasing revisions, which follow the clock: short texts that are opaque to clients, as in ArangoDB. */
export class RevisionClock {
  private last = 0;

  /** `now` in milliseconds. */
  constructor(private readonly now: () => number) {}

  /** `_` and nine digits. The byte order of the texts is the order in which they were generated. */
  next(): string {
    const byClock = this.now() * 1024;
    this.last = byClock > this.last ? byClock : this.last + 1;
    let text = '';
    let rest = this.last;
    for (let i = 0; i < TEXT_DIGITS; i++) {
      text = (DIGITS[rest % 64] as string) + text;
      rest = Math.floor(rest / 64);
    }
    return `_${text}`;
  }
}
