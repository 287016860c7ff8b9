import {
  boolean,
  closed,
  nullableBoolean,
  nullableNumber,
  nullableString,
  number,
  oneOf,
  open,
  nonEmptyString,
  string,
} from './rules';

export const organizationSchema = closed('organization', ['accountType', 'isActive'], {
  accountType: oneOf(['individual', 'enterprise']),
  name: string,
  isActive: boolean,
  website: nullableString,
  industry: nullableString,
  ownershipType: nullableString,
  phone: nullableString,
  dunsId: nullableString,
  isExternal: boolean,
  createdAtTimestamp: number,
  updatedAtTimestamp: number,
  sourceCreatedAtTimestamp: nullableNumber,
  sourceLastModifiedTimestamp: nullableNumber,
});

/** Teams of PipesHub users, which exist only in PipesHub. */
export const teamSchema = open('team', ['name'], {
  name: nonEmptyString,
  description: nullableString,
  orgId: nullableString,
  createdBy: nullableString,
  updatedByUserId: nullableString,
  deletedByUserId: nullableString,
  createdAtTimestamp: number,
  updatedAtTimestamp: number,
  deletedAtTimestamp: number,
  isDeleted: boolean,
});

/** A connector as PipesHub stores it. Its key is the connector's id. */
export const appSchema = closed('app', ['name', 'type', 'appGroup', 'scope', 'isActive', 'createdAtTimestamp'], {
  name: string,
  type: string,
  appGroup: string,
  authType: string,
  scope: oneOf(['personal', 'team']),
  isActive: boolean,
  isAgentActive: boolean,
  isConfigured: boolean,
  isAuthenticated: boolean,
  pendingFullSync: boolean,
  createdBy: nullableString,
  updatedBy: nullableString,
  createdAtTimestamp: number,
  updatedAtTimestamp: number,
  status: nullableString,
  isLocked: nullableBoolean,
  permissionModel: { type: ['string', 'null'], enum: ['APP_LEVEL', 'RECORD_LEVEL', null] },
  orgId: nullableString,
  description: nullableString,
  hideConnector: nullableBoolean,
});
