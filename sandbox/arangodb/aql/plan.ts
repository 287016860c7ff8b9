import type { EdgeDirection, IndexDescription } from '../storage/types';
import type {
  ArrayLiteral,
  Attribute,
  Binary,
  Call,
  Constant,
  IndexAccess,
  ObjectLiteral,
  Ternary,
  Unary,
} from './ast';

export interface QueryWarning {
  readonly code: number;
  readonly message: string;
}

/** A variable of the query. */
export interface Variable {
  readonly name: string;
  /** Its position in the row that all steps share. */
  readonly slot: number;
}

/** `base[* FILTER filter]` and the accesses after it. `element` is the current element. */
export interface Expansion {
  readonly kind: 'expansion';
  readonly base: Expression;
  readonly element: Variable;
  readonly filter: Expression | undefined;
  readonly rest: Expression;
}

/** A resolved expression: names are variables, bind parameters are constants. */
export type Expression =
  | Constant
  | Attribute<Expression>
  | IndexAccess<Expression>
  | ArrayLiteral<Expression>
  | ObjectLiteral<Expression>
  | Unary<Expression>
  | Binary<Expression>
  | Ternary<Expression>
  | Call<Expression>
  | Expansion
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'subquery'; readonly block: Block };

/** The value with which an index field is looked up. */
export interface LookupValue {
  readonly expression: Expression;
  /** The field is looked up with each element of an array (`IN`). */
  readonly many: boolean;
}

export interface Bound {
  readonly expression: Expression;
  readonly inclusive: boolean;
}

/** How the documents of a collection are found. */
export type Access =
  | { readonly kind: 'scan' }
  | {
      readonly kind: 'index';
      readonly index: IndexDescription;
      readonly equal: readonly LookupValue[];
      readonly lower?: Bound | undefined;
      readonly upper?: Bound | undefined;
      readonly reverse?: boolean;
      /** The first attribute that is looked up: `_key` or `_id`, and `_from` or `_to`, have the same index. */
      readonly attribute: string;
      /** The value of `_to`, if it is known too. The vertex with fewer edges is looked up. */
      readonly otherEnd?: Expression;
    }
  /** Documents that one of the branches finds. Each is returned once. */
  | { readonly kind: 'union'; readonly branches: readonly Access[] };

export interface TraversalOptions {
  readonly order: 'dfs' | 'bfs';
  readonly uniqueVertices: 'none' | 'path' | 'global';
  readonly uniqueEdges: 'none' | 'path';
}

export interface Traversal {
  readonly kind: 'traversal';
  /** Empty for a named graph, whose edge collections are looked up when the query starts. */
  readonly edges: readonly { readonly name: string; readonly direction: EdgeDirection }[];
  /** Name of the graph. */
  readonly graph: string | undefined;
  readonly vertex: Variable;
  readonly edge: Variable | undefined;
  readonly path: Variable | undefined;
  readonly minimum: number;
  readonly maximum: number;
  readonly direction: EdgeDirection;
  readonly start: Expression;
  readonly prune: Expression | undefined;
  readonly options: TraversalOptions;
}

export interface SortKey {
  readonly value: Expression;
  readonly descending: boolean;
}

export interface Aggregate {
  readonly variable: Variable;
  readonly function: string;
  readonly argument: Expression | undefined;
}

export interface Collect {
  readonly kind: 'collect';
  readonly groups: readonly { readonly variable: Variable; readonly value: Expression }[];
  readonly aggregates: readonly Aggregate[];
  /** The rows of a group: values of an expression, or objects with the given variables. */
  readonly into:
    | { readonly variable: Variable; readonly value: Expression | undefined; readonly members: readonly Variable[] }
    | undefined;
}

export interface ModificationOptions {
  readonly exclusive: boolean;
  readonly ignoreErrors: boolean;
  readonly ignoreRevs: boolean;
  readonly keepNull: boolean;
  readonly mergeObjects: boolean;
  readonly overwriteMode: 'conflict' | 'ignore' | 'replace' | 'update';
  readonly readOwnWrites: boolean;
}

export interface Modification {
  readonly kind: 'insert' | 'update' | 'replace' | 'remove';
  readonly collection: string;
  /** Selects the document. Absent if `document` contains the key. */
  readonly key: Expression | undefined;
  /** The new document or patch. Absent in a removal. */
  readonly document: Expression | undefined;
  readonly options: ModificationOptions;
  readonly oldVariable: Variable | undefined;
  readonly newVariable: Variable | undefined;
}

export interface Upsert {
  readonly kind: 'upsert';
  readonly collection: string;
  /** Finds the document: a loop over the collection with filters. */
  readonly lookup: Block;
  readonly insert: Expression;
  readonly operation: 'update' | 'replace';
  readonly document: Expression;
  readonly options: ModificationOptions;
  readonly oldVariable: Variable;
  readonly newVariable: Variable | undefined;
}

export type Step =
  | { readonly kind: 'forList'; readonly variable: Variable; readonly list: Expression }
  | {
      readonly kind: 'forCollection';
      readonly variable: Variable;
      readonly collection: string;
      readonly access: Access;
    }
  | { readonly kind: 'filter'; readonly condition: Expression }
  | { readonly kind: 'let'; readonly variable: Variable; readonly value: Expression }
  | { readonly kind: 'sort'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'limit'; readonly offset: number; readonly count: number }
  | { readonly kind: 'return'; readonly value: Expression; readonly distinct: boolean }
  | Traversal
  | Collect
  | Modification
  | Upsert;

/** A step of one kind. */
export type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** The steps of a query or subquery. Without a final Return, it has no result rows. */
export interface Block {
  steps: Step[];
}

export interface ResolvedQuery {
  readonly text: string;
  readonly block: Block;
  /** Number of slots in a row. */
  readonly slots: number;
  readonly hasTraversals: boolean;
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Those of the written collections that no one else may write meanwhile. */
  readonly exclusive: readonly string[];
  /** Warnings about unknown options and constant expressions. */
  readonly warnings: readonly QueryWarning[];
}

/** Names of optimizer rules, as in ArangoDB's explain. */
export type Rule =
  'move-filters-up' | 'move-calculations-up' | 'use-indexes' | 'use-index-for-sort' | 'remove-filter-covered-by-index';
