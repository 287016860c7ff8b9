import { DefaultFailureConverter } from '@temporalio/common';

/** Message and stack of a failure become a payload, so that they are encrypted as well. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
