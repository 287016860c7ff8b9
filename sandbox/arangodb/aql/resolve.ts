import type { EdgeDirection } from '../storage/types';
import { isPlainObject } from '../values';
import type { CollectSyntax, GraphSyntax, ParsedQuery, QuerySyntax, StatementSyntax, Syntax } from './ast';
import type { Bindings } from './bindings';
import { queryFailure } from './failure';
import { functions } from './functions';
import { aggregateFunctions } from './functions/arrays';
import { idOf } from './functions/documents';
import { modificationOptions, traversalOptions } from './options';
import type { Aggregate, Block, Expression, ResolvedQuery, Step, Traversal, Variable } from './plan';
import { blockWrites } from './references';
import { constant, ExpressionResolver, unknownFunction, unsupported } from './resolveExpression';
import { Scope } from './scope';

/**
 * Turns a query's syntax into steps: resolves names, inserts bind values and checks calls. Throws 1203 for an unknown
 * collection, 1511 and 1512 for variables, 1540 and 1541 for functions, 1553 for bind values, 1575 for options, 1579
 * for the order of reads and writes.
 */
export function resolveQuery(
  query: ParsedQuery,
  bindings: Bindings,
  hasCollection: (name: string) => boolean,
): ResolvedQuery {
  return new QueryResolver(query, bindings, hasCollection).resolveQuery();
}

/** More collections in one query fail with 1522. */
const MAX_COLLECTIONS = 2048;

class QueryResolver extends ExpressionResolver {
  private steps: Step[] = [];
  private hasTraversals = false;

  resolveQuery(): ResolvedQuery {
    const declared = this.query.withCollections.map((syntax) => this.existing(this.bindings.collection(syntax)));
    const block = this.block(this.query);
    const write = [...this.order.write];
    const read = [...new Set([...declared, ...this.order.read])];
    if (new Set([...read, ...write]).size > MAX_COLLECTIONS)
      throw queryFailure(1522, 'too many collections/shards', 'parsing');
    const { hasTraversals, warnings, slots } = this;
    const exclusive = [...this.order.exclusive];
    return { text: this.query.text, block, slots: slots.count, hasTraversals, read, write, exclusive, warnings };
  }

  private block(query: QuerySyntax): Block {
    const outer = this.steps;
    const steps: Step[] = [];
    this.steps = steps;
    for (const statement of query.statements) {
      const step = this.statement(statement);
      if (step !== undefined) steps.push(step);
    }
    this.steps = outer;
    return { steps };
  }

  /** A subquery that writes runs exactly once, before its statement. ArangoDB runs one in a branch only if it is taken. */
  protected subquery(query: QuerySyntax): Expression {
    const outer = this.scope;
    this.scope = new Scope(this.slots, outer);
    const block = this.order.inSubquery(() => this.block(query));
    this.scope = outer;
    if (!blockWrites(block)) return { kind: 'subquery', block };
    if (this.branches > 0) throw unsupported('a write in an operand that is not always evaluated');
    const variable = this.slots.variable('');
    this.steps.push({ kind: 'let', variable, value: { kind: 'subquery', block } });
    return { kind: 'variable', variable };
  }

  private statement(statement: StatementSyntax): Step | undefined {
    switch (statement.kind) {
      case 'for':
        return this.loop(statement);
      case 'traversal':
        return this.traversal(statement);
      case 'filter':
        return { kind: 'filter', condition: this.resolve(statement.condition) };
      case 'let': {
        const value = this.resolve(statement.value);
        return { kind: 'let', variable: this.scope.declare(statement.name), value };
      }
      case 'sort':
        return this.sort(statement);
      case 'limit': {
        const offset = statement.offset === undefined ? 0 : this.limitValue(statement.offset, 0);
        return { kind: 'limit', offset, count: this.limitValue(statement.count, Infinity) };
      }
      case 'collect':
        return this.collect(statement);
      case 'upsert':
        return this.upsert(statement);
      case 'return':
        return { kind: 'return', value: this.resolve(statement.value), distinct: statement.distinct };
      default:
        return this.modification(statement);
    }
  }

  private loop(statement: StatementSyntax & { kind: 'for' }): Step {
    const collection = this.collectionIn(statement.source);
    const list = collection === undefined ? this.resolve(statement.source) : undefined;
    this.optionsOf(statement.options, 'FOR');
    this.scope.startLoop();
    const variable = this.scope.declare(statement.variable);
    if (list !== undefined) return { kind: 'forList', variable, list };
    return { kind: 'forCollection', variable, collection: collection ?? '', access: { kind: 'scan' } };
  }

  private sort(statement: StatementSyntax & { kind: 'sort' }): Step | undefined {
    const keys = statement.keys.map((key) => ({
      value: this.resolve(key.value),
      descending: this.isDescending(this.resolve(key.direction)),
    }));
    const variableKeys = keys.filter(({ value }) => value.kind !== 'constant');
    return variableKeys.length === 0 ? undefined : { kind: 'sort', keys: variableKeys };
  }

  private isDescending(direction: Expression): boolean {
    const value = direction.kind === 'constant' ? direction.value : undefined;
    if (typeof value === 'boolean') return !value;
    const text = typeof value === 'string' ? value.toUpperCase() : '';
    if (text === 'ASC' || text === 'DESC') return text === 'DESC';
    throw queryFailure(1501, "syntax error, sort direction must be 'ASC' or 'DESC'", 'parsing');
  }

  /** The offset or count of a LIMIT. `valueOfNull` is what null means: no offset, or no limit. */
  private limitValue(syntax: Syntax, valueOfNull: number): number {
    const value = this.number(syntax);
    if (value === undefined) {
      throw queryFailure(1504, 'LIMIT offset/count values must be constant numeric values', 'parsing');
    }
    if (value === null) return valueOfNull;
    if (typeof value !== 'number' || value < 0) throw queryFailure(1504, 'number out of range', 'parsing');
    return Math.trunc(value);
  }

  private collect(statement: CollectSyntax): Step {
    const members = this.scope.members();
    const ownVariables: Variable[] = [];
    // All expressions are resolved before the new variables are declared, because they cannot use them.
    const groupValues = statement.groups.map(({ value }) => this.resolve(value));
    this.undeclared = new Set([...statement.groups, ...statement.aggregates].map(({ name }) => name));
    const args = statement.aggregates.map((call) => this.aggregateArgument(call.function, call.args));
    const intoValue = statement.into?.value === undefined ? undefined : this.resolve(statement.into.value);
    this.undeclared = new Set();
    const declare = (name: string): Variable => {
      const variable = this.scope.declare(name);
      ownVariables.push(variable);
      return variable;
    };
    const groups = groupValues.map((value, i) => ({ variable: declare(statement.groups[i]?.name ?? ''), value }));
    const computed: Aggregate[] = statement.aggregates.map(({ name, function: called }, i) => {
      return { variable: declare(name), function: called, argument: args[i] };
    });
    if (statement.countInto !== undefined) {
      computed.push({ variable: declare(statement.countInto), function: 'LENGTH', argument: undefined });
    }
    const kept = statement.keep === undefined ? members : this.keptVariables(statement.keep);
    const into = statement.into && {
      variable: declare(statement.into.name),
      value: intoValue,
      members: intoValue === undefined ? kept : [],
    };
    this.optionsOf(statement.options, 'COLLECT');
    this.scope.collect(ownVariables);
    return { kind: 'collect', groups, aggregates: computed, into };
  }

  private keptVariables(names: readonly string[]): Variable[] {
    return names.map((name) => {
      const variable = this.scope.find(name);
      if (variable === undefined) throw queryFailure(1501, `use of unknown variable '${name}' for KEEP`, 'parsing');
      return variable;
    });
  }

  private aggregateArgument(name: string, args: readonly Syntax[]): Expression | undefined {
    if (!Object.hasOwn(aggregateFunctions, name)) {
      if (functions.has(name))
        throw queryFailure(1574, 'invalid aggregate expression: unknown aggregate function used', 'parsing');
      throw unknownFunction(name);
    }
    const counts = name === 'LENGTH' || name === 'COUNT';
    const [argument] = args;
    if (args.length > 1 || (argument === undefined && !counts)) {
      const expected = `minimum: ${counts ? 0 : 1}, maximum: 1`;
      const text = `invalid number of arguments for function '${name}()', expected number of arguments: ${expected}`;
      throw queryFailure(1541, text, 'parsing');
    }
    return argument === undefined ? undefined : this.resolve(argument);
  }

  private modification(statement: StatementSyntax & { kind: 'insert' | 'update' | 'replace' | 'remove' }): Step {
    const key = 'key' in statement && statement.key !== undefined ? this.resolve(statement.key) : undefined;
    const document = 'document' in statement ? this.resolve(statement.document) : undefined;
    const operation = statement.kind.toUpperCase() as Uppercase<typeof statement.kind>;
    const options = modificationOptions(this.optionsOf(statement.options, operation));
    const collection = this.existing(this.bindings.collection(statement.collection));
    this.order.writes(collection, options);
    const { kind } = statement;
    const hasOld = kind !== 'insert' || options.overwriteMode === 'replace' || options.overwriteMode === 'update';
    const oldVariable = hasOld ? this.scope.replace('OLD') : undefined;
    const newVariable = kind === 'remove' ? undefined : this.scope.replace('NEW');
    return { kind, collection, key, document, options, oldVariable, newVariable };
  }

  private upsert(statement: StatementSyntax & { kind: 'upsert' }): Step {
    const collection = this.existing(this.bindings.collection(statement.collection));
    const candidate = this.slots.variable('CURRENT');
    const conditions = this.upsertConditions(statement.search, candidate);
    const insert = this.resolve(statement.insert);
    const oldVariable = this.scope.replace('OLD');
    const document = this.resolve(statement.document);
    const options = modificationOptions(this.optionsOf(statement.options, 'UPSERT'));
    this.order.writes(collection, options);
    this.order.read.add(collection);
    const newVariable = this.scope.replace('NEW');
    const lookup: Block = {
      steps: [
        { kind: 'forCollection', variable: candidate, collection, access: { kind: 'scan' } },
        ...conditions.map((condition): Step => ({ kind: 'filter', condition })),
        { kind: 'limit', offset: 0, count: 1 },
        { kind: 'return', value: { kind: 'variable', variable: candidate }, distinct: false },
      ],
    };
    const { operation } = statement;
    return { kind: 'upsert', collection, lookup, insert, operation, document, options, oldVariable, newVariable };
  }

  private upsertConditions(syntax: Syntax, candidate: Variable): Expression[] {
    const search = this.resolve(syntax);
    const equal = (name: string, value: Expression): Expression => ({
      kind: 'binary',
      operator: '==',
      left: { kind: 'attribute', base: { kind: 'variable', variable: candidate }, name },
      right: value,
    });
    if (search.kind === 'constant' && isPlainObject(search.value)) {
      return Object.entries(search.value).map(([name, value]) => equal(name, constant(value)));
    }
    if (search.kind !== 'object') {
      const text = 'syntax error, UPSERT needs an object literal or a bind parameter to search for';
      throw queryFailure(1501, text, 'parsing');
    }
    return search.entries.map(({ name, value }) => {
      if (typeof name === 'string') return equal(name, value);
      throw queryFailure(1501, 'syntax error, UPSERT does not allow computed attribute names in its search', 'parsing');
    });
  }

  private traversal(statement: StatementSyntax & { kind: 'traversal' }): Step {
    this.order.readsAnything('traversal');
    this.hasTraversals = true;
    const [minimum, maximum] = this.depth(statement.depth);
    const start = this.resolve(statement.start);
    checkStart(statement.start, start);
    const graph = this.graph(statement.graph, statement.direction);
    this.scope.startLoop();
    const [vertex, edge, path] = statement.variables.map((name) => this.scope.declare(name));
    const variables = { vertex: vertex as Variable, edge, path };
    const { direction } = statement;
    const prune = statement.prune === undefined ? undefined : this.resolve(statement.prune);
    const options = traversalOptions(this.optionsOf(statement.options, 'TRAVERSAL'));
    return { kind: 'traversal', ...variables, minimum, maximum, direction, start, ...graph, prune, options };
  }

  /** The minimum and maximum depth: a number or a range that is known before the query runs. */
  private depth(syntax: Syntax | undefined): readonly [number, number] {
    if (syntax === undefined) return [1, 1];
    const isRange = syntax.kind === 'binary' && syntax.operator === '..';
    const ends = isRange ? [syntax.left, syntax.right] : [syntax, syntax];
    const [minimum, maximum] = ends.map((end) => {
      const value = this.number(end);
      return typeof value === 'number' ? Math.trunc(value) : -1;
    }) as [number, number];
    if (minimum >= 0 && maximum >= minimum) return [minimum, maximum];
    throw queryFailure(1501, 'syntax error, invalid traversal depth', 'parsing');
  }

  private graph(syntax: GraphSyntax, direction: EdgeDirection): Pick<Traversal, 'edges' | 'graph'> {
    if (syntax.kind === 'edges') {
      const directions = new Map<string, EdgeDirection>();
      for (const one of syntax.collections) {
        const name = this.existing(this.bindings.collection(one.collection));
        this.order.reads(name);
        const side = one.direction ?? direction;
        if ((directions.get(name) ?? side) !== side) {
          throw queryFailure(1218, `conflicting directions specified for collection '${name}'`, 'parsing');
        }
        directions.set(name, side);
      }
      return { edges: [...directions].map(([name, side]) => ({ name, direction: side })), graph: undefined };
    }
    const name = this.resolve(syntax.name);
    if (name.kind === 'constant' && typeof name.value === 'string') return { edges: [], graph: name.value };
    throw queryFailure(1553, 'bind parameter has an invalid value or type: the name of a graph', 'parsing');
  }
}

/** Throws 1501 for a literal or a bind value that can't be a vertex. Of other values, the traversal warns when it runs. */
function checkStart({ kind }: Syntax, start: Expression): void {
  if (start.kind !== 'constant' || !['constant', 'parameter', 'object', 'unary'].includes(kind)) return;
  if (Array.isArray(start.value) || idOf(start.value) !== undefined) return;
  const text = 'invalid start vertex. Must either be an _id string or an object with _id.';
  throw queryFailure(1501, text, 'instantiating plan');
}
