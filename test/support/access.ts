import { aql, type Database } from 'arangojs';
import type { AqlQuery } from 'arangojs/aql';

/**
 * PipesHub's own readers, each written from the description of the paths that it takes and not from our code: its
 * search, its opening of one record, and its tree view. They disagree about many shapes of a graph; about ours they must
 * not.
 */
export interface Readings {
  /** Item ids of the files that each reader shows to the user. */
  search: Set<string>;
  opening: Set<string>;
  /** Files on which the tree view gives him a role. */
  tree: Set<string>;
  /** Files that he gets to by opening folder after folder, from the connector down. */
  browsing: Set<string>;
}

/** Files as PipesHub knows them; folders have records too, and are no matter of access here. */
export async function readings(db: Database, email: string, orgId: string, connectorId: string): Promise<Readings> {
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

/** The user's apps: his own, and those of PipesHub's teams that he is in. */
const APPS = (user: string): AqlQuery => aql`
  LET apps = UNION_DISTINCT(
    (FOR app IN 1..1 OUTBOUND ${user} userAppRelation RETURN app._key),
    (FOR team, membership IN 1..1 OUTBOUND ${user} permission
       FILTER membership.type == "USER" AND IS_SAME_COLLECTION("teams", team)
       FOR app IN 1..1 OUTBOUND team userAppRelation
         RETURN app._key)
  )`;

/** Search collects what the user reaches, in any direction over permission edges, and shows what is indexed. */
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
    LET anybody = (
      FOR open IN anyone
        FILTER open.organization == ${orgId}
        FOR record IN records
          FILTER record._key == open.file_key
          RETURN record
    )
    FOR record IN UNION(direct, throughAny, throughOwnGroups, throughGroups, throughOrganization, anybody)
      FILTER record.connectorId == ${connectorId} AND record.connectorId IN apps
      FILTER record.indexingStatus == "COMPLETED" AND record.virtualRecordId != null
      RETURN DISTINCT record._key`,
  );
}

/** Opening asks about one record at a time; some of its paths don't ask for the app. */
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
  /** Record groups on which he has a role, by `_id`. */
  groups: Set<string>;
}

/** The tree view minds the types of edges: USER from users, GROUP from groups; up to twenty steps of inheritance. */
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

/** App → record groups → records without a parent → their children, as far as there is a role on each. */
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

/** What is wrong for one user: lines that name the reader and the file. */
export function accessDifferences(
  email: string,
  found: Readings,
  truth: Readonly<Record<string, { path: string; namespace_id: string; readers: readonly string[] }>>,
  /** Files that he may read by a grant of their own, and not by what they lie in: no folder leads to them. */
  single: ReadonlySet<string>,
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
    if (!found.browsing.has(id) && !single.has(id)) lines.push(`${email}: browsing is too narrow: ${name(id)}`);
  }
  return lines;
}
