import { ArangoFailure } from '../errors';
import { isPlainObject } from '../values';
import type { CollectionSyntax, ParsedQuery } from './ast';
import { queryFailure } from './failure';

/**
 * The values of a query's bind parameters. Throws 17 unless they are an object or absent, 1551 if
 * one has no value, 1552 for a value without a parameter.
 */
export class Bindings {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(query: ParsedQuery, input: unknown) {
    const values = input ?? {};
    if (!isPlainObject(values)) throw new ArangoFailure(17, 'expecting object for <bindVars>');
    this.values = values;
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

  value(name: string): unknown {
    return this.values[name] ?? null;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string' && value !== '') return value;
    throw queryFailure(1553, `bind parameter '${name}' has an invalid value or type`, 'parsing');
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
