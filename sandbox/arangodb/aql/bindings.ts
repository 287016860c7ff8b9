import { ArangoFailure } from '../errors';
import { isPlainObject } from '../values';
import type { CollectionSyntax, ParsedQuery } from './ast';
import { queryFailure } from './failure';

/** Stands for a collection whose bind value is not given. */
const PLACEHOLDER = '\u0000';

/** The values of a query's bind parameters; each declared one is given, and each given one declared. */
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

  /** For looking at a query without its values. */
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

  /** Where only a number can stand: 0 while the values are not known. */
  number(name: string): unknown {
    return this.checked ? this.value(name) : 0;
  }

  /** The way that `doc.@name` names: one attribute, or several from the outer to the inner. */
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

/** What a client sends as bind variables: an object, or nothing; else 17. */
export function bindVariables(given: unknown): Readonly<Record<string, unknown>> {
  if (given === undefined || given === null) return {};
  if (isPlainObject(given)) return given;
  throw new ArangoFailure(17, 'expecting object for <bindVars>');
}
