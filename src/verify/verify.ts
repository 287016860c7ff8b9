import type { DropboxSession } from '../dropbox';
import { allMembers } from '../graph/access/members';
import { groupKeys } from '../graph/access/team';
import type { StandaloneGraph } from '../graph/driver/graph';
import { mapConcurrently } from '../mapConcurrently';
import type { ConnectorDocument } from '../sync/connectorDocument';
import type { MemberDocument } from '../sync/syncDocuments';
import { teamIndexOf } from '../sync/team';
import { checkFileMembers, checkNamespaceMembers } from './accessLists';
import type { Check } from './check';
import { ExtraRecords, reportExtraRecords } from './extraRecords';
import { Findings, type Finding, type FindingKind } from './findings';
import { checkGroups } from './groups';
import { checkMember, type MemberCheck } from './memberAccess';
import { checkPeople } from './people';
import { checkRecordGroups, namespacesByGroup } from './recordGroups';
import { checkStructure } from './structure';
import { appFoldersOf, teamNamespaces, unlistedNamespaces, type Unlisted } from './teamNamespaces';

export interface VerifyOptions {
  /** Compares what this many members can read, chosen at random. Default: all active members. */
  sample?: number | undefined;
  /** Called after each member. */
  progress?: (done: number, total: number) => void;
  /** Draws a number from 0 to below 1. */
  random?: () => number;
}

/** The figures by kind count all differences. */
export interface VerifyReport extends Record<Exclude<FindingKind, 'accessList'>, number> {
  connectorId: string;
  /** Nothing differs. */
  ok: boolean;
  members: { checked: number; total: number };
  files: { dropbox: number; records: number };
  accessLists: number;
  /** The first differences. */
  findings: Finding[];
  /**
   * Namespaces of the team that no member lists, and why. They are no difference: no one can be shown what they hold.
   */
  unlisted: Unlisted[];
}

/** The report, and what a repair needs besides. */
export interface Comparison {
  report: VerifyReport;
  findings: Findings;
}

/** Differences that a report lists one by one. */
const LISTED_FINDINGS = 200;

/** Members who are compared at the same time. Each takes the memory of a list of all files that they can read. */
const CONCURRENT_MEMBERS = 4;

/** Compares the graph with Dropbox, both ways, and writes nothing. */
export async function compare(
  graph: StandaloneGraph,
  connector: Pick<ConnectorDocument, '_key' | 'orgId' | 'filters'>,
  session: DropboxSession,
  options: VerifyOptions = {},
): Promise<Comparison> {
  const { _key: connectorId, orgId, filters } = connector;
  const members: MemberDocument[] = [];
  for await (const batch of allMembers(graph, connectorId)) members.push(...batch);
  const team = teamIndexOf(members, await groupKeys(graph, connectorId));
  const { teamMemberId: adminId } = await session.team.admin();
  const findings = new Findings(LISTED_FINDINGS);
  const check: Check = { graph, connectorId, orgId, session, adminId, team, findings };

  const namespaces = await teamNamespaces(session);
  const byGroup = await namespacesByGroup(graph, connectorId);
  const namespaceIds = new Set(namespaces.map(({ namespaceId }) => namespaceId));
  const records = await checkStructure(check, byGroup);
  await checkRecordGroups(check, byGroup, (id) => namespaceIds.has(id) || team.byMemberId(id) !== undefined);
  await checkGroups(check);
  await checkNamespaceMembers(check);
  await checkFileMembers(check);

  const active = members.filter(({ status }) => status === 'active');
  const chosen = sampleOf(active, options);
  const seen = new Map<string, boolean>();
  await checkMembers({ ...check, filters, seen, appFolders: appFoldersOf(namespaces) }, chosen, options);
  await checkPeople(check);
  const { accessList: accessLists, ...counts } = findings.counts;
  const report = {
    connectorId,
    ok: findings.total === 0,
    members: { checked: chosen.length, total: active.length },
    files: { dropbox: seen.size, records },
    ...counts,
    accessLists,
    findings: findings.kept,
    unlisted: await unlistedNamespaces(check, namespaces),
  };
  return { report, findings };
}

async function checkMembers(
  check: MemberCheck,
  members: readonly MemberDocument[],
  { progress }: VerifyOptions,
): Promise<void> {
  const extras = new ExtraRecords();
  let done = 0;
  await mapConcurrently(members, CONCURRENT_MEMBERS, async (member) => {
    for (const extra of await checkMember(check, member)) extras.add(extra);
    done += 1;
    progress?.(done, members.length);
  });
  await reportExtraRecords(check, extras);
}

function sampleOf<T>(all: readonly T[], { sample, random = Math.random }: VerifyOptions): T[] {
  const left = [...all];
  if (sample === undefined || sample >= left.length) return left;
  return Array.from({ length: sample }, () => left.splice(Math.floor(random() * left.length), 1)[0]).filter(
    (one) => one !== undefined,
  );
}
