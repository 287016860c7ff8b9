import type { Database } from 'arangojs';
import { entryKey, pathPosition } from '../../src/sync/keys';
import { change as changeGraph } from '../support/change';

let db: Database;

/** Names the graph that is to be damaged. It holds the synced connector `c`. */
export const damageGraph = (database: Database): void => {
  db = database;
};

async function one<T>(query: string, vars: Record<string, unknown> = {}): Promise<T> {
  const [row] = await (await db.query<T>(query, vars)).all();
  if (row === undefined) throw new Error(`nothing found by ${query}`);
  return row;
}
const change = async (query: string, vars: Record<string, unknown> = {}): Promise<void> => {
  await changeGraph(db, query, vars);
};

/** A file that all members of a team folder read, and the record group of a member's own folder. */
const sharedFile = `FOR n IN dropboxNamespaces FILTER n.kind == "team_folder"
  FOR e IN dropboxEntries FILTER e.connectorId == "c" AND e.namespaceId == n.namespaceId AND e.kind == "file" AND e.recordKey != null
  SORT e.path LIMIT 1 RETURN { key: e.recordKey, group: n.recordGroupKey, namespaceId: n.namespaceId }`;
const privateGroup = `FOR n IN dropboxNamespaces FILTER n.kind == "personal"
  LET files = LENGTH(FOR e IN dropboxEntries FILTER e.connectorId == "c" AND e.namespaceId == n.namespaceId AND e.kind == "file" RETURN 1)
  FILTER files > 0 SORT n.name LIMIT 1 RETURN n.recordGroupKey`;
/** An active member with an account and no permission edge to the target. */
const strangerTo = `FOR m IN dropboxMembers FILTER m.status == "active" AND m.userKey != null
  LET edges = LENGTH(FOR p IN permission FILTER p._from == CONCAT("users/", m.userKey) AND p._to == @target RETURN 1)
  FILTER edges == 0 SORT m.email LIMIT 1 RETURN CONCAT("users/", m.userKey)`;

interface File {
  key: string;
  group: string;
  namespaceId: string;
}

const now = Date.now();
const edge = (from: string, to: string, more: object = {}): object => ({
  _from: from,
  _to: to,
  createdAtTimestamp: now,
  updatedAtTimestamp: now,
  ...more,
});
const insert = (collection: string, document: object): Promise<void> =>
  change(`INSERT @document INTO ${collection}`, { document });

/** Changes the shared file in one of its documents. */
const patchFile = async (collection: 'records' | 'files', patch: object): Promise<void> =>
  change(`UPDATE @key WITH @patch IN ${collection}`, { key: (await one<File>(sharedFile)).key, patch });

/** Stores another document like this one. */
const copy = (collection: string, key: string, more: { _key: string } & Record<string, string>): Promise<void> =>
  change(
    `FOR d IN ${collection} FILTER d._key == @key INSERT MERGE(UNSET(d, "_id", "_rev"), @more) INTO ${collection}`,
    { key, more },
  );

/** Damage by name, with the kinds of findings that `verify` has to report. */
export const damages: [name: string, kinds: string[], damage: () => Promise<void>][] = [
  [
    'a permission edge of a record group added',
    ['tooWide', 'accessList'],
    async () => {
      const group = `recordGroups/${await one<string>(privateGroup)}`;
      const stranger = await one<string>(strangerTo, { target: group });
      await insert('permission', edge(stranger, group, { role: 'READER', type: 'USER' }));
    },
  ],
  [
    'a permission edge of a record group removed',
    ['tooNarrow', 'accessList'],
    async () => {
      const group = `recordGroups/${await one<string>(privateGroup)}`;
      await change('FOR p IN permission FILTER p._to == @group REMOVE p IN permission', { group });
    },
  ],
  [
    'a permission edge moved to another record group',
    ['tooNarrow', 'tooWide'],
    async () => {
      const from = `recordGroups/${await one<string>(privateGroup)}`;
      const to = `recordGroups/${await one<string>(privateGroup.replace('LIMIT 1', 'LIMIT 1, 1'))}`;
      await change('FOR p IN permission FILTER p._to == @from UPDATE p WITH { _to: @to } IN permission', { from, to });
    },
  ],
  [
    'a role changed',
    ['accessList'],
    async () => {
      const group = `recordGroups/${await one<string>(privateGroup)}`;
      await change('FOR p IN permission FILTER p._to == @group UPDATE p WITH { role: "READER" } IN permission', {
        group,
      });
    },
  ],
  [
    'a record with its edges lost',
    ['missing'],
    async () => {
      const { key } = await one<File>(sharedFile);
      const id = `records/${key}`;
      await change('REMOVE @key IN records', { key });
      await change('REMOVE @key IN files', { key });
      for (const edges of ['belongsTo', 'inheritPermissions', 'isOfType', 'recordRelations', 'permission']) {
        await change(`FOR e IN ${edges} FILTER e._from == @id OR e._to == @id REMOVE e IN ${edges}`, { id });
      }
    },
  ],
  [
    'an extra record',
    ['shouldBeGone'],
    async () => {
      const { key } = await one<File>(sharedFile);
      await copy('records', key, { _key: 'extra', externalRecordId: 'id:extra' });
      await copy('files', key, { _key: 'extra' });
      for (const edges of ['belongsTo', 'inheritPermissions']) {
        await change(
          `FOR e IN ${edges} FILTER e._from == @id INSERT MERGE(UNSET(e, "_key", "_id", "_rev"), { _from: "records/extra" }) INTO ${edges}`,
          { id: `records/${key}` },
        );
      }
    },
  ],
  [
    'a second record of the same file',
    ['shouldBeGone'],
    async () => {
      const { key, group } = await one<File>(sharedFile);
      for (const collection of ['records', 'files']) await copy(collection, key, { _key: 'duplicate' });
      await insert('isOfType', edge('records/duplicate', 'files/duplicate'));
      for (const edges of ['belongsTo', 'inheritPermissions']) {
        await insert(edges, edge('records/duplicate', `recordGroups/${group}`));
      }
    },
  ],
  [
    'a stale group member',
    ['accessList'],
    async () => {
      const group = await one<string>('FOR g IN groups FILTER g.name == "Finance" RETURN g._id');
      const stranger = await one<string>(strangerTo, { target: group });
      await insert('permission', edge(stranger, group, { role: 'READER', type: 'USER' }));
    },
  ],
  [
    'a group member lost',
    ['accessList'],
    async () => {
      const group = await one<string>('FOR g IN groups FILTER g.name == "Finance" RETURN g._id');
      await change('FOR p IN permission FILTER p._to == @group LIMIT 1 REMOVE p IN permission', { group });
    },
  ],
  [
    'a record that inherits from a second group',
    ['structure'],
    async () => {
      const { key } = await one<File>(sharedFile);
      await insert('inheritPermissions', edge(`records/${key}`, `recordGroups/${await one<string>(privateGroup)}`));
    },
  ],
  [
    'a record that belongs to another group',
    ['structure'],
    async () => {
      const { key } = await one<File>(sharedFile);
      const to = `recordGroups/${await one<string>(privateGroup)}`;
      await change('FOR e IN belongsTo FILTER e._from == @id UPDATE e WITH { _to: @to } IN belongsTo', {
        id: `records/${key}`,
        to,
      });
    },
  ],
  [
    'a user named on a file that Dropbox does not share with them',
    ['tooWide'],
    async () => {
      const group = await one<string>(privateGroup);
      const record = await one<string>(
        'FOR r IN records FILTER r.recordGroupId == @group AND r.mimeType != "text/directory" SORT r._key LIMIT 1 RETURN r._id',
        { group },
      );
      const stranger = await one<string>(strangerTo, { target: `recordGroups/${group}` });
      await insert('permission', edge(stranger, record, { role: 'READER', type: 'USER' }));
    },
  ],
  [
    'a files document lost',
    ['structure'],
    async () => {
      const { key } = await one<File>(sharedFile);
      await change('REMOVE @key IN files', { key });
    },
  ],
  [
    'a parent edge lost',
    ['structure'],
    async () => {
      const id = await one<string>(
        'FOR r IN records FILTER r.connectorId == "c" AND r.externalParentId != null SORT r._key LIMIT 1 RETURN r._id',
      );
      await change('FOR e IN recordRelations FILTER e._to == @id REMOVE e IN recordRelations', { id });
    },
  ],
  [
    'the edge to a files document lost',
    ['structure'],
    async () => {
      const { key } = await one<File>(sharedFile);
      await change('FOR e IN isOfType FILTER e._from == @id REMOVE e IN isOfType', { id: `records/${key}` });
    },
  ],
  [
    'a second edge to a files document',
    ['structure'],
    async () => {
      const { key } = await one<File>(sharedFile);
      await insert('isOfType', edge(`records/${key}`, `files/${key}`));
    },
  ],
  ['a wrong name', ['structure'], () => patchFile('records', { recordName: 'Wrong.pdf' })],
  ['a wrong revision', ['structure'], () => patchFile('records', { externalRevisionId: 'another' })],
  ['a wrong size', ['structure'], () => patchFile('records', { sizeInBytes: 1 })],
  ['another organization', ['structure'], () => patchFile('records', { orgId: 'another' })],
  ['a record that is marked as deleted', ['structure'], () => patchFile('records', { isDeleted: true })],
  ['a files document with a wrong name', ['structure'], () => patchFile('files', { name: 'Wrong.pdf' })],
  ['a files document with a wrong path', ['structure'], () => patchFile('files', { path: '/wrong' })],
  [
    'a relation to the app lost',
    ['tooNarrow'],
    async () => {
      const user = await one<string>(
        'FOR m IN dropboxMembers FILTER m.status == "active" SORT m.email LIMIT 1 RETURN CONCAT("users/", m.userKey)',
      );
      await change('FOR e IN userAppRelation FILTER e._from == @user REMOVE e IN userAppRelation', { user });
    },
  ],
  [
    'a relation to the app of a suspended member',
    ['tooWide'],
    async () => {
      const user = await one<string>(
        'FOR m IN dropboxMembers FILTER m.status == "suspended" LIMIT 1 RETURN CONCAT("users/", m.userKey)',
      );
      await insert('userAppRelation', edge(user, 'apps/c', { syncState: 'NOT_STARTED', lastSyncUpdate: now }));
    },
  ],
  [
    'a record group lost',
    ['structure'],
    async () => change('REMOVE @key IN recordGroups', { key: (await one<File>(sharedFile)).group }),
  ],
  [
    'a record group with a wrong name',
    ['structure'],
    async () =>
      change('UPDATE @key WITH { groupName: "Wrong" } IN recordGroups', { key: (await one<File>(sharedFile)).group }),
  ],
  [
    'a record group that is not in its app',
    ['structure'],
    async () => {
      const group = `recordGroups/${(await one<File>(sharedFile)).group}`;
      await change('FOR e IN belongsTo FILTER e._from == @group AND e._to == "apps/c" REMOVE e IN belongsTo', {
        group,
      });
    },
  ],
  [
    'a record group that inherits from another',
    ['structure', 'tooWide'],
    async () => {
      const { group } = await one<File>(sharedFile);
      await insert(
        'inheritPermissions',
        edge(`recordGroups/${await one<string>(privateGroup)}`, `recordGroups/${group}`),
      );
    },
  ],
  [
    'a record group without a folder',
    ['shouldBeGone'],
    async () => {
      const { group } = await one<File>(sharedFile);
      await copy('recordGroups', group, { _key: 'orphan', externalGroupId: '424242' });
      const stranger = await one<string>(strangerTo, { target: 'recordGroups/orphan' });
      await insert('permission', edge(stranger, 'recordGroups/orphan', { role: 'READER', type: 'USER' }));
      await insert('belongsTo', edge('recordGroups/orphan', 'apps/c'));
    },
  ],
  [
    'a second permission edge of the same user',
    ['structure'],
    async () => {
      const to = `recordGroups/${await one<string>(privateGroup)}`;
      const from = await one<string>('FOR p IN permission FILTER p._to == @to RETURN p._from', { to });
      await insert('permission', edge(from, to, { role: 'READER', type: 'USER' }));
    },
  ],
  [
    'an edge to a file for a principal that reads it through its folder',
    ['structure'],
    async () => {
      const { key, group } = await one<File>(sharedFile);
      const from = await one<string>(
        'FOR p IN permission FILTER p._to == @to SORT p._from DESC LIMIT 1 RETURN p._from',
        {
          to: `recordGroups/${group}`,
        },
      );
      const type = from.startsWith('groups/') ? 'GROUP' : 'USER';
      await insert('permission', edge(from, `records/${key}`, { role: 'READER', type }));
    },
  ],
  [
    'a group member by an edge of another type',
    ['accessList'],
    async () => {
      const to = await one<string>('FOR g IN groups FILTER g.name == "Finance" RETURN g._id');
      await change('FOR p IN permission FILTER p._to == @to LIMIT 1 UPDATE p WITH { type: "GROUP" } IN permission', {
        to,
      });
    },
  ],
  [
    'a group with a wrong name',
    ['accessList'],
    async () => change('FOR g IN groups FILTER g.name == "Finance" LIMIT 1 UPDATE g WITH { name: "Wrong" } IN groups'),
  ],
  [
    'an entry of the connector lost, with the record still there',
    ['shouldBeGone'],
    async () => {
      const { key } = await one<File>(sharedFile);
      await change('FOR e IN dropboxEntries FILTER e.recordKey == @key REMOVE e IN dropboxEntries', { key });
    },
  ],
  ...(['in its own folder', 'in another folder'] as const).map((where): (typeof damages)[number] => [
    `an entry of the connector for a path that Dropbox does not have, ${where}`,
    ['structure'],
    async () => {
      const { key, namespaceId } = await one<File>(sharedFile);
      const namespace =
        where === 'in its own folder'
          ? namespaceId
          : await one<string>(
              'FOR n IN dropboxNamespaces FILTER n.kind == "personal" SORT n.name LIMIT 1 RETURN n.namespaceId',
            );
      const path = '/nowhere/at all.pdf';
      await copy(
        'dropboxEntries',
        await one<string>('FOR e IN dropboxEntries FILTER e.recordKey == @key RETURN e._key', { key }),
        {
          _key: entryKey('c', namespace, path),
          namespaceId: namespace,
          path,
          position: pathPosition(path),
          parentKey: entryKey('c', namespace, '/nowhere'),
        },
      );
    },
  ]),
  [
    'a member list of the connector that is not Dropbox’s',
    ['accessList'],
    async () => {
      const { namespaceId } = await one<File>(sharedFile);
      await change(
        'FOR n IN dropboxNamespaces FILTER n.namespaceId == @namespaceId UPDATE n WITH { principals: [] } IN dropboxNamespaces',
        { namespaceId },
      );
    },
  ],
];
