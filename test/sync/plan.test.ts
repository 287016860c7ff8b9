import type { LiveEntry } from '../../src/sync/folderEntries';
import { planOrphan } from '../../src/sync/hierarchyEdges';
import { edgeKey, entryKey, recordKey } from '../../src/sync/keys';
import { planEntries } from '../../src/sync/plan';
import { noWrites, type Known, type KnownRecord, type PlanContext } from '../../src/sync/planTypes';
import type { Principal } from '../../src/sync/syncDocuments';
import { file, folder } from '../support/entries';

const namespace = {
  connectorId: 'c',
  orgId: 'o',
  namespaceId: '1',
  kind: 'team_folder' as const,
  name: 'Team',
  externalGroupId: '1',
  recordGroupKey: 'group-1',
};
const context = (more: Partial<PlanContext> = {}): PlanContext => ({
  namespace,
  filters: {},
  now: 1000,
  generation: 'live',
  explicit: new Map(),
  vertexOf: ({ kind, id }) => (kind === 'user' ? `users/${id}` : `groups/${id}`),
  runId: 'run',
  ...more,
});
const nothing = (): Known => ({ entries: new Map(), parents: new Map(), records: new Map(), children: [] });

/** What the graph holds after a plan for this entry has been carried out. */
function stored(entry: LiveEntry, more: Partial<KnownRecord> = {}): { known: Known; record: KnownRecord } {
  const writes = planEntries([entry], nothing(), context());
  const key = recordKey('c', entry.id);
  const record: KnownRecord = {
    record: { ...(writes.records[0] as KnownRecord['record']) },
    file: writes.files[0] as KnownRecord['file'],
    typed: true,
    belongsTo: [{ _key: 'b', other: 'recordGroups/group-1' }],
    inherits: [{ _key: 'i', other: 'recordGroups/group-1' }],
    parents: [],
    permissions: [],
    entries: writes.entries.map(({ _key, namespaceId, path }) => ({ _key, namespaceId, path })),
    detached: false,
    ...more,
  };
  expect(record.record._key).toBe(key);
  return {
    known: {
      ...nothing(),
      entries: new Map(writes.entries.map((one) => [one._key, one])),
      records: new Map([[entry.id, record]]),
    },
    record,
  };
}

describe('the plan of a batch', () => {
  it('gives a new file its record, its document, and one edge of each kind to its record group', () => {
    const writes = planEntries([file('/A.txt')], nothing(), context());
    const key = recordKey('c', 'id:/A.txt');
    expect(writes.records).toMatchObject([
      { _key: key, recordName: 'A.txt', version: 0, indexingStatus: 'NOT_STARTED' },
    ]);
    expect(writes.files).toMatchObject([{ _key: key, isFile: true, extension: 'txt', path: '/a.txt' }]);
    expect(writes.belongsTo).toMatchObject([{ _from: `records/${key}`, _to: 'recordGroups/group-1' }]);
    expect(writes.inheritPermissions).toMatchObject([{ _from: `records/${key}`, _to: 'recordGroups/group-1' }]);
    expect(writes.outbox).toMatchObject([{ eventType: 'newRecord', recordKey: key }]);
    expect(writes.counts.added).toBe(1);
  });

  it('writes nothing for what is stored already', () => {
    const { known } = stored(file('/A.txt'));
    const { counts, remove, ...documents } = planEntries([file('/A.txt')], known, context({ now: 2000 }));
    expect(Object.values(documents).flat()).toEqual([]);
    expect(Object.values(remove).flat()).toEqual([]);
    expect(counts).toMatchObject({ added: 0, updated: 0, moved: 0 });
  });

  it('writes nothing again for a file whose times cannot be read', () => {
    const undated = file('/A.txt', { client_modified: 'soon', server_modified: 'later' });
    const { known } = stored(undated);
    expect(planEntries([undated], known, context({ now: 2000 })).entries).toEqual([]);
  });

  it('restores edges that someone has removed', () => {
    const { known } = stored(file('/A.txt'), { belongsTo: [], inherits: [], typed: false });
    const writes = planEntries([file('/A.txt')], known, context());
    expect(writes.belongsTo).toHaveLength(1);
    expect(writes.inheritPermissions).toHaveLength(1);
    expect(writes.isOfType).toHaveLength(1);
    expect(writes.records).toEqual([]);
  });

  it('raises the version and asks for indexing when the revision changed', () => {
    const { known } = stored(file('/A.txt'));
    const writes = planEntries([file('/A.txt', { rev: '0000000002' })], known, context());
    expect(writes.records).toMatchObject([
      { version: 1, indexingStatus: 'NOT_STARTED', externalRevisionId: '0000000002' },
    ]);
    expect(writes.outbox).toMatchObject([{ eventType: 'updateRecord' }]);
  });

  it.each([
    ['not of the same content, which a move gives another revision, too', true, 'b', 'b', 0],
    ['of other content', true, 'b', 'c', 1],
    ['of a cloud document, whose hash says nothing of what is exported', false, 'b', 'b', 1],
  ])('asks for indexing %s', (_case, is_downloadable, before, content_hash, events) => {
    const { known } = stored(file('/A.txt', { content_hash: before, is_downloadable }));
    const changed = { id: 'id:/A.txt', rev: '0000000002', server_modified: '2026-01-03T00:00:00Z' };
    const writes = planEntries([file('/B.txt', { ...changed, content_hash, is_downloadable })], known, context());
    expect(writes.outbox).toHaveLength(events);
    expect(writes.records).toMatchObject([{ recordName: 'B.txt', externalRevisionId: '0000000002' }]);
    expect('version' in writes.records[0]!).toBe(events === 1);
  });

  it('reports the record’s own creation when the revision changed later', () => {
    const { known } = stored(file('/A.txt'));
    const created = known.records.get('id:/A.txt')?.record.createdAtTimestamp;
    const writes = planEntries([file('/A.txt', { rev: '0000000002' })], known, context({ now: 99_000 }));
    expect(writes.outbox).toMatchObject([{ payload: { createdAtTimestamp: created, updatedAtTimestamp: 99_000 } }]);
    expect(created).toBeLessThan(99_000);
  });

  it('leaves the fields of the indexing service alone when only the name changed', () => {
    const { known } = stored(file('/A.txt'));
    const moved = file('/B.txt', { id: 'id:/A.txt' });
    const writes = planEntries([moved], known, context());
    expect(writes.records).toHaveLength(1);
    expect(writes.records[0]).not.toHaveProperty('indexingStatus');
    expect(writes.records[0]).not.toHaveProperty('version');
    expect(writes.outbox).toEqual([]);
    expect(writes.counts).toMatchObject({ added: 0, moved: 1 });
  });

  it('replaces the record group of an item that came from another namespace', () => {
    const { known } = stored(file('/A.txt'), {
      belongsTo: [{ _key: 'b9', other: 'recordGroups/group-9' }],
      inherits: [{ _key: 'i9', other: 'recordGroups/group-9' }],
    });
    const writes = planEntries([file('/A.txt')], known, context());
    expect(writes.remove.belongsTo).toEqual(['b9']);
    expect(writes.remove.inheritPermissions).toEqual(['i9']);
    expect(writes.belongsTo).toMatchObject([{ _to: 'recordGroups/group-1' }]);
  });

  it('finds the parent in the same batch, whichever comes first', () => {
    for (const entries of [
      [folder('/D'), file('/D/a')],
      [file('/D/a'), folder('/D')],
    ]) {
      const writes = planEntries(entries, nothing(), context());
      const child = writes.records.find(({ recordName }) => recordName === 'a');
      expect(child).toMatchObject({ externalParentId: 'id:/D' });
      expect(writes.recordRelations).toMatchObject([
        { _from: `records/${recordKey('c', 'id:/D')}`, _to: `records/${recordKey('c', 'id:/D/a')}` },
      ]);
    }
  });

  it('sets the parent of a record that was stored before its folder', () => {
    const known = nothing();
    known.children.push({
      entryKey: entryKey('c', '1', '/d/a'),
      parentKey: entryKey('c', '1', '/d'),
      recordKey: 'child',
      externalGroupId: '1',
      externalParentId: null,
      parents: [],
    });
    const writes = planEntries([folder('/D')], known, context());
    expect(writes.records).toContainEqual({ _key: 'child', externalParentId: 'id:/D', updatedAtTimestamp: 1000 });
    expect(writes.recordRelations).toMatchObject([{ _to: 'records/child' }]);
  });

  it('keeps a mount point as an entry only: its content is in its own listing', () => {
    const writes = planEntries(
      [folder('/Shared', { sharing_info: { read_only: false, shared_folder_id: '77' } })],
      nothing(),
      context(),
    );
    expect(writes.records).toEqual([]);
    expect(writes.entries).toMatchObject([{ kind: 'mount', recordKey: null }]);
  });

  it('makes a record an orphan when another item takes its path', () => {
    const { known, record } = stored(file('/A.txt'));
    const other = file('/A.txt', { id: 'id:other' });
    const writes = planEntries([other], known, context());
    expect(writes.detached).toMatchObject([{ _key: record.record._key }]);
    expect(writes.remove.inheritPermissions).toEqual(['i']);
    expect(writes.counts.added).toBe(1);
  });

  it('lets two items swap their paths, and both keep their records and edges', () => {
    const first = stored(file('/A.txt'));
    const second = stored(file('/B.txt'));
    const known = {
      ...nothing(),
      entries: new Map([...first.known.entries, ...second.known.entries]),
      records: new Map([...first.known.records, ...second.known.records]),
    };
    const swapped = [file('/A.txt', { id: 'id:/B.txt' }), file('/B.txt', { id: 'id:/A.txt' })];
    const writes = planEntries(swapped, known, context());
    expect(writes.detached).toEqual([]);
    expect(writes.remove).toMatchObject({ belongsTo: [], inheritPermissions: [], permission: [] });
    expect(writes.entries.map(({ recordKey: key }) => key)).toEqual([
      second.record.record._key,
      first.record.record._key,
    ]);
  });

  it('makes a record an orphan when other items of one batch take all of its paths', () => {
    const { known, record } = stored(file('/A.txt'));
    const again = planEntries([file('/B.txt', { id: 'id:/A.txt' })], known, context()).entries[0];
    if (!again) throw new Error('a moved item has an entry');
    record.entries.push({ _key: again._key, namespaceId: '1', path: '/b.txt' });
    const both = { ...known, entries: new Map([...known.entries, [again._key, again]]) };
    const others = [file('/A.txt', { id: 'id:1' }), file('/B.txt', { id: 'id:2' })];
    const writes = planEntries(others, both, context());
    expect(writes.detached).toMatchObject([{ _key: record.record._key }]);
    expect(writes.remove).toMatchObject({ belongsTo: ['b'], inheritPermissions: ['i'] });
  });

  it('gives an item that is found again its orphaned record back, with its key', () => {
    const { known, record } = stored(file('/A.txt'), { detached: true, belongsTo: [], inherits: [], entries: [] });
    const writes = planEntries([file('/B.txt', { id: 'id:/A.txt' })], { ...known, entries: new Map() }, context());
    expect(writes.remove.detached).toEqual([record.record._key]);
    expect(writes.entries).toMatchObject([{ recordKey: record.record._key }]);
    expect(writes.counts).toMatchObject({ added: 0, moved: 1 });
  });

  it('makes the direct edges of a file equal to its own members', () => {
    const principals: Principal[] = [
      { id: 'ann', kind: 'user', role: 'READER' },
      { id: 'team', kind: 'group', role: 'WRITER' },
    ];
    const { known } = stored(file('/A.txt'), {
      permissions: [
        { _key: 'old', other: 'users/bob', role: 'READER', type: 'USER' },
        { _key: 'kept', other: 'users/ann', role: 'READER', type: 'USER' },
      ],
    });
    const writes = planEntries([file('/A.txt')], known, context({ explicit: new Map([['id:/A.txt', principals]]) }));
    expect(writes.remove.permission).toEqual(['old']);
    expect(writes.permission).toMatchObject([{ _from: 'groups/team', role: 'WRITER', type: 'GROUP' }]);
    expect(writes.counts).toMatchObject({ granted: 1, revoked: 1 });
  });

  it('takes direct access away at once that a listing no longer shows, and has the member list read again', () => {
    const principals: Principal[] = [{ id: 'ann', kind: 'user', role: 'WRITER' }];
    const { known } = stored(file('/A.txt'));
    for (const entry of known.entries.values()) Object.assign(entry, { principals, membersReadAt: 1 });
    const [written] = planEntries([file('/A.txt')], known, context()).entries;
    expect(written).toMatchObject({ membersDue: true });
    expect(written).not.toHaveProperty('principals');
  });

  it('changes a role in place', () => {
    const key = recordKey('c', 'id:/A.txt');
    const link = edgeKey('users/ann', `records/${key}`);
    const { known } = stored(file('/A.txt'), {
      permissions: [{ _key: link, other: 'users/ann', role: 'READER', type: 'USER' }],
    });
    const explicit = new Map<string, Principal[]>([['id:/A.txt', [{ id: 'ann', kind: 'user', role: 'WRITER' }]]]);
    const writes = planEntries([file('/A.txt')], known, context({ explicit }));
    expect(writes.remove.permission).toEqual([]);
    expect(writes.permission).toMatchObject([{ _key: link, role: 'WRITER' }]);
    expect(writes.counts).toMatchObject({ granted: 0, revoked: 0 });
  });

  it('grants nothing to a principal without a document in the graph', () => {
    const explicit = new Map<string, Principal[]>([['id:/A.txt', [{ id: 'ann', kind: 'user', role: 'OWNER' }]]]);
    const writes = planEntries([file('/A.txt')], nothing(), context({ explicit, vertexOf: () => null }));
    expect(writes.permission).toEqual([]);
    expect(writes.entries[0]?.principals).toHaveLength(1);
  });

  it('keeps a file that a filter refuses as an entry without a record', () => {
    const filters = { extensions: { operator: 'in' as const, values: ['pdf'] } };
    const writes = planEntries([file('/A.txt'), folder('/D')], nothing(), context({ filters }));
    expect(writes.records.map(({ recordName }) => recordName)).toEqual(['D']);
    expect(writes.entries.map(({ recordKey: key }) => key === null)).toEqual([true, false]);
  });
});

describe('a record that an entry no longer points to', () => {
  it('stays as it is while another entry points to it', () => {
    const { record } = stored(file('/A.txt'));
    const elsewhere = { _key: 'other', namespaceId: '2', path: '/a.txt' };
    const writes = noWrites();
    planOrphan(
      { ...record, entries: [...record.entries, elsewhere] },
      new Set(record.entries.map(({ _key }) => _key)),
      context(),
      writes,
    );
    expect(writes.detached).toEqual([]);
    expect(writes.remove.belongsTo).toEqual([]);
  });

  it('loses at once every edge that lets anyone read it, and is remembered', () => {
    const { record } = stored(file('/A.txt'), {
      permissions: [{ _key: 'p', other: 'users/a', role: 'READER', type: 'USER' }],
    });
    const writes = noWrites();
    planOrphan(record, new Set(record.entries.map(({ _key }) => _key)), context(), writes);
    expect(writes.remove).toMatchObject({ belongsTo: ['b'], inheritPermissions: ['i'], permission: ['p'] });
    expect(writes.detached).toHaveLength(1);
  });
});

describe('entry documents', () => {
  it('have positions that sort a subtree together, under any collation', () => {
    const paths = ['/a', '/a/b', '/a/b/c', '/a-b', '/a b', '/ab', '/ä'];
    const positions = planEntries(
      paths.map((path) => folder(path)),
      nothing(),
      context(),
    ).entries;
    const below = positions.filter(
      ({ position }) =>
        position >= `${Buffer.from('/a').toString('hex')}2f` && position < `${Buffer.from('/a').toString('hex')}30`,
    );
    expect(below.map(({ path }) => path).sort()).toEqual(['/a/b', '/a/b/c']);
  });
});
