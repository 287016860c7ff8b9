import type { IndexDescription } from '../storage/types';
import type { View } from '../storage/view';
import type { Access, Block, ResolvedQuery, Rule, Step, Traversal } from './plan';
import { subqueriesOf } from './references';

/** A node of an explained plan. Subqueries are between SubqueryStartNode and SubqueryEndNode. */
export interface PlanNode {
  readonly type: string;
  readonly id: number;
  readonly dependencies: readonly number[];
  readonly [detail: string]: unknown;
}

/** Describes an optimized query in ArangoDB's terms: how documents are found. It has no costs. */
export function describePlan(query: ResolvedQuery, rules: readonly Rule[], view: View) {
  const description = new Description(view);
  description.node('SingletonNode');
  description.block(query.block);
  return {
    nodes: description.nodes,
    rules,
    collections: [
      ...query.read.filter((name) => !query.write.includes(name)).map((name) => ({ name, type: 'read' })),
      ...query.write.map((name) => ({ name, type: 'write' })),
    ],
    isModificationQuery: query.write.length > 0,
  };
}

/** `collect` is a CollectNode. */
const nodeTypeOf = (kind: Step['kind']): string =>
  kind === 'forList' ? 'EnumerateListNode' : `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Node`;

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
      // The subqueries in a step's expressions run before the step.
      for (const inner of step.kind === 'upsert' ? [step.lookup] : subqueriesOf(step)) this.subquery(inner);
      this.step(step);
    }
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
        return this.node(nodeTypeOf(step.kind), 'collection' in step ? { collection: step.collection } : {});
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
    this.node('IndexNode', { ...loop, indexes, reverse: access.kind === 'index' && access.reverse === true });
  }
}

function indexesOf(access: Access): IndexDescription[] {
  if (access.kind === 'union') return access.branches.flatMap(indexesOf);
  return access.kind === 'index' ? [access.index] : [];
}

function describeIndex(collection: string, index: IndexDescription) {
  const { name, type, unique, sparse } = index;
  const fields = index.fields.map(({ text }) => text);
  const selectivityEstimate = index.selectivity();
  return { id: `${collection}/${index.id}`, name, type, fields, unique, sparse, selectivityEstimate };
}
