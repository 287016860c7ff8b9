import { DropboxTeamsError } from '../DropboxTeamsError';
import type { TemporalAccess } from './temporal';

/**
 * Any program may start a workflow under an id of the connector's workflows. It takes their place: requests and signals
 * go to it, which Temporal accepts without an error. @throws TemporalRefused
 */
export function requireOwnType(
  temporal: TemporalAccess,
  { workflowId, type }: { workflowId: string; type: string },
  wanted: string,
): void {
  if (type === wanted) return;
  throw new DropboxTeamsError(
    'TemporalRefused',
    `a workflow of the type ${type} runs under the id ${workflowId}, where ${wanted} has to run, and takes its requests: ` +
      `end it: temporal workflow terminate --workflow-id ${workflowId} --namespace ${temporal.settings.namespace}`,
  );
}
