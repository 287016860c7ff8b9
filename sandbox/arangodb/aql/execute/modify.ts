import { ArangoFailure } from '../../errors';
import type { WriteResult } from '../../storage/types';
import { isPlainObject } from '../../values';
import { compileExpression, type Row } from '../evaluate';
import { whileExecuting } from '../failure';
import { parseId } from '../functions/documents';
import type { Modification, ModificationOptions, Variable } from '../plan';
import type { Execution } from './context';
import type { Source, StepContext } from './pipeline';

/** INSERT, UPDATE, REPLACE and REMOVE: one write per row. A row whose failure is ignored has no result row. */
export function modify(step: Modification, context: StepContext): Source {
  const { execution, upstream, needed } = context;
  const write = compileWrite(step, execution, {
    returnOld: step.oldVariable !== undefined && needed.has(step.oldVariable),
    returnNew: step.newVariable !== undefined && needed.has(step.newVariable),
  });
  return (row) => {
    const next = upstream(row);
    return () => {
      for (;;) {
        const state = next();
        if (state !== true) return state;
        const result = attempt(execution, step.options, () => write(row));
        if (result === undefined) continue;
        setResult(row, result, step.oldVariable, step.newVariable);
        return true;
      }
    };
  };
}

/** Runs a write and counts it. Returns undefined if it failed and the query ignores errors. */
export function attempt(
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

export function setResult(
  row: Row,
  result: WriteResult,
  oldVariable: Variable | undefined,
  newVariable: Variable | undefined,
): void {
  if (oldVariable !== undefined) row[oldVariable.slot] = result.old ?? null;
  if (newVariable !== undefined) row[newVariable.slot] = result.new ?? null;
}

interface Returned {
  readonly returnOld: boolean;
  readonly returnNew: boolean;
}

function compileWrite(step: Modification, execution: Execution, returned: Returned): (row: Row) => WriteResult {
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
  switch (step.kind) {
    case 'insert': {
      const insertOptions = { ...returned, keepNull, mergeObjects, overwriteMode };
      return (row) => writer.insert(collection, document(row), insertOptions);
    }
    case 'update': {
      const updateOptions = { ...returned, keepNull, mergeObjects };
      return (row) => {
        const { key, revision } = keyOf(selector(row), step);
        return writer.update(collection, key, document(row), { ...updateOptions, ...revision });
      };
    }
    default:
      return (row) => {
        const { key, revision } = keyOf(selector(row), step);
        return writer.replace(collection, key, document(row), { ...returned, ...revision });
      };
  }
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
