import type { GraphSyntax, StatementSyntax, Syntax } from './ast';
import { queryFailure } from './failure';
import { traversalOptions } from './options';
import type { GraphStep, Step, Variable } from './plan';
import { ExpressionResolver } from './resolveExpression';

/** Resolves traversals. Other statements are resolved by the class that extends this one. */
export abstract class GraphResolver extends ExpressionResolver {
  protected traversal(statement: StatementSyntax & { kind: 'traversal' }): Step {
    this.order.readsAnything('traversal');
    const [minimum, maximum] = this.depth(statement.depth);
    const start = this.resolve(statement.start);
    const graph = this.graph(statement.graph, statement.direction);
    this.scope.startLoop();
    const [vertex, edge, path] = statement.variables.map((name) => this.scope.declare(name));
    const prune = statement.prune === undefined ? undefined : this.resolve(statement.prune);
    return {
      kind: 'traversal',
      vertex: vertex as Variable,
      edge,
      path,
      minimum,
      maximum,
      direction: statement.direction,
      start,
      ...graph,
      prune,
      options: traversalOptions(this.optionsOf(statement.options, 'TRAVERSAL')),
    };
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

  private graph(syntax: GraphSyntax, direction: GraphStep['edges'][number]['direction']): GraphStep {
    if (syntax.kind === 'edges') {
      const edges = syntax.collections.map((one) => {
        const name = this.existing(this.bindings.collection(one.collection));
        this.order.reads(name);
        return { name, direction: one.direction ?? direction };
      });
      for (const { name, direction: side } of edges) {
        if (edges.every((other) => other.name !== name || other.direction === side)) continue;
        throw queryFailure(1218, `conflicting directions specified for collection '${name}'`, 'parsing');
      }
      return { edges, graph: undefined };
    }
    const name = this.resolve(syntax.name);
    if (name.kind === 'constant' && typeof name.value === 'string') return { edges: [], graph: name.value };
    throw queryFailure(1553, 'bind parameter has an invalid value or type: the name of a graph', 'parsing');
  }
}
