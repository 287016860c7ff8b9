import { filterFactsOf, type LiveEntry } from '../../src/sync/folderEntries';
import { recordKey } from '../../src/sync/keys';
import { mimeTypeOf, pipesHubMimeTypes } from '../../src/sync/mimeTypes';
import { mapEntry, webUrlOf, type RecordContext } from '../../src/sync/records';
import type { NamespaceKind } from '../../src/sync/syncDocuments';

const file: Extract<LiveEntry, { '.tag': 'file' }> = {
  '.tag': 'file',
  id: 'id:report',
  name: 'Report.PDF',
  path_lower: '/plans/2026/report.pdf',
  path_display: '/Plans/2026/Report.PDF',
  rev: '015f9e2a1b2c3',
  size: 1234,
  client_modified: '2026-01-02T03:04:05Z',
  server_modified: '2026-02-03T04:05:06Z',
  content_hash: 'c0ffee',
};
const folder: LiveEntry = {
  '.tag': 'folder',
  id: 'id:plans',
  name: 'Plans',
  path_lower: '/plans',
  path_display: '/Plans',
};
const context = (about: Partial<RecordContext> = {}, kind: NamespaceKind = 'team_folder'): RecordContext => ({
  namespace: {
    connectorId: 'c1',
    orgId: 'o1',
    kind,
    name: 'Company',
    externalGroupId: '77',
    recordGroupKey: 'group-key',
  },
  now: 1_700_000_000_000,
  parentItemId: 'id:2026',
  explicitlyShared: false,
  filters: {},
  ...about,
});

describe('a file', () => {
  it('becomes a record, its first status, and a files document of the same key', () => {
    const key = recordKey('c1', 'id:report');
    expect(mapEntry(file, context())).toEqual({
      record: {
        _key: key,
        orgId: 'o1',
        recordName: 'Report.PDF',
        externalRecordId: 'id:report',
        connectorId: 'c1',
        externalGroupId: '77',
        recordGroupId: 'group-key',
        externalParentId: 'id:2026',
        externalRevisionId: '015f9e2a1b2c3',
        recordType: 'FILE',
        version: 0,
        origin: 'CONNECTOR',
        connectorName: 'DROPBOX',
        mimeType: 'application/pdf',
        webUrl: 'https://www.dropbox.com/home/Company/plans/2026?preview=Report.PDF',
        createdAtTimestamp: 1_700_000_000_000,
        updatedAtTimestamp: 1_700_000_000_000,
        sourceCreatedAtTimestamp: Date.UTC(2026, 0, 2, 3, 4, 5),
        sourceLastModifiedTimestamp: Date.UTC(2026, 1, 3, 4, 5, 6),
        isDeleted: false,
        isArchived: false,
        isShared: true,
        sizeInBytes: 1234,
      },
      indexing: { indexingStatus: 'NOT_STARTED', parsingStatus: 'NOT_STARTED', extractionStatus: 'NOT_STARTED' },
      file: {
        _key: key,
        orgId: 'o1',
        name: 'Report.PDF',
        isFile: true,
        extension: 'pdf',
        path: '/plans/2026/report.pdf',
        sha256Hash: 'c0ffee',
      },
    });
  });

  it('without content of its own, such as a Paper document, has no hash', () => {
    const { content_hash: _hash, ...paper } = file;
    const { record, file: document } = mapEntry({ ...paper, name: 'Notes.paper', is_downloadable: false }, context());
    expect(document.sha256Hash).toBeNull();
    expect(record.mimeType).toBe('text/html');
  });

  it('is filtered by its server time, and created by its client time', () => {
    expect(filterFactsOf(file)).toEqual({
      name: 'Report.PDF',
      modified: Date.UTC(2026, 1, 3, 4, 5, 6),
      created: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
  });

  it('without a readable client time is filtered as created when it was modified', () => {
    const { modified, created } = filterFactsOf({ ...file, client_modified: 'soon' });
    expect(modified).toBe(Date.UTC(2026, 1, 3, 4, 5, 6));
    expect(created).toBe(modified);
  });

  it('without any readable time has none for the filters either', () => {
    const facts = filterFactsOf({ ...file, client_modified: 'soon', server_modified: 'later' });
    expect(facts).toEqual({ name: 'Report.PDF', modified: null, created: null });
  });

  it('has no time where the date is unreadable', () => {
    const { record } = mapEntry({ ...file, client_modified: 'soon' }, context());
    expect(record.sourceCreatedAtTimestamp).toBeNull();
  });
});

describe('a folder', () => {
  it('has no revision, size, times, hash or extension, and needs no indexing', () => {
    const { record, indexing, file: document } = mapEntry({ ...folder, name: 'v1.2' }, context({ parentItemId: null }));
    expect(record).toMatchObject({
      mimeType: 'text/directory',
      externalParentId: null,
      externalRevisionId: null,
      sourceCreatedAtTimestamp: null,
      sourceLastModifiedTimestamp: null,
      sizeInBytes: 0,
    });
    expect(filterFactsOf(folder)).toEqual({ name: 'Plans', modified: null, created: null });
    expect(indexing.indexingStatus).toBe('COMPLETED');
    expect(document).toMatchObject({ isFile: false, extension: null, sha256Hash: null });
  });
});

describe('shared', () => {
  it.each<[NamespaceKind, boolean, boolean]>([
    ['personal', false, false],
    ['app_folder', false, false],
    ['personal', true, true],
    ['team_folder', false, true],
    ['shared_folder', false, true],
    ['received', false, true],
  ])('an item in a namespace of kind %s, with members of its own %s: %s', (kind, explicitlyShared, expected) => {
    const { record, indexing } = mapEntry(file, context({ explicitlyShared, filters: { indexShared: false } }, kind));
    expect(record.isShared).toBe(expected);
    expect(indexing.indexingStatus).toBe(expected ? 'AUTO_INDEX_OFF' : 'NOT_STARTED');
  });
});

describe('the address of an item', () => {
  it.each<[NamespaceKind, string, string, boolean, string]>([
    ['personal', '/a.txt', 'A.txt', true, '?preview=A.txt'],
    ['personal', '/b/a.txt', 'a.txt', true, '/b?preview=a.txt'],
    ['personal', '/b/c', 'C', false, '/b/C'],
    ['team_folder', '/a.txt', 'a.txt', true, '/Team%20%26%20Co?preview=a.txt'],
    ['shared_folder', '/b', 'B', false, '/Team%20%26%20Co/B'],
    ['app_folder', '/b', 'B', false, '/Apps/Team%20%26%20Co/B'],
    ['team_root', '/b', 'B', false, '/B'],
    ['personal', '/ü/50% #1?.txt', '50% #1?.txt', true, '/%C3%BC?preview=50%25%20%231%3F.txt'],
    ['personal', '/\ud800.txt', '\ud800.txt', true, '?preview=%EF%BF%BD.txt'],
  ])('%s %j %j', (kind, path, name, isFile, expected) => {
    expect(webUrlOf({ kind, name: 'Team & Co' }, path, name, isFile)).toBe(`https://www.dropbox.com/home${expected}`);
  });
});

describe('the type of a file', () => {
  it.each([
    ['a.pdf', 'application/pdf'],
    ['a.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['a.XLSX', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['a.ppt', 'application/vnd.ms-powerpoint'],
    ['a.csv', 'text/csv'],
    ['a.md', 'text/markdown'],
    ['a.txt', 'text/plain'],
    ['a.html', 'text/html'],
    ['a.json', 'application/json'],
    ['a.jpg', 'image/jpeg'],
    ['a.svg', 'image/svg+xml'],
    ['a.zip', 'application/zip'],
    ['a.paper', 'text/html'],
    ['a.py', 'text/x-python'],
    ['a.mp4', 'application/octet-stream'],
    ['a.ts', 'application/octet-stream'],
    ['a', 'application/octet-stream'],
    ['pdf', 'application/octet-stream'],
    ['a.nothing known', 'application/octet-stream'],
  ])('%s is %s', (name, expected) => {
    expect(mimeTypeOf(name)).toBe(expected);
    expect(pipesHubMimeTypes.has(mimeTypeOf(name))).toBe(true);
  });
});
