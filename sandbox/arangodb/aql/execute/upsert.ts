import type { Doc } from '../../storage/types';
import { compileExpression } from '../evaluate';
import type { Upsert } from '../plan';
import { attempt, setResult } from './modify';
import type { Source, StepContext } from './pipeline';

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
  const common = { returnNew };
  return (row) => {
    const next = upstream(row);
    return () => {
      for (;;) {
        const state = next();
        if (state !== true) return state;
        const [found] = lookup(row) as Doc[];
        row[step.oldVariable.slot] = found ?? null;
        const result = attempt(execution, options, () => {
          if (found === undefined) return writer.insert(collection, insert(row), common);
          const ifRev = options.ignoreRevs ? undefined : revisionIn(document(row));
          if (step.operation === 'replace')
            return writer.replace(collection, found._key, document(row), { ...common, ifRev });
          return writer.update(collection, found._key, document(row), { ...common, keepNull, mergeObjects, ifRev });
        });
        if (result === undefined) continue;
        setResult(row, result, undefined, step.newVariable);
        return true;
      }
    };
  };
}

function revisionIn(document: unknown): string | undefined {
  const revision = (document as { _rev?: unknown } | null)?._rev;
  return typeof revision === 'string' ? revision : undefined;
}
