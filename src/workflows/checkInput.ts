import { ApplicationFailure } from '@temporalio/workflow';
import type { Check } from '../contract/checks';
import { isObject, isText } from '../guards';

/** A malformed input would fail each workflow task, without end. So the workflow fails, and says why. */
export function refuse(problem: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'InvalidArgument', message: problem, nonRetryable: true });
}

/** @throws ApplicationFailure for an input that is no object, or whose named fields do not pass. */
export function checkInput(input: unknown, checks: Readonly<Record<string, Check>>): void {
  if (!isObject(input)) throw refuse('the input of this workflow is an object');
  const wrong = Object.entries(checks).filter(([field, check]) => !check(input[field]));
  if (wrong.length > 0) throw refuse(`missing or malformed in the input: ${wrong.map(([field]) => field).join(', ')}`);
}

export const runChecks = { connectorId: isText, runId: isText };
