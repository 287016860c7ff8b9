import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Set at start by whoever starts a sync; the phase follows the run. Registered with the server beforehand. */
export const connectorAttribute = defineSearchAttributeKey('DropboxConnector', SearchAttributeType.KEYWORD);
export const organizationAttribute = defineSearchAttributeKey('DropboxOrganization', SearchAttributeType.KEYWORD);
export const phaseAttribute = defineSearchAttributeKey('DropboxPhase', SearchAttributeType.KEYWORD);
