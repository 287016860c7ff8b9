import { ForeignAnswer, ItemRefused } from './errors';

interface RefusedItem {
  error: true;
  errorNum: number;
  errorMessage: string;
}

const isRefused = (answer: unknown): answer is RefusedItem =>
  (answer as Partial<RefusedItem> | null | undefined)?.error === true;

/**
 * A multi-document request succeeds even when every item of it failed, so each item's answer is checked.
 * @returns how many items were accepted. @throws ItemRefused for the first refused one, ForeignAnswer where answers are
 * missing
 */
export function countAccepted(
  collection: string,
  keys: readonly string[],
  answers: unknown,
  toleratedErrorNum?: number,
): number {
  if (!Array.isArray(answers) || answers.length !== keys.length || answers.some((answer) => answer === null)) {
    throw new ForeignAnswer(`${collection}: a request with ${keys.length} documents has no answer for each of them`);
  }
  let accepted = 0;
  answers.forEach((answer: unknown, position) => {
    if (!isRefused(answer)) accepted += 1;
    else if (answer.errorNum !== toleratedErrorNum) {
      throw new ItemRefused(collection, keys[position], answer.errorNum, answer.errorMessage);
    }
  });
  return accepted;
}
