import type { EdgeDirection } from '../storage/types';

/** The syntax tree of a query. Names are not resolved yet: a name can be a variable or a collection. */

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
type MembershipOperator = 'in' | 'not in';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type BinaryOperator = ComparisonOperator | MembershipOperator | ArithmeticOperator | '&&' | '||' | '..';
type UnaryOperator = '!' | '+' | '-';

export interface ObjectEntry<E> {
  /** A string, or an expression for `[expr]: value` and `@name: value`. */
  readonly name: string | E;
  readonly value: E;
}

export interface Constant {
  readonly kind: 'constant';
  readonly value: unknown;
}

export interface Attribute<E> {
  readonly kind: 'attribute';
  readonly base: E;
  readonly name: string;
}

export interface IndexAccess<E> {
  readonly kind: 'index';
  readonly base: E;
  readonly index: E;
}

export interface ArrayLiteral<E> {
  readonly kind: 'array';
  readonly items: readonly E[];
}

export interface ObjectLiteral<E> {
  readonly kind: 'object';
  readonly entries: readonly ObjectEntry<E>[];
}

export interface Unary<E> {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: E;
}

export interface Binary<E> {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: E;
  readonly right: E;
}

/** `a ? b : c`, or `a ?: c` without `then`. */
export interface Ternary<E> {
  readonly kind: 'ternary';
  readonly condition: E;
  readonly then: E | undefined;
  readonly otherwise: E;
}

export interface Call<E> {
  readonly kind: 'call';
  /** In upper case, with the `::` of a user function. */
  readonly name: string;
  readonly args: readonly E[];
}

export type Syntax =
  | Constant
  | Attribute<Syntax>
  | IndexAccess<Syntax>
  | ArrayLiteral<Syntax>
  | ObjectLiteral<Syntax>
  | Unary<Syntax>
  | Binary<Syntax>
  | Ternary<Syntax>
  | Call<Syntax>
  /** A variable or a collection. */
  | { readonly kind: 'name'; readonly name: string; readonly position: number; readonly shorthand?: true }
  /** `@name`, or `@@name` for a collection. */
  | { readonly kind: 'parameter'; readonly name: string; readonly ofCollection: boolean }
  /** `base.@name` */
  | { readonly kind: 'boundAttribute'; readonly base: Syntax; readonly parameter: string }
  | { readonly kind: 'subquery'; readonly query: QuerySyntax }
  /** The current element, in `rest`. */
  | { readonly kind: 'element' }
  /** `base[*]` or `base[* FILTER filter]`. `rest` is the access after it, which is applied to each element. */
  | {
      readonly kind: 'expansion';
      readonly base: Syntax;
      readonly filter: Syntax | undefined;
      readonly rest: Syntax;
    }
  /** An expansion in parentheses. An access after it applies to the array, not to each element. */
  | { readonly kind: 'parenthesized'; readonly inner: Syntax };

/** A collection by name or by bind parameter: `@@c`, or `@c` where only a collection is allowed. */
export type CollectionSyntax =
  { readonly kind: 'named'; readonly name: string } | { readonly kind: 'bound'; readonly parameter: string };

export interface EdgeCollectionSyntax {
  readonly collection: CollectionSyntax;
  readonly direction: EdgeDirection | undefined;
}

export type GraphSyntax =
  | { readonly kind: 'graph'; readonly name: Syntax }
  | { readonly kind: 'edges'; readonly collections: readonly EdgeCollectionSyntax[] };

export interface Assignment {
  readonly name: string;
  readonly value: Syntax;
}

export interface AggregateSyntax {
  readonly name: string;
  /** In upper case. */
  readonly function: string;
  readonly args: readonly Syntax[];
}

export interface CollectSyntax {
  readonly kind: 'collect';
  readonly groups: readonly Assignment[];
  readonly aggregates: readonly AggregateSyntax[];
  readonly countInto: string | undefined;
  readonly into: { readonly name: string; readonly value: Syntax | undefined } | undefined;
  readonly keep: readonly string[] | undefined;
  readonly options: Syntax | undefined;
}

interface WriteTarget {
  readonly collection: CollectionSyntax;
  readonly options: Syntax | undefined;
}

export type StatementSyntax =
  | {
      readonly kind: 'for';
      readonly variable: string;
      readonly source: Syntax;
      readonly options: Syntax | undefined;
    }
  | {
      readonly kind: 'traversal';
      readonly variables: readonly string[];
      readonly depth: Syntax | undefined;
      readonly direction: EdgeDirection;
      readonly start: Syntax;
      readonly graph: GraphSyntax;
      readonly prune: Syntax | undefined;
      readonly options: Syntax | undefined;
    }
  | { readonly kind: 'filter'; readonly condition: Syntax }
  | { readonly kind: 'let'; readonly name: string; readonly value: Syntax }
  | { readonly kind: 'sort'; readonly keys: readonly { readonly value: Syntax; readonly direction: Syntax }[] }
  | { readonly kind: 'limit'; readonly offset: Syntax | undefined; readonly count: Syntax }
  | CollectSyntax
  | ({ readonly kind: 'insert'; readonly document: Syntax } & WriteTarget)
  | ({
      readonly kind: 'update' | 'replace';
      readonly key: Syntax | undefined;
      readonly document: Syntax;
    } & WriteTarget)
  | ({ readonly kind: 'remove'; readonly key: Syntax } & WriteTarget)
  | ({
      readonly kind: 'upsert';
      readonly search: Syntax;
      readonly insert: Syntax;
      readonly operation: 'update' | 'replace';
      readonly document: Syntax;
    } & WriteTarget)
  | { readonly kind: 'return'; readonly value: Syntax; readonly distinct: boolean };

export interface QuerySyntax {
  readonly statements: readonly StatementSyntax[];
}

export interface ParsedQuery extends QuerySyntax {
  readonly text: string;
  readonly withCollections: readonly CollectionSyntax[];
  /** Names of all bind parameters, in order of appearance. Those of collections begin with `@`. */
  readonly parameters: readonly string[];
}
