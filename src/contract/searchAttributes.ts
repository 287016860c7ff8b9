import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Set when a workflow is started; the phase follows the run. Must be registered with the namespace beforehand. */
export const connectorAttribute = defineSearchAttributeKey('DropboxConnector', SearchAttributeType.KEYWORD);
export const organizationAttribute = defineSearchAttributeKey('DropboxOrganization', SearchAttributeType.KEYWORD);
export const phaseAttribute = defineSearchAttributeKey('DropboxPhase', SearchAttributeType.KEYWORD);
