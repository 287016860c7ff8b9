import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ORGANIZATION_HEADER, type LogAttributes } from '../../contract/logAttributes';
import { isObject, isText } from '../../guards';

/** Log lines of an activity, and those of the SDK about it, name its connector, organization and run. */
export const logAttributes: ActivityInterceptorsFactory = () => {
  const attributes: LogAttributes = {};
  return {
    inbound: {
      execute: (input, next) => {
        const given = isObject(input.args[0]) ? input.args[0] : {};
        if (isText(given['connectorId'])) attributes.connector = given['connectorId'];
        if (isText(given['runId'])) attributes.run = given['runId'];
        const header = input.headers[ORGANIZATION_HEADER];
        if (header) attributes.organization = defaultPayloadConverter.fromPayload<string>(header);
        return next(input);
      },
    },
    outbound: { getLogAttributes: (input, next) => next({ ...input, ...attributes }) },
  };
};
