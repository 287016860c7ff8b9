import { ArangoFailure } from '../../errors';
import type { Doc, WriteOptions, WriteResult } from '../../storage/types';
import { isPlainObject } from '../../values';
import { compileExpression, type Row } from '../evaluate';
import { whileExecuting } from '../failure';
import { parseId } from '../functions/documents';
import type { Modification, ModificationOptions, Upsert } from '../plan';
import type { Execution, Source, StepContext } from './context';

/** INSERT, UPDATE, REPLACE and REMOVE: one write per row. */
export function modify(step: Modification, context: StepContext): Source {
  const { execution, upstream, needed } = context;
  const write = compileWrite(step, execution, {
    returnOld: step.oldVariable !== undefined && needed.has(step.oldVariable),
    returnNew: step.newVariable !== undefined && needed.has(step.newVariable),
  });
  return eachWrite(upstream, (row) => {
    const result = attempt(execution, step.options, () => write(row));
    if (result !== undefined && step.oldVariable !== undefined) row[step.oldVariable.slot] = result.old ?? null;
    if (result !== undefined && step.newVariable !== undefined) row[step.newVariable.slot] = result.new ?? null;
    return result !== undefined;
  });
}

/**
 * UPSERT: for each row, changes the first document that the look-up finds, or inserts one. The look-up sees the writes
 * of earlier rows, so two equal rows cause one insert and one update. `readOwnWrites: false` disables this.
 */
export function upsert(step: Upsert, { execution, upstream, needed }: StepContext): Source {
  const { writer } = execution;
  const { collection, options } = step;
  const reading = options.readOwnWrites ? execution.withOwnWrites() : execution;
  const lookup = reading.subquery(step.lookup, true);
  const insert = compileExpression(step.insert, execution);
  const document = compileExpression(step.document, execution);
  const { keepNull, mergeObjects } = options;
  const returnNew = step.newVariable !== undefined && needed.has(step.newVariable);
  const write = (row: Row, found: Doc | undefined): WriteResult => {
    if (found === undefined) return writer.insert(collection, insert(row), { returnNew });
    const change = document(row);
    const revision = isPlainObject(change) && !options.ignoreRevs ? change._rev : undefined;
    const ifRev = typeof revision === 'string' ? revision : undefined;
    return step.operation === 'replace'
      ? writer.replace(collection, found._key, change, { returnNew, ifRev })
      : writer.update(collection, found._key, change, { returnNew, keepNull, mergeObjects, ifRev });
  };
  return eachWrite(upstream, (row) => {
    const [found] = lookup(row) as Doc[];
    row[step.oldVariable.slot] = found ?? null;
    const result = attempt(execution, options, () => write(row, found));
    if (result !== undefined && step.newVariable !== undefined) row[step.newVariable.slot] = result.new ?? null;
    return result !== undefined;
  });
}

/** Writes for each row. A row for which nothing was written, because its failure is ignored, ends here. */
function eachWrite(upstream: Source, write: (row: Row) => boolean): Source {
  return function* (row) {
    for (const state of upstream(row)) if (state === 'paused' || write(row)) yield state;
  };
}

/** Runs a write and counts it. Returns undefined if it failed and the query ignores errors. */
function attempt(
  execution: Execution,
  options: ModificationOptions,
  write: () => WriteResult,
): WriteResult | undefined {
  try {
    const result = write();
    if (result.ignored === true) execution.stats.writesIgnored++;
    else execution.stats.writesExecuted++;
    execution.checkWrites();
    return result;
  } catch (error) {
    if (!(error instanceof ArangoFailure)) throw error;
    if (!options.ignoreErrors) throw whileExecuting(error);
    execution.stats.writesIgnored++;
    return undefined;
  }
}

function compileWrite(step: Modification, execution: Execution, returned: WriteOptions): (row: Row) => WriteResult {
  const { writer } = execution;
  const { collection, options } = step;
  const document = step.document === undefined ? undefined : compileExpression(step.document, execution);
  const selector = step.key === undefined ? document : compileExpression(step.key, execution);
  if (document === undefined || selector === undefined) {
    return (row) => {
      const { key, revision } = keyOf(selector?.(row), step);
      return writer.remove(collection, key, { ...returned, ...revision });
    };
  }
  const { keepNull, mergeObjects, overwriteMode } = options;
  const settings = { ...returned, keepNull, mergeObjects, overwriteMode };
  if (step.kind === 'insert') return (row) => writer.insert(collection, document(row), settings);
  return (row) => {
    const { key, revision } = keyOf(selector(row), step);
    return step.kind === 'update'
      ? writer.update(collection, key, document(row), { ...settings, ...revision })
      : writer.replace(collection, key, document(row), { ...settings, ...revision });
  };
}

/** Key and revision of a selector: a key, or an object with `_key` or `_id`. `ignoreRevs` ignores its `_rev`. */
function keyOf(value: unknown, step: Modification): { key: string; revision: { ifRev?: string } } {
  if (typeof value === 'string') return { key: value, revision: {} };
  if (!isPlainObject(value)) throw new ArangoFailure(1227, 'invalid document type: expected object or string');
  const id = parseId(value._id);
  const key = value._key ?? (id?.collection === step.collection ? id.key : undefined);
  if (typeof key !== 'string') {
    throw new ArangoFailure(1226, 'missing document key: expected _key to be a string attribute in document');
  }
  const checked = !step.options.ignoreRevs && typeof value._rev === 'string';
  return { key, revision: checked ? { ifRev: value._rev as string } : {} };
}
