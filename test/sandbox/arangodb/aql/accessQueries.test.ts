import { TestDatabase } from './testDatabase';

/**
 * An access graph of a small team, and the queries of a search application: which files can a user find, can they open
 * a file, what is their role, what is in a folder.
 *
 *   recordGroup marketing: brief, logo, copy, folder, pending; nested recordGroup drafts: draft
 *   recordGroup private:   diary
 *   recordGroup news:      headline
 *
 *   ann: writer of marketing, owner of private    bob: in group designers, which is a writer of marketing
 *   cid: reader of one file (logo)                dee: reads news as a member of the organization
 *   eve: reader of one file, without an app relation
 */
function graph(): TestDatabase {
  const db = new TestDatabase();
  const record = (key: string, more: object = {}) => ({
    _key: key,
    recordName: `${key}.txt`,
    orgId: 'org',
    connectorId: 'dropbox',
    origin: 'CONNECTOR',
    indexingStatus: 'COMPLETED',
    virtualRecordId: `v-${key}`,
    externalParentId: null,
    ...more,
  });
  db.collection(
    'users',
    ['ann', 'bob', 'cid', 'dee', 'eve'].map((name) => ({ _key: `u-${name}`, userId: name, email: `${name}@x` })),
  );
  db.collection('organizations', [{ _key: 'org', name: 'Org' }]);
  db.collection('groups', [{ _key: 'designers', name: 'Designers' }]);
  db.collection('roles')
    .collection('teams', [{ _key: 'all' }])
    .collection('anyone', [{ organization: 'org', file_key: 'flyer' }]);
  db.collection('apps', [{ _key: 'dropbox', name: 'Dropbox' }]);
  db.collection(
    'recordGroups',
    ['marketing', 'drafts', 'private', 'news'].map((key) => ({ _key: key, groupName: key, orgId: 'org' })),
  );
  db.collection('records', [
    record('brief'),
    record('logo'),
    record('copy', { virtualRecordId: 'v-logo' }),
    record('folder', { virtualRecordId: null }),
    record('inside', { externalParentId: 'id:folder' }),
    record('draft'),
    record('diary'),
    record('headline'),
    record('flyer'),
    record('pending', { indexingStatus: 'NOT_STARTED' }),
  ]);
  const edges = (name: string, list: readonly (readonly [string, string, object?])[]): void => {
    db.edges(
      name,
      list.map(([_from, _to, more]) => ({ _from, _to, ...more })),
    );
  };
  edges('userAppRelation', [
    ...['ann', 'bob', 'cid', 'dee'].map((name) => [`users/u-${name}`, 'apps/dropbox'] as const),
    ['teams/all', 'apps/dropbox'],
  ]);
  edges('permission', [
    ['users/u-ann', 'recordGroups/marketing', { type: 'USER', role: 'WRITER' }],
    ['users/u-ann', 'recordGroups/private', { type: 'USER', role: 'OWNER' }],
    ['users/u-bob', 'groups/designers', { type: 'USER', role: 'READER' }],
    ['groups/designers', 'recordGroups/marketing', { type: 'GROUP', role: 'WRITER' }],
    ['groups/designers', 'records/inside', { type: 'GROUP', role: 'WRITER' }],
    ['users/u-cid', 'records/logo', { type: 'USER', role: 'READER' }],
    ['users/u-eve', 'records/logo', { type: 'USER', role: 'READER' }],
    ['organizations/org', 'recordGroups/news', { type: 'ORG', role: 'READER' }],
  ]);
  const inGroup = (group: string, keys: readonly string[]) =>
    keys.map((key) => [`records/${key}`, `recordGroups/${group}`] as const);
  const members = [
    ...inGroup('marketing', ['brief', 'logo', 'copy', 'folder', 'pending']),
    ...inGroup('drafts', ['draft']),
    ...inGroup('private', ['diary']),
    ...inGroup('news', ['headline']),
  ];
  edges('inheritPermissions', [...members, ['recordGroups/drafts', 'recordGroups/marketing']]);
  edges('belongsTo', [
    ...members,
    ['users/u-dee', 'organizations/org', { entityType: 'ORGANIZATION' }],
    ['recordGroups/marketing', 'apps/dropbox'],
    ['recordGroups/drafts', 'recordGroups/marketing'],
  ]);
  edges('recordRelations', [['records/folder', 'records/inside', { relationshipType: 'PARENT_CHILD' }]]);
  db.index('users', ['userId'], { unique: true }).index('records', ['connectorId', 'externalParentId']);
  return db.index('anyone', ['organization']);
}

const searchQuery = `
  LET user = FIRST(FOR u IN users FILTER u.userId == @userId RETURN u)
  LET apps = UNION_DISTINCT(
    (FOR app IN 1..1 OUTBOUND user._id userAppRelation FILTER IS_SAME_COLLECTION("apps", app) RETURN app._key),
    (FOR team, p IN 1..1 OUTBOUND user._id permission
      FILTER p.type == "USER" AND IS_SAME_COLLECTION("teams", team)
      FOR app IN 1..1 OUTBOUND team._id userAppRelation RETURN app._key)
  )
  LET direct = (FOR r IN 1..1 ANY user._id permission FILTER IS_SAME_COLLECTION("records", r) RETURN r)
  LET byGroup = (
    FOR group IN 1..1 ANY user._id permission
      FOR r IN 1..1 ANY group._id permission FILTER IS_SAME_COLLECTION("records", r) RETURN r
  )
  LET ofGroup = (
    FOR rg IN 1..1 ANY user._id permission
      FILTER IS_SAME_COLLECTION("recordGroups", rg)
      FOR r IN 0..5 INBOUND rg._id inheritPermissions FILTER IS_SAME_COLLECTION("records", r) RETURN r
  )
  LET ofGroupByGroup = (
    FOR group IN 1..1 ANY user._id permission
      FILTER IS_SAME_COLLECTION("groups", group) OR IS_SAME_COLLECTION("roles", group)
      FOR rg IN 1..1 ANY group._id permission
        FILTER IS_SAME_COLLECTION("recordGroups", rg)
        FOR r IN 0..5 INBOUND rg._id inheritPermissions FILTER IS_SAME_COLLECTION("records", r) RETURN r
  )
  LET ofOrganization = (
    FOR organization, membership IN 1..1 ANY user._id belongsTo
      FILTER membership.entityType == "ORGANIZATION"
      FOR rg, p IN 1..1 ANY organization._id permission
        FILTER p.type == "ORG" AND IS_SAME_COLLECTION("recordGroups", rg)
        FOR r IN 0..2 INBOUND rg._id inheritPermissions FILTER IS_SAME_COLLECTION("records", r) RETURN r
  )
  LET ofAnyone = (
    FOR open IN anyone FILTER open.organization == @orgId
      FOR r IN records FILTER r._key == open.file_key RETURN r
  )
  FOR r IN UNION(direct, byGroup, ofGroup, ofGroupByGroup, ofOrganization, ofAnyone)
    FILTER r.connectorId IN apps AND r.indexingStatus == "COMPLETED" AND r.virtualRecordId != null
    COLLECT virtual = r.virtualRecordId INTO same = r._key
    RETURN { virtual, key: FIRST(SORTED(same)) }`;

const accessQuery = `
  LET user = FIRST(FOR u IN users FILTER u.userId == @userId RETURN u)
  LET record = DOCUMENT(CONCAT("records/", @recordId))
  LET gate = LENGTH(FOR app IN 1..1 OUTBOUND user._id userAppRelation FILTER app._key == record.connectorId LIMIT 1 RETURN 1)
  LET direct = (
    FOR v, p IN 1..1 ANY user._id permission FILTER v._id == record._id RETURN { via: "direct", role: p.role }
  )
  LET group = (
    FOR g IN 1..1 ANY user._id permission
      FILTER IS_SAME_COLLECTION("groups", g) OR IS_SAME_COLLECTION("roles", g)
      FOR v, p IN 1..1 ANY g._id permission FILTER v._id == record._id RETURN { via: "group", role: p.role, name: g.name }
  )
  LET recordGroup = (
    FOR rg, p IN 1..1 ANY user._id permission
      FILTER IS_SAME_COLLECTION("recordGroups", rg)
      FOR v IN 0..5 INBOUND rg._id inheritPermissions FILTER v._id == record._id RETURN { via: "recordGroup", role: p.role }
  )
  LET oneHop = (
    FOR g IN 1..1 ANY user._id permission
      FILTER IS_SAME_COLLECTION("groups", g)
      FOR rg, p IN 1..1 ANY g._id permission
        FILTER IS_SAME_COLLECTION("recordGroups", rg) AND (p.type == "GROUP" OR p.type == "ROLE")
        FOR v, e, path IN 1..2 INBOUND rg._id inheritPermissions
          FILTER v._id == record._id AND LENGTH(path.edges) IN [1, 2]
          RETURN { via: "groupOfRecordGroup", role: p.role, hops: LENGTH(path.edges) }
  )
  LET organization = (
    FOR o, b IN 1..1 ANY user._id belongsTo FILTER b.entityType == "ORGANIZATION"
      FOR rg, p IN 1..1 ANY o._id permission FILTER IS_SAME_COLLECTION("recordGroups", rg) AND p.type == "ORG"
        FOR v IN 0..2 INBOUND rg._id inheritPermissions FILTER v._id == record._id RETURN { via: "organization", role: p.role }
  )
  LET routes = UNION_DISTINCT(direct, group, recordGroup, oneHop, organization)
  FILTER record != null
  LET allowed = record.origin == "CONNECTOR" AND gate == 0 ? [] : routes
  RETURN LENGTH(allowed) > 0 ? { record: record._key, routes: allowed[*].via, role: FIRST(allowed).role } : null`;

const roleQuery = `
  LET levels = { OWNER: 5, WRITER: 4, COMMENTER: 3, READER: 2 }
  LET record = DOCUMENT(records, @recordId)
  LET parents = UNION([record], (FOR rg IN 1..20 OUTBOUND record._id inheritPermissions RETURN rg))
  LET found = (
    FOR parent IN parents
      LET direct = (FOR p IN permission FILTER p._from == @user AND p._to == parent._id AND p.type == "USER" RETURN levels[p.role])
      LET byGroup = (
        FOR member IN permission FILTER member._from == @user AND member.type == "USER" AND IS_SAME_COLLECTION("groups", member._to)
          FOR p IN permission FILTER p._from == member._to AND p._to == parent._id AND p.type IN ["GROUP", "ROLE"]
          RETURN MIN([levels[member.role], levels[p.role]])
      )
      FOR level IN UNION(direct, byGroup) RETURN level
  )
  LET best = MAX(found)
  RETURN FIRST(FOR name IN ATTRIBUTES(levels) FILTER levels[name] == best RETURN name)`;

describe('an access graph', () => {
  const db = graph();

  it.each([
    ['ann', ['brief', 'copy', 'diary', 'draft', 'flyer']],
    ['bob', ['brief', 'copy', 'draft', 'flyer', 'inside']],
    ['cid', ['flyer', 'logo']],
    ['dee', ['flyer', 'headline']],
    ['eve', []],
  ])('%s finds exactly their files, and equal contents once', (userId, keys) => {
    const found = db.query(searchQuery, { userId, orgId: 'org' }) as { key: string }[];
    expect(found.map(({ key }) => key).sort()).toEqual(keys);
  });

  it.each([
    ['ann', 'draft', { record: 'draft', routes: ['recordGroup'], role: 'WRITER' }],
    ['ann', 'headline', null],
    ['bob', 'brief', { record: 'brief', routes: ['groupOfRecordGroup'], role: 'WRITER' }],
    ['bob', 'draft', { record: 'draft', routes: ['groupOfRecordGroup'], role: 'WRITER' }],
    ['bob', 'inside', { record: 'inside', routes: ['group'], role: 'WRITER' }],
    ['cid', 'logo', { record: 'logo', routes: ['direct'], role: 'READER' }],
    ['cid', 'brief', null],
    ['dee', 'headline', { record: 'headline', routes: ['organization'], role: 'READER' }],
    ['eve', 'logo', null],
  ])('the routes by which %s can open %s are correct', (userId, recordId, expected) => {
    expect(db.query(accessQuery, { userId, recordId })).toEqual([expected]);
  });

  it('a file that does not exist has no row', () => {
    expect(db.query(accessQuery, { userId: 'ann', recordId: 'none' })).toEqual([]);
  });

  it.each([
    ['ann', 'draft', 'WRITER'],
    ['ann', 'diary', 'OWNER'],
    ['bob', 'brief', 'READER'],
    ['cid', 'logo', 'READER'],
    ['cid', 'brief', null],
  ])('the role of %s for %s is the lower of two roles on a path', (name, recordId, role) => {
    expect(db.query(roleQuery, { user: `users/u-${name}`, recordId })).toEqual([role]);
  });

  it('the contents of a folder and of a record group are found', () => {
    const children =
      'FOR v, e IN 1..1 OUTBOUND @folder recordRelations FILTER e.relationshipType IN ["PARENT_CHILD", "ATTACHMENT"] RETURN v._key';
    expect(db.query(children, { folder: 'records/folder' })).toEqual(['inside']);
    const top = `
      FOR v IN 1..1 INBOUND @group belongsTo
        FILTER IS_SAME_COLLECTION("records", v) AND v.externalParentId == null
        SORT v.recordName COLLECT kind = v.virtualRecordId == null ? "folder" : "file" INTO names = v._key
        RETURN [kind, names]`;
    expect(db.query(top, { group: 'recordGroups/marketing' })).toEqual([
      ['file', ['brief', 'copy', 'logo', 'pending']],
      ['folder', ['folder']],
    ]);
  });

  it('the queries use only indexes', () => {
    const bindVars = { userId: 'ann', orgId: 'org' };
    expect(db.access(searchQuery, bindVars)).toEqual(['users: userId', 'anyone: organization', 'records: _key']);
    expect(db.access(accessQuery, { userId: 'ann', recordId: 'x' })).toEqual(['users: userId']);
    expect(db.access(roleQuery, { user: 'users/u-ann', recordId: 'x' })).toEqual([
      'permission: _from,_to',
      'permission: _from,_to',
      'permission: _from,_to',
    ]);
    expect(db.run(searchQuery, bindVars).extra.stats.scannedFull).toBe(0);
  });
});
