import type { ValidateFunction } from 'ajv';
import Ajv from 'ajv-draft-04';
import { ArangoFailure } from '../errors';
import { isPlainObject } from '../values';

/** When a collection's schema is checked. */
export type SchemaLevel = 'none' | 'new' | 'moderate' | 'strict';

export interface SchemaDefinition {
  readonly rule: object;
  readonly level: SchemaLevel;
  readonly message: string;
  readonly type: 'json';
}

const LEVELS: readonly string[] = ['none', 'new', 'moderate', 'strict'];
/** The attributes that every document or every edge has. */
export const SYSTEM_NAMES: ReadonlySet<string> = new Set(['_key', '_id', '_rev', '_from', '_to']);

/** A JSON Schema (draft 4) against which documents are validated. Its rule does not see system attributes. */
export class CollectionSchema {
  private constructor(
    readonly definition: SchemaDefinition,
    private readonly validate: ValidateFunction,
  ) {}

  /** Null and `{}` mean no schema. Throws 1621 for an invalid schema, another draft or an external reference. */
  static parse(input: unknown): CollectionSchema | undefined {
    if (input === undefined || input === null) return undefined;
    if (!isPlainObject(input)) throw invalid('schema must be an object');
    if (Object.keys(input).length === 0) return undefined;
    const { rule, level = 'strict', message = '', type = 'json' } = input;
    if (!isPlainObject(rule)) throw invalid('schema.rule must be an object');
    if (typeof level !== 'string' || !LEVELS.includes(level)) throw invalid('schema.level is not valid');
    if (typeof message !== 'string') throw invalid('schema.message must be a string');
    if (type !== 'json') throw invalid('schema.type must be "json"');
    return new CollectionSchema({ rule, level: level as SchemaLevel, message, type }, compile(rule));
  }

  /** Throws 1620 if the level requires validation on insert and the document is invalid. */
  checkInsert(doc: Readonly<Record<string, unknown>>): void {
    if (this.definition.level !== 'none') this.check(doc);
  }

  /** Like checkInsert, for the document that replaces `old`. */
  checkChange(doc: Readonly<Record<string, unknown>>, old: Readonly<Record<string, unknown>>): void {
    const { level } = this.definition;
    if (level === 'none' || level === 'new') return;
    if (level === 'moderate' && !this.isValid(old)) return;
    this.check(doc);
  }

  private isValid(doc: Readonly<Record<string, unknown>>): boolean {
    return this.validate(withoutSystem(doc));
  }

  private check(doc: Readonly<Record<string, unknown>>): void {
    if (!this.isValid(doc)) throw new ArangoFailure(1620, this.definition.message || 'schema validation failed');
  }
}

/** One for all rules, since each instance compiles the meta-schema. Several rules may have the same id. */
const ajv = new Ajv({ strict: false, validateFormats: false, logger: false, addUsedSchema: false });

/** Compiled rules by their text: databases of PipesHub have the same rules. */
const compiled = new Map<string, ValidateFunction>();

function compile(rule: object): ValidateFunction {
  const text = JSON.stringify(rule);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  try {
    const validate = ajv.compile(rule);
    compiled.set(text, validate);
    return validate;
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

const invalid = (reason: string): ArangoFailure =>
  new ArangoFailure(1621, `invalid schema validation parameter: ${reason}`);

function withoutSystem(doc: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const visible: Record<string, unknown> = {};
  for (const name of Object.keys(doc)) if (!SYSTEM_NAMES.has(name)) visible[name] = doc[name];
  return visible;
}
