import { boolean, closed, nonEmptyString, nullableNumber, nullableString, number, oneOf, string } from './rules';
import { CONNECTOR_NAMES } from './vocabulary';

/** Users with an account in the organization, and users that a sync has found in a source. */
export const userSchema = closed('user', ['email'], {
  userId: string,
  orgId: string,
  email: string,
  firstName: string,
  middleName: string,
  lastName: string,
  fullName: string,
  designation: string,
  profileId: nullableString,
  businessPhones: { type: 'array', items: { type: 'string' }, minItems: 0 },
  isActive: boolean,
  createdAtTimestamp: number,
  updatedAtTimestamp: number,
});

/** People outside of the organization. */
export const personSchema = closed('people', ['email', 'createdAtTimestamp', 'updatedAtTimestamp'], {
  email: string,
  firstName: nullableString,
  lastName: nullableString,
  phone: nullableString,
  createdAtTimestamp: number,
  updatedAtTimestamp: number,
});

/** Roles that a source grants. */
export const roleSchema = closed(
  'app role',
  ['name', 'externalRoleId', 'connectorName', 'connectorId', 'createdAtTimestamp'],
  {
    orgId: string,
    name: nonEmptyString,
    description: string,
    externalRoleId: nonEmptyString,
    parentRoleId: nullableString,
    connectorName: oneOf(CONNECTOR_NAMES),
    connectorId: string,
    createdAtTimestamp: number,
    updatedAtTimestamp: nullableNumber,
    lastSyncTimestamp: number,
    isDeletedAtSource: boolean,
    deletedAtSourceTimestamp: nullableNumber,
    sourceCreatedAtTimestamp: nullableNumber,
    sourceLastModifiedTimestamp: nullableNumber,
  },
);
