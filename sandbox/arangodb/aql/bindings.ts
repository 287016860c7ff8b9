import { ArangoFailure } from '../errors';
import { isPlainObject } from '../values';
import type { CollectionSyntax, ParsedQuery } from './ast';
import { queryFailure } from './failure';

/** Prefix of the name that stands for a collection without a bind value. */
const PLACEHOLDER = '\u0000';

/** The values of a query's bind parameters. Throws 1551 if one has no value, 1552 for a value without a parameter. */
export class Bindings {
  constructor(
    query: ParsedQuery,
    private readonly values: Readonly<Record<string, unknown>>,
    readonly checked = true,
  ) {
    if (!checked) return;
    for (const name of query.parameters) {
      if (!Object.hasOwn(values, name)) {
        throw queryFailure(1551, `no value specified for declared bind parameter '${name}'`, 'parsing');
      }
    }
    for (const name of Object.keys(values)) {
      if (!query.parameters.includes(name)) {
        throw queryFailure(1552, `bind parameter '${name}' was not declared in the query`, 'parsing');
      }
    }
  }

  /** For analyzing a query without bind values. */
  static placeholders(query: ParsedQuery): Bindings {
    return new Bindings(query, {}, false);
  }

  static isPlaceholder(collection: string): boolean {
    return collection.startsWith(PLACEHOLDER);
  }

  value(name: string): unknown {
    return this.values[name] ?? null;
  }

  text(name: string): string {
    if (!this.checked) return `${PLACEHOLDER}${name}`;
    const value = this.value(name);
    if (typeof value === 'string' && value !== '') return value;
    throw queryFailure(1553, `bind parameter '${name}' has an invalid value or type`, 'parsing');
  }

  /** A value where only a number is allowed. 0 if the values are not known. */
  number(name: string): unknown {
    return this.checked ? this.value(name) : 0;
  }

  /** The attribute path of `doc.@name`: one attribute, or several from the outer to the inner. */
  path(name: string): readonly string[] {
    const value = this.value(name);
    if (!Array.isArray(value)) return [this.text(name)];
    if (value.length > 0 && value.every((step) => typeof step === 'string')) return value;
    throw queryFailure(1553, `bind parameter '${name}' has an invalid value or type`, 'parsing');
  }

  collection(syntax: CollectionSyntax): string {
    return syntax.kind === 'named' ? syntax.name : this.text(syntax.parameter);
  }
}

/** The bind variables that a client sent. Throws 17 unless they are an object or absent. */
export function bindVariables(input: unknown): Readonly<Record<string, unknown>> {
  if (input === undefined || input === null) return {};
  if (isPlainObject(input)) return input;
  throw new ArangoFailure(17, 'expecting object for <bindVars>');
}
