import type { IndexDescription } from '../storage/types';
import type { View } from '../storage/view';
import type { Access, Block, Expression, ResolvedQuery, Rule, Step, Traversal } from './plan';
import { expressionsOf, walk } from './references';

/** A node of an explained plan. Subqueries are between SubqueryStartNode and SubqueryEndNode. */
export interface PlanNode {
  readonly type: string;
  readonly id: number;
  readonly dependencies: readonly number[];
  readonly [detail: string]: unknown;
}

/** The part of ArangoDB's plan about how documents are found. It has no costs. */
export interface ExplainedPlan {
  readonly nodes: readonly PlanNode[];
  readonly rules: readonly Rule[];
  readonly collections: readonly { readonly name: string; readonly type: 'read' | 'write' }[];
  readonly isModificationQuery: boolean;
}

/** Describes an optimized query in ArangoDB's terms. */
export function describePlan(query: ResolvedQuery, rules: readonly Rule[], view: View): ExplainedPlan {
  const description = new Description(view);
  description.node('SingletonNode');
  description.block(query.block);
  return {
    nodes: description.nodes,
    rules,
    collections: [
      ...query.read.filter((name) => !query.write.includes(name)).map((name) => ({ name, type: 'read' as const })),
      ...query.write.map((name) => ({ name, type: 'write' as const })),
    ],
    isModificationQuery: query.write.length > 0,
  };
}

const nodeTypes: Readonly<Record<Exclude<Step['kind'], 'forCollection' | 'traversal' | 'let'>, string>> = {
  forList: 'EnumerateListNode',
  filter: 'FilterNode',
  sort: 'SortNode',
  limit: 'LimitNode',
  collect: 'CollectNode',
  insert: 'InsertNode',
  update: 'UpdateNode',
  replace: 'ReplaceNode',
  remove: 'RemoveNode',
  upsert: 'UpsertNode',
  return: 'ReturnNode',
};

class Description {
  readonly nodes: PlanNode[] = [];

  constructor(private readonly view: View) {}

  node(type: string, details: Readonly<Record<string, unknown>> = {}): void {
    const previous = this.nodes.at(-1);
    const dependencies = previous === undefined ? [] : [previous.id];
    this.nodes.push({ type, dependencies, id: this.nodes.length + 1, ...details });
  }

  block(block: Block): void {
    for (const step of block.steps) {
      if (step.kind === 'upsert') this.subquery(step.lookup);
      else for (const expression of expressionsOf(step)) this.subqueriesIn(expression);
      this.step(step);
    }
  }

  /** Describes the subqueries in a step's expressions, which run before the step. */
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
    this.node('SubqueryStartNode');
    this.block(block);
    this.node('SubqueryEndNode');
  }

  private step(step: Step): void {
    switch (step.kind) {
      case 'forCollection':
        return this.collectionLoop(step.collection, step.variable.name, step.access);
      case 'traversal':
        return this.traversal(step);
      case 'let':
        if (step.value.kind !== 'subquery') this.node('CalculationNode', { outVariable: { name: step.variable.name } });
        return;
      default:
        return this.node(nodeTypes[step.kind], 'collection' in step ? { collection: step.collection } : {});
    }
  }

  private traversal(step: Traversal): void {
    const { graph } = step;
    const edges = graph === undefined ? step.edges.map(({ name }) => name) : this.view.graphEdgeCollections(graph);
    this.node('TraversalNode', {
      minMaxDepth: `${step.minimum}..${step.maximum}`,
      ...(graph !== undefined && { graph }),
      edgeCollections: edges,
      options: step.options,
    });
  }

  private collectionLoop(collection: string, name: string, access: Access): void {
    const loop = { collection, outVariable: { name } };
    if (access.kind === 'scan') return this.node('EnumerateCollectionNode', loop);
    const indexes = indexesOf(access).map((index) => describeIndex(collection, index));
    this.node('IndexNode', { ...loop, indexes, reverse: access.kind === 'index' && access.reverse });
  }
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
  const { id, name, type, fields, unique, sparse, selectivity } = index;
  return {
    id: `${collection}/${id}`,
    name,
    type,
    fields: fields.map(({ text }) => text),
    unique,
    sparse,
    selectivityEstimate: selectivity,
  };
}
