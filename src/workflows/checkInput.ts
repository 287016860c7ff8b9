import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { Check } from '../contract/checks';
import { syncWorkflowId, workflowTypes } from '../contract/sync';
import { isObject, isText } from '../guards';

/** A malformed input would fail each workflow task, without end. So the workflow fails, and says why. */
export function refuse(problem: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'InvalidArgument', message: problem, nonRetryable: true });
}

/**
 * @throws ApplicationFailure for an input that is no object, or whose named fields do not pass, and for a workflow that
 * takes the place of the connector's sync: the requests for syncs would go to it
 */
export function checkInput(input: unknown, checks: Readonly<Record<string, Check>>): void {
  if (!isObject(input)) throw refuse('the input of this workflow is an object');
  const wrong = Object.entries(checks).filter(([field, check]) => !check(input[field]));
  if (wrong.length > 0) throw refuse(`missing or malformed in the input: ${wrong.map(([field]) => field).join(', ')}`);
  const { workflowId, workflowType } = workflowInfo();
  if (workflowType !== workflowTypes.runSync && workflowId === syncWorkflowId(String(input['connectorId'])))
    throw refuse(`the workflow id ${workflowId} is for runSync: start ${workflowType} under another id`);
}

export const runChecks = { connectorId: isText, runId: isText };
