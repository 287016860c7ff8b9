import { isText } from '../../guards';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';

/**
 * Asks Dropbox by id for what a list leaves out: the list may be wrong. null: Dropbox says that there is no such thing.
 * An id about which it says nothing is absent, as all are when it keeps failing.
 */
export async function askById<T>(
  ids: readonly string[],
  ask: (ids: readonly string[]) => Promise<Map<string, T | null>>,
): Promise<ReadonlyMap<string, T | null>> {
  // A document that was changed by hand may hold anything. One such id would make Dropbox refuse the whole question.
  const askable = ids.filter(isText);
  if (askable.length === 0) return new Map();
  try {
    const answers = await ask(askable);
    // Answers about ids that were not asked for are ignored.
    return new Map(ids.flatMap((id) => (answers.has(id) ? [[id, answers.get(id) as T | null]] : [])));
  } catch (error) {
    if (!isIsolatable(error) || !shouldIsolate([{ error }], ids.length)) throw error;
    return new Map();
  }
}
