import Ajv from 'ajv-draft-04';
import { COLLECTIONS, EDGE_DEFINITIONS } from '../../../sandbox/pipeshub/collections';

const ajv = new Ajv({ strict: false });
const byName = new Map(COLLECTIONS.map((definition) => [definition.name, definition]));

function accepts(collection: string, document: Record<string, unknown>): boolean {
  const schema = byName.get(collection)?.schema;
  if (schema === undefined) throw new Error(`${collection} has no schema`);
  return ajv.validate(schema.rule, document);
}

/** A file's record as a connector writes it. */
const record = {
  orgId: 'org',
  recordName: 'Ünïcödé – Straße.txt',
  externalRecordId: 'id:abc',
  connectorId: 'connector',
  externalGroupId: '2000',
  recordGroupId: 'group',
  externalParentId: null,
  externalRevisionId: '0123456789',
  recordType: 'FILE',
  version: 0,
  origin: 'CONNECTOR',
  connectorName: 'DROPBOX',
  mimeType: 'text/plain',
  webUrl: 'https://www.dropbox.com/home/x',
  createdAtTimestamp: 1,
  updatedAtTimestamp: 1,
  sourceCreatedAtTimestamp: 1,
  sourceLastModifiedTimestamp: 1,
  isDeleted: false,
  isArchived: false,
  deletedByUserId: null,
  indexingStatus: 'NOT_STARTED',
  parsingStatus: 'NOT_STARTED',
  extractionStatus: 'NOT_STARTED',
  isShared: true,
  sizeInBytes: 12,
  previewRenderable: true,
  isLatestVersion: true,
  isDependentNode: false,
  parentNodeId: null,
  hideWeburl: false,
  isInternal: false,
  isPlaceholder: false,
};

const without = (document: object, field: string) =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name !== field));

describe("PipesHub's schemas", () => {
  it('are valid JSON schemas of level strict, with a message', () => {
    for (const { schema } of COLLECTIONS) {
      if (schema === undefined) continue;
      expect(() => ajv.compile(schema.rule)).not.toThrow();
      expect(schema.level).toBe('strict');
      expect(schema.message).toMatch(/^Document does not match the .+ schema\.$/);
    }
  });

  it('accept the record of a file', () => {
    expect(accepts('records', record)).toBe(true);
  });

  it.each(['recordName', 'externalRecordId', 'recordType', 'origin', 'createdAtTimestamp', 'connectorId'])(
    'refuse a record without %s',
    (field) => {
      expect(accepts('records', without(record, field))).toBe(false);
    },
  );

  it.each([
    ['an unknown field', { recordGroupType: 'DRIVE' }],
    ['an empty name', { recordName: '' }],
    ['an unknown connector', { connectorName: 'Dropbox' }],
    ['a parsing status that exists only for indexing', { parsingStatus: 'PAUSED' }],
    ['an extraction status that exists only for indexing', { extractionStatus: 'QUEUED' }],
    ['null for a boolean', { isLatestVersion: null }],
    ['a time that is a string', { createdAtTimestamp: '2025-01-01' }],
  ])('refuse a record with %s', (_, change) => {
    expect(accepts('records', { ...record, ...change })).toBe(false);
  });

  it.each([
    ['files', { name: 'a.txt', isFile: true, extension: 'txt', path: '/a.txt', sha256Hash: 'f0' }, true],
    ['files', { isFile: true }, false],
    ['files', { name: 'a.txt', size: 3 }, false],
    [
      'recordGroups',
      { groupName: 'Team', groupType: 'DRIVE', connectorName: 'DROPBOX', createdAtTimestamp: 1, externalGroupId: '1' },
      true,
    ],
    [
      'recordGroups',
      { groupName: 'Team', groupType: 'DRIVE', connectorName: 'DROPBOX', createdAtTimestamp: 1, isDeleted: false },
      false,
    ],
    ['users', { email: 'a@x.org' }, true],
    ['users', { fullName: 'Ada' }, false],
    ['users', { email: 'a@x.org', fullName: null }, false],
    ['people', { email: 'a@x.org', createdAtTimestamp: 1, updatedAtTimestamp: 1, phone: null }, true],
    ['people', { email: 'a@x.org' }, false],
    ['organizations', { accountType: 'enterprise', isActive: true }, true],
    ['organizations', { accountType: 'team', isActive: true }, false],
    ['permission', { role: 'READER', type: 'USER', externalPermissionId: null }, true],
    ['permission', { role: 'READER', type: null }, false],
    ['permission', { role: 'VIEWER', type: 'USER' }, false],
    ['belongsTo', { entityType: 'ORGANIZATION', createdAtTimestamp: 1, note: 'extra fields are allowed' }, true],
    ['belongsTo', {}, true],
    ['belongsTo', { entityType: null }, false],
    ['recordRelations', { relationshipType: 'PARENT_CHILD' }, true],
    ['recordRelations', { relationshipType: 'CONTAINS' }, false],
    ['userAppRelation', { syncState: 'NOT_STARTED', lastSyncUpdate: 1, sourceUserId: 'dbmid:x' }, true],
    ['userAppRelation', { syncState: 'NOT_STARTED' }, false],
    ['orgAppRelation', { createdAtTimestamp: 1 }, true],
    ['orgAppRelation', { createdAtTimestamp: 1, updatedAtTimestamp: 1 }, false],
    ['entityRelations', { edgeType: 'CREATED_BY', createdAtTimestamp: 1 }, true],
  ])('%s: acceptance of %j is %s', (collection, document, accepted) => {
    expect(accepts(collection, document)).toBe(accepted);
  });

  it('do not exist for groups and sync points, as in an installation', () => {
    expect(byName.get('groups')?.schema).toBeUndefined();
    expect(byName.get('syncPoints')?.schema).toBeUndefined();
  });
});

it('the named graph refers only to installed collections', () => {
  for (const { collection, from, to } of EDGE_DEFINITIONS) {
    expect(byName.get(collection)?.edge).toBe(true);
    for (const vertex of [...from, ...to]) expect(byName.get(vertex)?.edge).toBe(false);
  }
});
