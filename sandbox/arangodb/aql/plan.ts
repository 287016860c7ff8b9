import type { IndexDescription } from '../storage/types';
import type {
  ArrayLiteral,
  Attribute,
  Binary,
  Call,
  Constant,
  Direction,
  IndexAccess,
  Inline,
  ObjectLiteral,
  PathSearchName,
  Quantified,
  Quantifier,
  Ternary,
  Unary,
} from './ast';

/** A variable of the query; `slot` is its place in the row that all steps share. */
export interface Variable {
  readonly name: string;
  readonly slot: number;
}

/** `base[*]` and what follows it; `element` holds the element at hand. */
export interface Expansion {
  readonly kind: 'expansion';
  readonly base: Expression;
  readonly levels: number;
  readonly element: Variable;
  readonly inline: Inline<Expression>;
  readonly rest: Expression;
}

/** `base[? quantifier FILTER condition]` */
export interface Matching {
  readonly kind: 'matching';
  readonly base: Expression;
  readonly element: Variable;
  readonly quantifier: Quantifier<Expression> | undefined;
  readonly filter: Expression | undefined;
}

export interface VariableReference {
  readonly kind: 'variable';
  readonly variable: Variable;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly block: Block;
}

/** An expression whose names are variables and collections, and whose bind parameters are constants. */
export type Expression =
  | Constant
  | Attribute<Expression>
  | IndexAccess<Expression>
  | ArrayLiteral<Expression>
  | ObjectLiteral<Expression>
  | Unary<Expression>
  | Binary<Expression>
  | Quantified<Expression>
  | Ternary<Expression>
  | Call<Expression>
  | Expansion
  | Matching
  | VariableReference
  | Subquery
  /** A collection used as a value: the array of its documents, or its name for functions that take one. */
  | { readonly kind: 'collection'; readonly name: string };

/** One value of an index field: a single one, or each element of an array (`IN`). */
export interface LookupValue {
  readonly expression: Expression;
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
      readonly lower: Bound | undefined;
      readonly upper: Bound | undefined;
      readonly reverse: boolean;
      /** The edge index looks at one end of an edge. */
      readonly edgeEnd: '_from' | '_to' | undefined;
      /** The vertex at `_to` if that is known as well: the end with fewer edges is looked up. */
      readonly otherEnd: Expression | undefined;
      /** The primary index takes keys, or ids of this collection. */
      readonly byId: boolean;
    }
  /** Documents that any of the branches finds, each once. */
  | { readonly kind: 'union'; readonly branches: readonly Access[] };

export interface ForList {
  readonly kind: 'forList';
  readonly variable: Variable;
  readonly list: Expression;
}

export interface ForCollection {
  readonly kind: 'forCollection';
  readonly variable: Variable;
  readonly collection: string;
  readonly access: Access;
  readonly hint?: IndexHint;
}

/** What a client wants of a loop's choice among indexes. */
export interface IndexHint {
  /** Names of indexes, the best first. */
  readonly names: readonly string[];
  /** Refuse the query (1577) if none of them can be used. */
  readonly forced: boolean;
  /** Use no index at all. */
  readonly disabled: boolean;
}

export interface EdgeCollection {
  readonly name: string;
  readonly direction: Direction;
}

/** The edges that a traversal follows; of a named graph they are looked up when the query starts. */
export interface GraphStep {
  readonly edges: readonly EdgeCollection[];
  readonly graph: string | undefined;
}

export interface TraversalOptions {
  readonly order: 'dfs' | 'bfs' | 'weighted';
  readonly uniqueVertices: 'none' | 'path' | 'global';
  readonly uniqueEdges: 'none' | 'path';
  readonly edgeCollections: ReadonlySet<string> | undefined;
  readonly vertexCollections: ReadonlySet<string> | undefined;
  readonly weightAttribute: string | undefined;
  readonly defaultWeight: number;
}

export interface Traversal extends GraphStep {
  readonly kind: 'traversal';
  readonly vertex: Variable;
  readonly edge: Variable | undefined;
  readonly path: Variable | undefined;
  readonly minimum: number;
  readonly maximum: number;
  readonly direction: Direction;
  readonly start: Expression;
  readonly prune: { readonly variable: Variable | undefined; readonly condition: Expression } | undefined;
  readonly options: TraversalOptions;
}

/** A search for paths between two vertices. */
export interface PathEnds extends GraphStep {
  readonly direction: Direction;
  readonly from: Expression;
  readonly to: Expression;
  readonly options: TraversalOptions;
}

export interface ShortestPath extends PathEnds {
  readonly kind: 'shortestPath';
  readonly vertex: Variable;
  readonly edge: Variable | undefined;
}

/** K_PATHS and its like: whole paths. */
export interface PathSearch extends PathEnds {
  readonly kind: 'paths';
  readonly search: PathSearchName;
  readonly path: Variable;
  /** Edges at least and at most; K_PATHS only. */
  readonly minimum: number;
  readonly maximum: number;
}

/** A number of rows or a distance (perhaps infinite), or an ISO 8601 duration. */
export type WindowBound = number | string;

/** WINDOW: aggregates over the rows around each row. */
export interface Window {
  readonly kind: 'window';
  /** Without it the bounds count rows. */
  readonly range: Expression | undefined;
  readonly preceding: WindowBound;
  readonly following: WindowBound;
  readonly aggregates: readonly Aggregate[];
}

export interface Filter {
  readonly kind: 'filter';
  readonly condition: Expression;
}

export interface Let {
  readonly kind: 'let';
  readonly variable: Variable;
  readonly value: Expression;
}

export interface SortKey {
  readonly value: Expression;
  readonly descending: boolean;
}

export interface Sort {
  readonly kind: 'sort';
  readonly keys: readonly SortKey[];
}

export interface Limit {
  readonly kind: 'limit';
  readonly offset: number;
  readonly count: number;
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
  /** The group's rows: values of an expression, or objects of the named variables. */
  readonly into:
    | { readonly variable: Variable; readonly value: Expression | undefined; readonly members: readonly Variable[] }
    | undefined;
}

export interface ModificationOptions {
  readonly ignoreErrors: boolean;
  readonly ignoreRevs: boolean;
  readonly keepNull: boolean;
  readonly mergeObjects: boolean;
  readonly overwriteMode: 'conflict' | 'ignore' | 'replace' | 'update';
  readonly readOwnWrites: boolean;
  readonly skipDocumentValidation: boolean;
  readonly versionAttribute: string | undefined;
}

export interface Modification {
  readonly kind: 'insert' | 'update' | 'replace' | 'remove';
  readonly collection: string;
  /** What names the document; absent if `document` itself does. */
  readonly key: Expression | undefined;
  /** The new document or patch; absent in a removal. */
  readonly document: Expression | undefined;
  readonly options: ModificationOptions;
  readonly oldVariable: Variable | undefined;
  readonly newVariable: Variable | undefined;
}

export interface Upsert {
  readonly kind: 'upsert';
  readonly collection: string;
  /** Finds the document: a loop over the collection, and filters. */
  readonly lookup: Block;
  readonly insert: Expression;
  readonly operation: 'update' | 'replace';
  readonly document: Expression;
  readonly options: ModificationOptions;
  readonly oldVariable: Variable;
  readonly newVariable: Variable | undefined;
}

export interface Return {
  readonly kind: 'return';
  readonly value: Expression;
  readonly distinct: boolean;
}

export type Step =
  | ForList
  | ForCollection
  | Traversal
  | ShortestPath
  | PathSearch
  | Window
  | Filter
  | Let
  | Sort
  | Limit
  | Collect
  | Modification
  | Upsert
  | Return;

/** The steps of a query or subquery. Without a final Return it gives no rows. */
export interface Block {
  steps: Step[];
}

export interface ResolvedQuery {
  readonly text: string;
  readonly block: Block;
  /** Number of slots in a row. */
  readonly slots: number;
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Of options that do not exist. */
  readonly warnings: readonly string[];
}

/** Names of what was done, as the server's explain gives them. */
export type Rule =
  'move-filters-up' | 'move-calculations-up' | 'use-indexes' | 'use-index-for-sort' | 'remove-filter-covered-by-index';
