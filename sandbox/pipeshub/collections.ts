import {
  belongsToSchema,
  entityRelationsSchema,
  inheritPermissionsSchema,
  isOfTypeSchema,
  orgAppRelationSchema,
  permissionSchema,
  recordRelationsSchema,
  userAppRelationSchema,
} from './schemas/edges';
import { fileSchema } from './schemas/files';
import { appSchema, organizationSchema, teamSchema } from './schemas/organizations';
import { personSchema, roleSchema, userSchema } from './schemas/people';
import { recordGroupSchema } from './schemas/recordGroups';
import { recordSchema } from './schemas/records';
import type { CollectionSchema } from './schemas/rules';

export interface CollectionDefinition {
  name: string;
  edge: boolean;
  schema?: CollectionSchema;
  /** Persistent indexes, none of them unique, besides those that ArangoDB gives every collection. */
  indexes: readonly (readonly string[])[];
}

/**
 * The collections of a PipesHub installation that a connector for files uses. PipesHub creates about fifty more, for
 * mails, tickets, agents and the like.
 */
export const COLLECTIONS: readonly CollectionDefinition[] = [
  documents('records', recordSchema, [
    ['externalRecordId', 'connectorId'],
    ['virtualRecordId', 'orgId'],
    ['orgId'],
    ['webUrl', 'orgId'],
    ['connectorId'],
    ['indexingStatus'],
    ['orgId', 'connectorId', 'indexingStatus', '_key'],
    ['origin'],
    ['md5Checksum'],
  ]),
  documents('files', fileSchema),
  documents('recordGroups', recordGroupSchema, [
    ['externalGroupId', 'connectorId'],
    ['orgId'],
    ['connectorId'],
    ['groupType'],
  ]),
  documents('users', userSchema, [['email'], ['userId'], ['orgId']]),
  documents('people', personSchema),
  documents('groups'),
  documents('roles', roleSchema),
  documents('teams', teamSchema),
  documents('organizations', organizationSchema),
  documents('apps', appSchema),
  documents('syncPoints'),
  documents('anyone'),
  edges('isOfType', isOfTypeSchema),
  edges('recordRelations', recordRelationsSchema),
  edges('entityRelations', entityRelationsSchema),
  edges('belongsTo', belongsToSchema),
  edges('inheritPermissions', inheritPermissionsSchema),
  edges('permission', permissionSchema),
  edges('userAppRelation', userAppRelationSchema),
  edges('orgAppRelation', orgAppRelationSchema),
];

export const GRAPH_NAME = 'knowledgeGraph';

/**
 * The named graph's edge definitions, reduced to the collections above. They do not match the data: for example, the
 * data's inheritPermissions edges run in the other direction. PipesHub writes edges as documents, and uses the graph only
 * to look up which edge collections exist.
 */
export const EDGE_DEFINITIONS = [
  { collection: 'belongsTo', from: ['users', 'records', 'files'], to: ['groups', 'organizations', 'recordGroups'] },
  { collection: 'inheritPermissions', from: ['recordGroups'], to: ['records'] },
  { collection: 'isOfType', from: ['records'], to: ['files'] },
  { collection: 'recordRelations', from: ['records', 'files', 'recordGroups'], to: ['records', 'files'] },
  { collection: 'userAppRelation', from: ['users', 'teams'], to: ['apps'] },
  { collection: 'orgAppRelation', from: ['organizations'], to: ['apps'] },
  {
    collection: 'permission',
    from: ['users', 'teams', 'roles', 'groups', 'organizations'],
    to: ['teams', 'roles', 'records', 'recordGroups'],
  },
  { collection: 'entityRelations', from: ['records'], to: ['users'] },
];

function documents(
  name: string,
  schema?: CollectionSchema,
  indexes: CollectionDefinition['indexes'] = [],
): CollectionDefinition {
  return { name, edge: false, indexes, ...(schema === undefined ? {} : { schema }) };
}

function edges(name: string, schema: CollectionSchema): CollectionDefinition {
  return { name, edge: true, indexes: [], schema };
}
