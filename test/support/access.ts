import { aql, type Database } from 'arangojs';
import type { AqlQuery } from 'arangojs/aql';

/**
 * What one user can read in PipesHub: by its search, by opening a record, and in its tree view. Each of them is written
 * from a description of PipesHub's paths, independent of src. The three give different answers for many graphs, but must
 * agree for the graph of a sync.
 */
export interface PipesHubAccess {
  /** Item ids of the files that search shows. */
  search: Set<string>;
  /** Item ids of the files that PipesHub opens. */
  opening: Set<string>;
  /** Item ids of the files on which the user has a role in the tree view. */
  tree: Set<string>;
  /** Item ids of the files that the user reaches by opening folders, starting at the connector. */
  browsing: Set<string>;
}

/** Access to files. Folders have records, too, but their access is not compared. */
export async function pipesHubAccess(
  db: Database,
  email: string,
  orgId: string,
  connectorId: string,
): Promise<PipesHubAccess> {
  const user = await first<{ id: string; userId: string }>(
    db,
    aql`FOR user IN users FILTER LOWER(user.email) == ${email.toLowerCase()} LIMIT 1 RETURN { id: user._id, userId: user.userId }`,
  );
  if (user === undefined) return { search: new Set(), opening: new Set(), tree: new Set(), browsing: new Set() };
  const scope = { user: user.id, orgId, connectorId };
  const [search, opening, roles] = await Promise.all([searched(db, scope), opened(db, scope), treeRoles(db, scope)]);
  const files = new Set(await all<string>(db, aql`FOR file IN files FILTER file.isFile == true RETURN file._key`));
  const ids = new Map(
    await all<[string, string]>(
      db,
      aql`FOR record IN records FILTER record.connectorId == ${connectorId} RETURN [record._key, record.externalRecordId]`,
    ),
  );
  const items = (keys: Iterable<string>): Set<string> =>
    new Set([...keys].filter((key) => files.has(key)).map((key) => ids.get(key) ?? key));
  return {
    search: items(search),
    opening: items(opening),
    tree: items(roles.records),
    browsing: items(await browsed(db, scope, roles)),
  };
}

interface Scope {
  /** `users/<key>` */
  user: string;
  orgId: string;
  connectorId: string;
}

/** The user's apps: their own, and those of their PipesHub teams. */
const APPS = (user: string): AqlQuery => aql`
  LET apps = UNION_DISTINCT(
    (FOR app IN 1..1 OUTBOUND ${user} userAppRelation RETURN app._key),
    (FOR team, membership IN 1..1 OUTBOUND ${user} permission
       FILTER membership.type == "USER" AND IS_SAME_COLLECTION("teams", team)
       FOR app IN 1..1 OUTBOUND team userAppRelation
         RETURN app._key)
  )`;

/** Search follows permission edges from the user in any direction, and shows indexed records. */
async function searched(db: Database, { user, orgId, connectorId }: Scope): Promise<string[]> {
  return all(
    db,
    aql`
    ${APPS(user)}
    LET direct = (
      FOR record IN 1..1 ANY ${user} permission
        FILTER IS_SAME_COLLECTION("records", record)
        RETURN record
    )
    LET throughAny = (
      FOR middle IN 1..1 ANY ${user} permission
        FOR record IN 1..1 ANY middle permission
          FILTER IS_SAME_COLLECTION("records", record)
          RETURN record
    )
    LET throughOwnGroups = (
      FOR place IN 1..1 ANY ${user} permission
        FILTER IS_SAME_COLLECTION("recordGroups", place)
        FOR record IN 0..5 INBOUND place inheritPermissions
          FILTER IS_SAME_COLLECTION("records", record)
          RETURN record
    )
    LET throughGroups = (
      FOR holder IN 1..1 ANY ${user} permission
        FILTER IS_SAME_COLLECTION("groups", holder) OR IS_SAME_COLLECTION("roles", holder)
        FOR place IN 1..1 ANY holder permission
          FILTER IS_SAME_COLLECTION("recordGroups", place)
          FOR record IN 0..5 INBOUND place inheritPermissions
            FILTER IS_SAME_COLLECTION("records", record)
            RETURN record
    )
    LET throughOrganization = (
      FOR organization, membership IN 1..1 OUTBOUND ${user} belongsTo
        FILTER IS_SAME_COLLECTION("organizations", organization)
        FOR target, grant IN 1..1 ANY organization permission
          FOR record IN 0..2 INBOUND target inheritPermissions
            FILTER IS_SAME_COLLECTION("records", record)
            FILTER record._id == target._id OR (membership.entityType == "ORGANIZATION" AND grant.type == "ORG")
            RETURN record
    )
    LET anyoneGrants = (
      FOR open IN anyone
        FILTER open.organization == ${orgId}
        FOR record IN records
          FILTER record._key == open.file_key
          RETURN record
    )
    FOR record IN UNION(direct, throughAny, throughOwnGroups, throughGroups, throughOrganization, anyoneGrants)
      FILTER record.connectorId == ${connectorId} AND record.connectorId IN apps
      FILTER record.indexingStatus == "COMPLETED" AND record.virtualRecordId != null
      RETURN DISTINCT record._key`,
  );
}

/** Opening checks one record at a time. Some of its paths do not require the app. */
async function opened(db: Database, { user, connectorId }: Scope): Promise<string[]> {
  return all(
    db,
    aql`
    ${APPS(user)}
    LET holders = (
      FOR holder IN 1..1 OUTBOUND ${user} permission
        FILTER IS_SAME_COLLECTION("groups", holder) OR IS_SAME_COLLECTION("roles", holder)
        RETURN DISTINCT holder._id
    )
    LET teams = (
      FOR team, membership IN 1..1 OUTBOUND ${user} permission
        FILTER IS_SAME_COLLECTION("teams", team) AND membership.type == "USER"
        RETURN DISTINCT team._id
    )
    LET organizations = (
      FOR organization, membership IN 1..1 OUTBOUND ${user} belongsTo
        FILTER IS_SAME_COLLECTION("organizations", organization)
        RETURN { id: organization._id, typed: membership.entityType == "ORGANIZATION" }
    )
    FOR record IN records
      FILTER record.connectorId == ${connectorId}
      LET own = (
        FOR place IN 0..5 OUTBOUND record inheritPermissions
          FOR edge IN permission
            FILTER edge._to == place._id AND edge._from == ${user}
            LIMIT 1
            RETURN true
      )
      LET grouped = (
        FOR edge IN permission
          FILTER edge._to == record._id AND edge._from IN holders
          LIMIT 1
          RETURN true
      )
      LET inherited = (
        FOR place IN 1..2 OUTBOUND record inheritPermissions
          FOR edge IN permission
            FILTER edge._to == place._id AND edge._from IN holders
            FILTER edge.type IN ["GROUP", "ROLE"]
            LIMIT 1
            RETURN true
      )
      LET organized = (
        FOR place IN 0..2 OUTBOUND record inheritPermissions
          FOR edge IN permission
            FILTER edge._to == place._id
            FOR organization IN organizations
              FILTER organization.id == edge._from
              FILTER place._id == record._id OR (organization.typed AND edge.type == "ORG")
              RETURN true
      )
      LET placed = (
        FOR place IN 1..1 OUTBOUND record belongsTo
          FOR edge IN permission
            FILTER edge._to == place._id
            FILTER (edge._from == ${user} AND edge.type == "USER") OR (edge._from IN teams AND edge.type == "TEAM")
            LIMIT 1
            RETURN true
      )
      FILTER LENGTH(placed) > 0
        OR (record.connectorId IN apps AND LENGTH(own) + LENGTH(grouped) + LENGTH(inherited) + LENGTH(organized) > 0)
      RETURN record._key`,
  );
}

interface Roles {
  records: Set<string>;
  /** Record groups on which the user has a role, by `_id`. */
  groups: Set<string>;
}

/** The tree view checks the types of edges: USER from users, GROUP from groups; and follows up to 20 inheritance edges. */
async function treeRoles(db: Database, { user, orgId, connectorId }: Scope): Promise<Roles> {
  const targets = new Set(
    await all<string>(
      db,
      aql`
      ${APPS(user)}
      LET own = (
        FOR target, edge IN 1..1 OUTBOUND ${user} permission
          FILTER edge.type == "USER"
          RETURN target
      )
      LET grouped = (
        FOR holder IN own
          FILTER IS_SAME_COLLECTION("groups", holder)
          FOR target, edge IN 1..1 OUTBOUND holder permission
            FILTER edge.type IN ["GROUP", "ROLE"]
            RETURN target
      )
      LET organized = (
        FOR organization, membership IN 1..1 OUTBOUND ${user} belongsTo
          FILTER membership.entityType == "ORGANIZATION"
          FOR target, edge IN 1..1 OUTBOUND organization permission
            FILTER edge.type == "ORG"
            RETURN target
      )
      FOR target IN UNION(own, grouped, organized)
        FILTER IS_SAME_COLLECTION("records", target) OR IS_SAME_COLLECTION("recordGroups", target)
        FOR reached IN 0..20 INBOUND target inheritPermissions
          FILTER reached.connectorId == ${connectorId} AND reached.connectorId IN apps AND reached.orgId == ${orgId}
          FILTER reached.isDeleted != true
          RETURN DISTINCT reached._id`,
    ),
  );
  const records = [...targets].filter((id) => id.startsWith('records/')).map((id) => id.slice('records/'.length));
  return { records: new Set(records), groups: new Set([...targets].filter((id) => id.startsWith('recordGroups/'))) };
}

/** App → record groups → records without a parent → their children, as long as the user has a role on each. */
async function browsed(db: Database, { connectorId }: Scope, roles: Roles): Promise<Set<string>> {
  const groups = await all<string>(
    db,
    aql`FOR place IN 1..1 INBOUND ${`apps/${connectorId}`} belongsTo FILTER IS_SAME_COLLECTION("recordGroups", place) RETURN place._id`,
  );
  const tops = await all<string>(
    db,
    aql`
    FOR place IN ${groups.filter((id) => roles.groups.has(id))}
      FOR record IN 1..1 INBOUND place belongsTo
        FILTER IS_SAME_COLLECTION("records", record) AND record.externalParentId == null
        RETURN record._key`,
  );
  const children = new Map<string, string[]>();
  const links = await all<[string, string]>(
    db,
    aql`FOR link IN recordRelations FILTER link.relationshipType IN ["PARENT_CHILD", "ATTACHMENT"] RETURN [link._from, link._to]`,
  );
  for (const [from, to] of links) {
    const key = from.slice('records/'.length);
    children.set(key, [...(children.get(key) ?? []), to.slice('records/'.length)]);
  }
  const seen = new Set<string>();
  const waiting = tops.filter((key) => roles.records.has(key));
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    waiting.push(...(children.get(key) ?? []).filter((child) => roles.records.has(child)));
  }
  return seen;
}

async function all<T>(db: Database, query: AqlQuery): Promise<T[]> {
  const cursor = await db.query<T>(query, { batchSize: 10_000 });
  return cursor.all();
}

const first = async <T>(db: Database, query: AqlQuery): Promise<T | undefined> => (await all<T>(db, query))[0];

/** Differences for one user: a line for each reader and file. */
export function accessDifferences(
  email: string,
  found: PipesHubAccess,
  truth: Readonly<Record<string, { path: string; namespace_id: string; readers: readonly string[] }>>,
  /** Files that are shared individually: browsing need not lead to them, since the user may not see their folder. */
  sharedIndividually: ReadonlySet<string>,
): string[] {
  const name = (id: string): string => {
    const file = truth[id];
    return file ? `${file.namespace_id}:${file.path} (${id})` : id;
  };
  const allowed = new Set(
    Object.entries(truth)
      .filter(([, { readers }]) => readers.includes(email))
      .map(([id]) => id),
  );
  const lines: string[] = [];
  for (const reader of ['search', 'opening', 'tree'] as const) {
    for (const id of found[reader]) if (!allowed.has(id)) lines.push(`${email}: ${reader} is too wide: ${name(id)}`);
    for (const id of allowed) if (!found[reader].has(id)) lines.push(`${email}: ${reader} is too narrow: ${name(id)}`);
  }
  for (const id of found.browsing) if (!allowed.has(id)) lines.push(`${email}: browsing is too wide: ${name(id)}`);
  for (const id of allowed) {
    if (!found.browsing.has(id) && !sharedIndividually.has(id))
      lines.push(`${email}: browsing is too narrow: ${name(id)}`);
  }
  return lines;
}
