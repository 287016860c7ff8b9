import { closed, nonEmptyString, nullableString, number, oneOf, open, string } from './rules';
import {
  BELONGS_TO_ENTITY_TYPES,
  ENTITY_RELATION_TYPES,
  PERMISSION_ROLES,
  PERMISSION_TYPES,
  RECORD_RELATION_TYPES,
  SYNC_STATES,
} from './vocabulary';

const ends = { _from: nonEmptyString, _to: nonEmptyString };
const timestamps = { createdAtTimestamp: number, updatedAtTimestamp: number };

/** The type allows null but the list does not: PipesHub's own schemas refuse null here, too. */
const listedOrAbsent = (values: readonly string[]) => ({ type: ['string', 'null'], enum: values });

export const isOfTypeSchema = open('relations', [], { ...ends, ...timestamps });

export const recordRelationsSchema = open('file relations', [], {
  ...ends,
  relationshipType: oneOf(RECORD_RELATION_TYPES),
  customRelationshipTag: string,
  ...timestamps,
});

export const entityRelationsSchema = open('entity relations', ['edgeType', 'createdAtTimestamp'], {
  ...ends,
  edgeType: oneOf(ENTITY_RELATION_TYPES),
  sourceTimestamp: number,
  ...timestamps,
});

export const belongsToSchema = open('belongsTo', [], {
  ...ends,
  entityType: listedOrAbsent(BELONGS_TO_ENTITY_TYPES),
  ...timestamps,
});

export const inheritPermissionsSchema = open('inheritPermissions', [], { ...ends, ...timestamps });

export const permissionSchema = open('permissions', [], {
  ...ends,
  type: listedOrAbsent(PERMISSION_TYPES),
  role: oneOf(PERMISSION_ROLES),
  externalPermissionId: nullableString,
  sourceRoleType: nullableString,
  lastUpdatedTimestampAtSource: number,
  ...timestamps,
});

export const userAppRelationSchema = open('user app relation', ['syncState', 'lastSyncUpdate'], {
  syncState: oneOf(SYNC_STATES),
  lastSyncUpdate: number,
  sourceUserId: string,
  ...timestamps,
});

/** An organization's edge to its apps, which has only a time. */
export const orgAppRelationSchema = closed('basic edge', ['createdAtTimestamp'], {
  ...ends,
  createdAtTimestamp: number,
});
