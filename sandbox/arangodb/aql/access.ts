import type { IndexDescription, IndexField } from '../storage/types';
import type { View } from '../storage/view';
import {
  coversField,
  excludesNull,
  isPlainPath,
  operandsOf,
  pathCondition,
  pathOf,
  type PathCondition,
  type LoopContext,
} from './conditions';
import type { Access, Bound, Expression, Rule, SortKey, Step, StepOf, Variable } from './plan';
import { assignedBy, isMovable } from './references';

interface AccessChoice {
  readonly steps: Step[];
  readonly rules: readonly Rule[];
}

/** One way to find the documents of a loop. */
interface Candidate {
  readonly access: Access;
  /** Conditions that need not be checked again. */
  readonly covered: readonly Expression[];
  readonly cost: number;
  /** Whether scanning the index, in which direction, makes the following sort unnecessary. */
  readonly sorts: 'no' | 'forwards' | 'backwards';
}

/** Assumed length of a list on the right of IN that is known only at run time. */
const ASSUMED_LIST_LENGTH = 10;

/** Chooses indexes for the loop at position `at` in a block, by the filters and the sort after it. */
export function chooseAccess(steps: readonly Step[], at: number, view: View): AccessChoice | undefined {
  const loop = steps[at] as StepOf<'forCollection'>;
  const { conditions, sort, sortAt } = filtersAndSortAfter(steps, at);
  const context = loopContext(steps, at, loop.variable);
  const sortKeys =
    sort === undefined || steps.slice(0, at).some((step) => step.kind !== 'let' && step.kind !== 'filter')
      ? undefined
      : sort;
  const best = choose(loop.collection, conditions, context, sortKeys, view);
  if (best === undefined) return undefined;
  const rules: Rule[] = ['use-indexes'];
  const covered = new Set(best.covered);
  const replacesSort = best.sorts !== 'no';
  if (covered.size > 0) rules.push('remove-filter-covered-by-index');
  if (replacesSort) rules.push('use-index-for-sort');
  const kept = steps.flatMap((step, i): Step[] => {
    if (i === at) return [{ ...loop, access: best.access }];
    if (i > at && step.kind === 'filter' && covered.has(step.condition)) return [];
    return replacesSort && i === sortAt ? [] : [step];
  });
  return { steps: kept, rules };
}

/** The filters that apply to every document of the loop, and the sort directly after them. */
function filtersAndSortAfter(steps: readonly Step[], at: number) {
  const conditions: Expression[] = [];
  for (let i = at + 1; i < steps.length; i++) {
    const step = steps[i] as Step;
    if (step.kind === 'filter') {
      if (isMovable(step.condition)) conditions.push(step.condition);
    } else if (step.kind === 'sort') {
      return { conditions, sort: step.keys, sortAt: i };
    } else if (step.kind !== 'let' || !isMovable(step.value)) {
      break;
    }
  }
  return { conditions, sort: undefined, sortAt: -1 };
}

function loopContext(steps: readonly Step[], at: number, document: Variable): LoopContext {
  const after = steps.slice(at);
  const definitions = new Map<Variable, Expression>();
  for (const step of after)
    if (step.kind === 'let' && isPlainPath(step.value)) definitions.set(step.variable, step.value);
  return { document, later: new Set(after.flatMap(assignedBy)), definitions };
}

function choose(
  collection: string,
  conditions: readonly Expression[],
  context: LoopContext,
  sort: readonly SortKey[] | undefined,
  view: View,
): Candidate | undefined {
  const search: Search = {
    conditions: conditions.map((condition) => pathCondition(condition, context)).filter((one) => one !== undefined),
    filters: conditions.length,
    context,
    sort,
    count: Math.max(1, view.count(collection)),
    indexes: view.indexes(collection),
  };
  const candidates = search.indexes.flatMap((index) => byIndex(index, search));
  for (const condition of conditions) {
    const union = byAlternatives(collection, condition, context, view);
    if (union !== undefined) candidates.push(union);
  }
  // Of equal ones the first, as ArangoDB does.
  return candidates.sort((a, b) => a.cost - b.cost)[0];
}

/** What an index is looked for. */
interface Search {
  /** The filters that an index may be able to answer. */
  readonly conditions: readonly PathCondition[];
  /** Number of all filters. */
  readonly filters: number;
  readonly context: LoopContext;
  readonly sort: readonly SortKey[] | undefined;
  /** Documents of the collection. */
  readonly count: number;
  readonly indexes: readonly IndexDescription[];
}

/** For `a OR b`: the union of two look-ups, if an index can be used for each operand. */
function byAlternatives(
  collection: string,
  condition: Expression,
  context: LoopContext,
  view: View,
): Candidate | undefined {
  const branches = operandsOf(condition, '||');
  if (branches.length < 2) return undefined;
  const found: Candidate[] = [];
  let complete = true;
  for (const branch of branches) {
    const parts = operandsOf(branch, '&&');
    const best = choose(collection, parts, context, undefined, view);
    if (best === undefined) return undefined;
    if (parts.some((part) => !best.covered.includes(part))) complete = false;
    found.push(best);
  }
  return {
    access: { kind: 'union', branches: found.map(({ access }) => access) },
    covered: complete ? [condition] : [],
    cost: found.reduce((total, { cost }) => total + cost, 0),
    sorts: 'no',
  };
}

/** Attributes by which an index finds documents. */
interface Fields {
  readonly index: IndexDescription;
  readonly fields: readonly IndexField[];
  /** The index has ranges and an order. */
  readonly ordered: boolean;
}

function byIndex(index: IndexDescription, search: Search): Candidate[] {
  const by = (name: string, ordered = false): Fields => ({ index, fields: [{ text: name, path: [name] }], ordered });
  const find = (fields: Fields): Candidate | undefined => byFields(fields, search);
  let candidates: (Candidate | undefined)[];
  if (index.type === 'persistent') candidates = [find({ index, fields: index.fields, ordered: true })];
  else if (index.type === 'edge') candidates = byVertex(find(by('_from')), find(by('_to')));
  else candidates = [find(by('_key', true)), find(by('_id'))];
  return candidates.filter((one) => one !== undefined);
}

/** With both ends of an edge, the look-up is at the vertex with fewer edges, which is known only at run time. */
function byVertex(from: Candidate | undefined, to: Candidate | undefined): (Candidate | undefined)[] {
  const single = (candidate: Candidate | undefined) =>
    candidate?.access.kind === 'index' && candidate.access.equal[0]?.many === false ? candidate.access : undefined;
  const atFrom = single(from);
  const otherEnd = single(to)?.equal[0]?.expression;
  if (from === undefined || atFrom === undefined || otherEnd === undefined) return [from, to];
  // Only one of the two conditions is answered by the look-up, so both filters are kept.
  return [{ ...from, access: { ...atFrom, otherEnd }, covered: [] }];
}

function valuesOf(condition: PathCondition): number {
  if (condition.operator !== 'in') return 1;
  const { value } = condition;
  return value.kind === 'constant' && Array.isArray(value.value)
    ? Math.max(1, value.value.length)
    : ASSUMED_LIST_LENGTH;
}

function byFields({ index, fields, ordered }: Fields, search: Search): Candidate | undefined {
  const onField = (i: number): readonly PathCondition[] => {
    const field = fields[i];
    const here = field === undefined ? [] : search.conditions.filter(({ path }) => coversField(path, field));
    const usableFrom = index.sparse ? here.findIndex(excludesNull) : 0;
    return usableFrom < 0 ? [] : here.slice(usableFrom);
  };
  const equal: PathCondition[] = [];
  while (equal.length < fields.length) {
    const here = onField(equal.length);
    const condition = here.find(({ operator }) => operator === '==') ?? here.find(({ operator }) => operator === 'in');
    if (condition === undefined) break;
    equal.push(condition);
  }
  // Without equality on the expanded field, a document with several elements would be found several times.
  if (fields.some((field, i) => field.expanded !== undefined && i >= equal.length)) return undefined;
  const here = ordered ? onField(equal.length) : [];
  const lower = here.find(({ operator }) => operator === '>' || operator === '>=');
  const upper = here.find(({ operator }) => operator === '<' || operator === '<=');
  const ranges = Number(lower !== undefined) + Number(upper !== undefined);
  const fieldsCovered = equal.length + Math.min(ranges, 1);
  // A sparse index answers only conditions on all of its fields: a range on one of them ends the look-up.
  if (index.sparse && fieldsCovered < fields.length) return undefined;
  const sorts = ordered ? sortOrder(fields, equal, search.context, search.sort) : 'no';
  if (fieldsCovered === 0 && sorts === 'no') return undefined;
  return {
    access: {
      kind: 'index',
      index,
      attribute: fields[0]?.text ?? '',
      equal: equal.map(({ value, operator }) => ({ expression: value, many: operator === 'in' })),
      lower: bound(lower),
      upper: bound(upper),
      reverse: sorts === 'backwards',
    },
    // An array index contains null for a document without the array. The filter must check such documents again.
    covered: [...equal, lower, upper]
      .filter((one) => one !== undefined)
      .flatMap(({ path, source }) => (path.expanded === undefined ? [source] : [])),
    cost: costOf({ index, fields, equal, ranges, sorts }, search),
    sorts,
  };
}

interface LookUp extends Omit<Fields, 'ordered'> {
  readonly equal: readonly PathCondition[];
  /** Bounds of the field after the equal ones. */
  readonly ranges: number;
  readonly sorts: Candidate['sorts'];
}

/**
 * ArangoDB's estimate (SortedIndexAttributeMatcher::supportsFilterCondition, Index::normalizeFilterCosts and
 * findIndexHandleForAndNode of 3.12). It counts distinct values, not how often the wanted one occurs. For the first
 * fields of an index it assumes a twentieth of the documents, whatever is stored, unless another index has just those.
 */
function costOf(lookUp: LookUp, search: Search): number {
  const { index, fields, equal, ranges, sorts } = lookUp;
  const { count, filters, sort } = search;
  const covered = equal.length + Math.min(ranges, 1);
  const values = Math.max(
    1,
    equal.reduce((sum, condition) => sum + valuesOf(condition) - 1, 0),
  );
  const items = covered === 0 ? count : Math.max(1, Math.floor(itemsOf(lookUp, values, search)));
  let cost = count * 1.5;
  if (covered > 0) {
    cost = Math.max(1, Math.log2(count) * values) + items * 0.05 - (fields.length - 1) * 0.02;
    if (index.unique) cost *= 0.995 - 0.05 * (fields.length - 1);
    if (index.type !== 'persistent') cost *= 0.9;
    cost += items * (filters - covered);
  }
  if (sorts === 'backwards') cost += items * 0.001;
  else if (sort !== undefined && sorts === 'no') cost += items * (0.01 + 1.05 * Math.log2(items));
  return cost * (1 - (fields.length - 1) * 0.02);
}

/** Estimated number of documents. */
function itemsOf({ index, fields, equal, ranges }: LookUp, values: number, { count, indexes }: Search): number {
  if (equal.length === 0) return count * values;
  if (equal.length === fields.length && index.estimates !== false) return values / index.selectivity();
  const isOfFirstFields = (other: IndexDescription): boolean =>
    other.fields.length <= equal.length && other.fields.every(({ text }, i) => text === fields[i]?.text);
  const shares = indexes.flatMap((other) =>
    other.type === 'persistent' && other.estimates !== false && !other.sparse && isOfFirstFields(other)
      ? [other.selectivity()]
      : [],
  );
  const guess = ([20, 100, 125][equal.length - 1] ?? 40) / count;
  const items = values / (shares.length > 0 ? Math.max(...shares) : guess);
  return items / ([1, 2, 7.5][ranges] ?? 1);
}

const bound = (condition: PathCondition | undefined): Bound | undefined =>
  condition && { expression: condition.value, inclusive: condition.operator.endsWith('=') };

/** Whether scanning the index returns the order of a sort. Fields that are compared for equality do not matter. */
function sortOrder(
  fields: readonly IndexField[],
  equal: readonly PathCondition[],
  context: LoopContext,
  sort: readonly SortKey[] | undefined,
): Candidate['sorts'] {
  if (sort === undefined || fields.some((field) => field.expanded !== undefined)) return 'no';
  if (equal.some(({ operator }) => operator === 'in')) return 'no';
  let field = equal.length;
  let descending: boolean | undefined;
  for (const key of sort) {
    const path = pathOf(key.value, context);
    if (path === undefined) return 'no';
    if (equal.some((condition) => condition.path.names.join('\0') === path.names.join('\0'))) continue;
    const next = fields[field];
    if (next === undefined || !coversField(path, next)) return 'no';
    if (descending !== undefined && descending !== key.descending) return 'no';
    descending = key.descending;
    field++;
  }
  return descending === true ? 'backwards' : 'forwards';
}
