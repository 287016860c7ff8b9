import type { DropboxActor, DropboxSession } from '../dropbox';
import { failureTypeOf } from '../failures';
import { allMembers } from '../graph/access/members';
import { locateRecord } from '../graph/readers/recordLocation';
import { storedItems } from '../graph/readers/recordStructure';
import type { ConnectorDocument, MemberDocument } from '../sync/documents';
import { checkAccessLists } from './accessLists';
import { Findings, type Finding, type FindingKind } from './findings';
import { checkMember, type Extra } from './memberAccess';
import { checkPeople } from './people';
import { checkRecordGroups, namespacesByGroup } from './recordGroups';
import { checkStructure } from './structure';
import { appFoldersOf, teamNamespaces, unlistedNamespaces, type Unlisted } from './teamNamespaces';
import { chunks } from '../chunks';
import type { Graph, StandaloneGraph } from '../graph/driver/graph';

/** Keys or ids that one query looks up. */
const KEYS_PER_QUERY = 1000;

export interface VerifyOptions {
  /** Compares with the eyes of so many members, chosen at random; absent: of all. */
  sample?: number;
  /** Told after each member. */
  progress?: (done: number, total: number) => void;
  /** Draws a number from 0 to below 1. */
  random?: () => number;
}

export interface VerifyReport {
  connectorId: string;
  /** Nothing differs. */
  ok: boolean;
  members: { checked: number; total: number };
  files: { dropbox: number; records: number };
  missing: number;
  shouldBeGone: number;
  tooWide: number;
  tooNarrow: number;
  accessLists: number;
  structure: number;
  /** The first differences; the figures count all. */
  findings: Finding[];
  /** Namespaces of the team that nobody lists, and why. They are no difference: nobody can be shown what is in them. */
  unlisted: Unlisted[];
}

/** What repairing needs to know. */
export interface Comparison {
  report: VerifyReport;
  findings: Findings;
}

/** So many differences are named one by one. */
const NAMED = 200;

/** Compares the graph with Dropbox, both ways, and writes nothing. */
export async function compare(
  graph: StandaloneGraph,
  connector: Pick<ConnectorDocument, '_key' | 'orgId' | 'filters'>,
  session: DropboxSession,
  options: VerifyOptions = {},
): Promise<Comparison> {
  const connectorId = connector._key;
  const findings = new Findings(NAMED);
  const team = await storedTeam(graph, connectorId);
  const everybody = team.filter(({ status }) => status === 'active');
  const namespaces = await teamNamespaces(session);
  const byGroup = await namespacesByGroup(graph, connectorId);
  const inDropbox = new Set([
    ...namespaces.map(({ namespaceId }) => namespaceId),
    ...team.map(({ teamMemberId }) => teamMemberId),
  ]);
  const owner = { connectorId, orgId: connector.orgId };
  const records = await checkStructure(graph, owner, byGroup, findings);
  await checkRecordGroups(graph, owner, byGroup, (id) => inDropbox.has(id), findings);
  await checkAccessLists(graph, connectorId, session, findings);

  const chosen = sampleOf(everybody, options);
  const seen = new Map<string, boolean>();
  const appFolders = appFoldersOf(namespaces);
  const check = { graph, connectorId, session, filters: connector.filters, findings, seen, appFolders };
  const extras: Extra[] = [];
  for (const [at, member] of chosen.entries()) {
    extras.push(...(await checkMember(check, member)));
    options.progress?.(at + 1, chosen.length);
  }
  await judgeExtras(check, extras);
  await checkPeople(graph, connectorId, findings);
  const report = reportOf(connectorId, findings, {
    members: { checked: chosen.length, total: everybody.length },
    files: { dropbox: seen.size, records },
    unlisted: await unlistedNamespaces(graph, connectorId, namespaces, team),
  });
  return { report, findings };
}

async function storedTeam(graph: StandaloneGraph, connectorId: string): Promise<MemberDocument[]> {
  const team: MemberDocument[] = [];
  for await (const batch of allMembers(graph, connectorId)) team.push(...batch);
  return team;
}

function sampleOf<T>(all: readonly T[], { sample, random = Math.random }: VerifyOptions): T[] {
  const left = [...all];
  if (sample === undefined || sample >= left.length) return left;
  return Array.from({ length: sample }, () => left.splice(Math.floor(random() * left.length), 1)[0]).filter(
    (one) => one !== undefined,
  );
}

type Check = Parameters<typeof checkMember>[0];

/** A record that its reader does not see: somebody else does (too wide), or nobody (it should be gone). */
async function judgeExtras(check: Check, extras: readonly Extra[]): Promise<void> {
  const { graph, connectorId, session, findings, seen } = check;
  const exists = new Map<string, boolean>();
  for (const part of chunks(extras, KEYS_PER_QUERY)) {
    const stored = new Map(
      (await storedItems(graph, connectorId, [...new Set(part.map(({ itemId }) => itemId))])).map((item) => [
        item.recordKey,
        item,
      ]),
    );
    for (const { recordKey, itemId, name, member, email } of part) {
      let there = seen.has(itemId) || exists.get(itemId);
      if (there === undefined) {
        there = await isInDropbox(graph, session, recordKey);
        exists.set(itemId, there);
      }
      const namespaceId = stored.get(recordKey)?.namespaces[0] ?? null;
      if (namespaceId === null) findings.strayRecords.add(recordKey);
      findings.add(
        there
          ? {
              kind: 'tooWide',
              text: `${email} can read ${name}, and can't in Dropbox`,
              recordKey,
              itemId,
              namespaceId,
              member,
            }
          : { kind: 'shouldBeGone', text: `${name} is not in Dropbox`, recordKey, itemId, namespaceId },
      );
    }
  }
}

/** Asks those who could see it, the admin last. Whoever can't be asked leaves the benefit of the doubt: it exists. */
async function isInDropbox(graph: Graph, session: DropboxSession, recordKey: string): Promise<boolean> {
  const record = await locateRecord(graph, recordKey);
  if (!record) return false;
  const { teamMemberId } = await session.team.admin();
  const actors: DropboxActor[] = [
    ...record.readers.map((id) => session.as({ kind: 'member', teamMemberId: id })),
    session.as({ kind: 'admin', teamMemberId }),
  ];
  for (const actor of actors) {
    for (const { namespaceId } of record.places.slice(0, 3)) {
      try {
        if (await actor.metadata(record.itemId, { namespaceId })) return true;
      } catch (error) {
        const type = failureTypeOf(error);
        if (type !== 'NamespaceUnreachable' && type !== 'PathRootChanged' && type !== 'AccessDenied') throw error;
      }
    }
  }
  return false;
}

function reportOf(
  connectorId: string,
  findings: Findings,
  rest: Pick<VerifyReport, 'members' | 'files' | 'unlisted'>,
): VerifyReport {
  const count = (kind: FindingKind): number => findings.counts[kind];
  const { members: checked, files, unlisted } = rest;
  return {
    connectorId,
    ok: findings.total === 0,
    members: checked,
    files,
    missing: count('missing'),
    shouldBeGone: count('shouldBeGone'),
    tooWide: count('tooWide'),
    tooNarrow: count('tooNarrow'),
    accessLists: count('accessList'),
    structure: count('structure'),
    findings: findings.kept,
    unlisted,
  };
}
