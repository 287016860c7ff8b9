import {
  boolean,
  closed,
  nonEmptyString,
  nullableBoolean,
  nullableNumber,
  nullableString,
  number,
  oneOf,
  string,
} from './rules';
import { CONNECTOR_NAMES, RECORD_GROUP_TYPES } from './vocabulary';

/** A container of records: a drive, a channel, a project. */
export const recordGroupSchema = closed(
  'record group',
  ['groupName', 'groupType', 'connectorName', 'createdAtTimestamp'],
  {
    orgId: string,
    groupName: nonEmptyString,
    shortName: nullableString,
    description: nullableString,
    externalGroupId: nonEmptyString,
    externalRevisionId: nullableString,
    parentExternalGroupId: nullableString,
    groupType: oneOf(RECORD_GROUP_TYPES),
    connectorName: oneOf(CONNECTOR_NAMES),
    connectorId: nullableString,
    isInternal: nullableBoolean,
    hideChildren: nullableBoolean,
    webUrl: nullableString,
    createdBy: nullableString,
    deletedByUserId: nullableString,
    createdAtTimestamp: number,
    updatedAtTimestamp: number,
    lastSyncTimestamp: number,
    isDeletedAtSource: boolean,
    deletedAtSourceTimestamp: nullableNumber,
    sourceCreatedAtTimestamp: nullableNumber,
    sourceLastModifiedTimestamp: nullableNumber,
  },
);
