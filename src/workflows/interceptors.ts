import { defaultPayloadConverter, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { ORGANIZATION_HEADER, type LogAttributes } from '../contract/logAttributes';
import { connectorAttribute, organizationAttribute } from '../contract/searchAttributes';
import { isObject, isText } from '../guards';

/**
 * What every workflow does, with any starter and any input: it can be found by its connector, and its log
 * lines, those of its activities, and its children name the connector and, once it is known, the organization.
 */
export function interceptors(): WorkflowInterceptors {
  let connector: string | undefined;
  let run: string | undefined;
  const organization = (): string | undefined => workflowInfo().typedSearchAttributes.get(organizationAttribute);
  const attributes = (): LogAttributes => {
    const known = organization();
    return {
      ...(connector === undefined ? {} : { connector }),
      ...(known === undefined ? {} : { organization: known }),
      ...(run === undefined ? {} : { run }),
    };
  };
  const searchAttributes = (): SearchAttributePair[] => {
    const known = organization();
    return [
      ...(connector === undefined ? [] : [{ key: connectorAttribute, value: connector }]),
      ...(known === undefined ? [] : [{ key: organizationAttribute, value: known }]),
    ];
  };
  return {
    inbound: [
      {
        execute: (input, next) => {
          const given = isObject(input.args[0]) ? input.args[0] : {};
          const state = isObject(given['state']) ? given['state'] : {};
          if (isText(given['connectorId'])) connector = given['connectorId'];
          run = [given['runId'], state['runId'], workflowInfo().runId].find(isText);
          // A program that starts a workflow itself need not set search attributes.
          const isFindable = workflowInfo().typedSearchAttributes.get(connectorAttribute) !== undefined;
          if (connector !== undefined && !isFindable) {
            upsertSearchAttributes([{ key: connectorAttribute, value: connector }]);
          }
          return next(input);
        },
      },
    ],
    outbound: [
      {
        getLogAttributes: (input, next) => next({ ...input, ...attributes() }),
        scheduleActivity: (input, next) => {
          const known = organization();
          const header = known === undefined ? {} : { [ORGANIZATION_HEADER]: defaultPayloadConverter.toPayload(known) };
          // Where the server has fairness, activities of connectors take turns.
          const priority = connector === undefined ? {} : { priority: { fairnessKey: connector.slice(0, 64) } };
          const options = { ...input.options, ...priority };
          return next({ ...input, options, headers: { ...input.headers, ...header } });
        },
        startChildWorkflowExecution: (input, next) =>
          next({ ...input, options: { ...input.options, typedSearchAttributes: searchAttributes() } }),
      },
    ],
  };
}
