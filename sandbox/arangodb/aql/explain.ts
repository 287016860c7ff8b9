import type { DataView, IndexDescription } from '../storage/types';
import type { Access, Block, Expression, GraphStep, ResolvedQuery, Rule, Step, Variable } from './plan';
import { assignedBy, expressionsOf, walk } from './references';

/** A node of an explained plan. Subqueries are between SubqueryStartNode and SubqueryEndNode. */
export interface PlanNode {
  readonly type: string;
  readonly id: number;
  readonly dependencies: readonly number[];
  readonly estimatedCost: number;
  readonly estimatedNrItems: number;
  readonly [detail: string]: unknown;
}

export interface ExplainedPlan {
  readonly nodes: readonly PlanNode[];
  readonly rules: readonly Rule[];
  readonly collections: readonly { readonly name: string; readonly type: 'read' | 'write' }[];
  readonly variables: readonly { readonly id: number; readonly name: string }[];
  readonly estimatedCost: number;
  readonly estimatedNrItems: number;
  readonly isModificationQuery: boolean;
}

/** Describes an optimized query in ArangoDB's terms. */
export function describePlan(query: ResolvedQuery, rules: readonly Rule[], view: DataView): ExplainedPlan {
  const description = new Description(view);
  description.node('SingletonNode');
  description.block(query.block);
  const { cost } = description;
  return {
    nodes: description.nodes,
    rules,
    collections: [
      ...query.read.filter((name) => !query.write.includes(name)).map((name) => ({ name, type: 'read' as const })),
      ...query.write.map((name) => ({ name, type: 'write' as const })),
    ],
    variables: [...description.variables].map(({ slot, name }) => ({ id: slot, name })),
    estimatedCost: cost,
    estimatedNrItems: description.items,
    isModificationQuery: query.write.length > 0,
  };
}

const modificationNodes = {
  insert: 'InsertNode',
  update: 'UpdateNode',
  replace: 'ReplaceNode',
  remove: 'RemoveNode',
} as const;

class Description {
  readonly nodes: PlanNode[] = [];
  readonly variables = new Set<Variable>();
  items = 1;
  cost = 1;

  constructor(private readonly view: DataView) {}

  node(type: string, details: Readonly<Record<string, unknown>> = {}): void {
    const previous = this.nodes.at(-1);
    this.cost += this.items;
    this.nodes.push({
      type,
      dependencies: previous === undefined ? [] : [previous.id],
      id: this.nodes.length + 1,
      estimatedCost: this.cost,
      estimatedNrItems: this.items,
      ...details,
    });
  }

  block(block: Block): void {
    for (const step of block.steps) {
      this.subqueries(step);
      this.step(step);
      for (const variable of assignedBy(step)) this.variables.add(variable);
    }
  }

  /** Describes the subqueries in a step's expressions, which run before the step. */
  private subqueries(step: Step): void {
    if (step.kind === 'upsert') return this.subquery(step.lookup);
    for (const expression of expressionsOf(step)) this.subqueriesIn(expression);
  }

  private subqueriesIn(expression: Expression): void {
    const described = new Set<Block>();
    walk(expression, (part) => {
      if (part.kind !== 'subquery' || described.has(part.block)) return;
      this.subquery(part.block);
      // A subquery is described together with the subqueries in it, which the walk visits again.
      for (const step of part.block.steps) {
        for (const inner of expressionsOf(step)) {
          walk(inner, (nested) => nested.kind === 'subquery' && described.add(nested.block));
        }
      }
    });
  }

  private subquery(block: Block): void {
    const outerItems = this.items;
    this.node('SubqueryStartNode');
    this.block(block);
    this.items = outerItems;
    this.node('SubqueryEndNode');
  }

  private step(step: Step): void {
    switch (step.kind) {
      case 'forList':
        this.items *= 100;
        return this.node('EnumerateListNode', { outVariable: named(step.variable) });
      case 'forCollection':
        return this.collectionLoop(step.collection, step.variable, step.access);
      case 'traversal':
      case 'shortestPath':
        this.items *= 10;
        return this.node(step.kind === 'traversal' ? 'TraversalNode' : 'ShortestPathNode', {
          ...(step.kind === 'traversal' && { minMaxDepth: `${step.minimum}..${step.maximum}` }),
          ...(step.graph !== undefined && { graph: step.graph }),
          edgeCollections: this.edgeNames(step),
          directions: step.edges.map(({ direction }) => direction),
          indexes: this.edgeNames(step).flatMap((name) =>
            this.view
              .indexes(name)
              .filter(({ type }) => type === 'edge')
              .map((index) => describeIndex(name, index)),
          ),
          options: {
            order: step.options.order,
            uniqueVertices: step.options.uniqueVertices,
            uniqueEdges: step.options.uniqueEdges,
          },
        });
      case 'paths':
        this.items *= 10;
        return this.node('EnumeratePathsNode', {
          pathType: step.search,
          ...(step.graph !== undefined && { graph: step.graph }),
          edgeCollections: this.edgeNames(step),
          directions: step.edges.map(({ direction }) => direction),
        });
      case 'window':
        return this.node('WindowNode', {
          aggregates: step.aggregates.map((aggregate) => ({
            outVariable: named(aggregate.variable),
            type: aggregate.function,
          })),
        });
      case 'filter':
        this.items = Math.max(1, this.items / 2);
        return this.node('FilterNode');
      case 'let':
        return step.value.kind === 'subquery'
          ? undefined
          : this.node('CalculationNode', { outVariable: named(step.variable) });
      case 'sort':
        return this.node('SortNode', { elements: step.keys.map(({ descending }) => ({ ascending: !descending })) });
      case 'limit':
        this.items = Math.min(this.items, step.count);
        return this.node('LimitNode', { offset: step.offset, limit: step.count });
      case 'collect':
        return this.node('CollectNode', {
          groups: step.groups.map(({ variable }) => named(variable)),
          aggregates: step.aggregates.map((aggregate) => ({
            outVariable: named(aggregate.variable),
            type: aggregate.function,
          })),
        });
      case 'insert':
      case 'update':
      case 'replace':
      case 'remove':
        return this.node(modificationNodes[step.kind], {
          collection: step.collection,
          modificationFlags: step.options,
        });
      case 'upsert':
        return this.node('UpsertNode', { collection: step.collection, isReplace: step.operation === 'replace' });
      case 'return':
        return this.node('ReturnNode');
    }
  }

  private edgeNames(step: GraphStep): readonly string[] {
    return step.graph === undefined ? step.edges.map(({ name }) => name) : this.view.graphEdgeCollections(step.graph);
  }

  private collectionLoop(collection: string, variable: Variable, access: Access): void {
    const outVariable = named(variable);
    const count = this.view.count(collection);
    if (access.kind === 'scan') {
      this.items *= Math.max(1, count);
      return this.node('EnumerateCollectionNode', { collection, outVariable, indexHint: { type: 'none' } });
    }
    const used = indexesOf(access);
    this.items *= Math.max(1, Math.min(count, used.length));
    this.node('IndexNode', {
      collection,
      outVariable,
      indexes: used.map((index) => describeIndex(collection, index)),
      reverse: access.kind === 'index' && access.reverse,
    });
  }
}

function named(variable: Variable): { id: number; name: string } {
  return { id: variable.slot, name: variable.name };
}

function indexesOf(access: Access): IndexDescription[] {
  switch (access.kind) {
    case 'scan':
      return [];
    case 'index':
      return [access.index];
    case 'union':
      return access.branches.flatMap(indexesOf);
  }
}

function describeIndex(collection: string, index: IndexDescription) {
  return {
    id: `${collection}/${index.id}`,
    name: index.name,
    type: index.type,
    fields: index.fields.map(({ text }) => text),
    unique: index.unique,
    sparse: index.sparse,
    selectivityEstimate: index.selectivity,
  };
}
