import type { DropboxActor, SharedFolder } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { memberIndex, principalIndex, type MemberIndex, type PrincipalIndex } from '../../graph/access/memberIndex';
import {
  allNamespaces,
  childNamespaces,
  dueNamespaces,
  patchNamespaces,
  readNamespaces,
} from '../../graph/state/namespaces';
import { countPermissionChanges, permissionCount } from '../../graph/access/permissions';
import { recordGroupId } from '../../graph/driver/context';
import { writeRecordGroups } from '../../graph/access/recordGroups';
import { markEntriesNaming } from '../../graph/access/sharedEntries';
import { principalsOf, type ListedMembers } from '../../sync/access';
import type { NamespaceDocument, Principal } from '../../sync/documents';
import type { HeldNamespace } from '../../contract/sync';
import type { ReadMembersInput, ReadMembersResult } from '../../contract/activities';
import { activeMembersKey, samePrincipals, storedMembers } from '../team/discovery';
import { gapLine } from '../../sync/gaps';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';

/** Member lists read at the same time; the budget of the acting admin is shared with everything else. */
const READ_TOGETHER = 8;
/** Members who are asked for a list that an admin may not read. */
const CANDIDATES = 5;

/** What Dropbox said about one namespace; a problem grants nothing to anybody. */
type Reading = { folder: SharedFolder; members: ListedMembers } | { problem: string } | { unseenBy: string };

/** A list that could not be read for now: whether that is its own trouble shows in the others. */
interface FailedReading {
  namespace: NamespaceDocument;
  error: unknown;
}

interface Written {
  granted: number;
  revoked: number;
  gaps: string[];
  held: HeldNamespace[];
  /** Nested folders that became due. */
  nested: number;
  /** Namespaces that nobody can see any more. */
  leaving: number;
}

export function memberListActivities(services: ActivityServices) {
  return {
    /**
     * Reads the members of the namespaces that are due, a few at a time, and makes the edges of their record groups
     * equal to what was read. A namespace whose list can't be read at all grants nothing. Who loses access by a change
     * of a folder may also lose it in the folders nested in it: those become due. Repeating it goes on where it was.
     */
    async readNamespaceMembers(input: ReadMembersInput): Promise<ReadMembersResult> {
      const open = await OpenConnector.open(services, input.connectorId);
      const reader = await MemberListReader.open(open);
      const total: Written = { granted: 0, revoked: 0, gaps: [], held: [], nested: 0, leaving: 0 };
      const approved = new Set(input.approved);
      const due = input.approved
        ? [...(await readNamespaces(open.graph, input.connectorId, input.approved)).values()]
        : await dueNamespaces(open.graph, input.connectorId, input.limit + 1);
      const todo = due.slice(0, input.limit);
      const failed: FailedReading[] = [];
      for (const batch of chunks(todo, READ_TOGETHER)) {
        const { failed: more, ...written } = await reader.read(batch, approved);
        addWritten(total, written);
        failed.push(...more);
        checkpoint();
      }
      if (failed.length > 0) {
        const ids = new Set(failed.map(({ namespace }) => namespace.namespaceId));
        if (!shouldIsolate(failed, todo.length) || !(await reader.canReadAnother(ids))) throw failed[0]?.error;
        addWritten(total, await reader.grantNothing(failed, approved));
      }
      const { nested, ...result } = total;
      return { ...result, done: due.length <= input.limit && nested === 0, ...open.calls };
    },
  };
}

function addWritten(total: Written, more: Written): void {
  total.granted += more.granted;
  total.revoked += more.revoked;
  total.gaps.push(...more.gaps);
  total.held.push(...more.held);
  total.nested += more.nested;
  total.leaving += more.leaving;
}

/** Reads member lists and writes what follows, for several places that find a list to be read again. */
export class MemberListReader {
  private holders: Promise<Map<string, string[]>> | undefined;
  /** Names the members who were asked, with their groups. */
  private asked: Promise<string> | undefined;

  constructor(
    private readonly open: OpenConnector,
    private readonly team: MemberIndex,
    private readonly index: PrincipalIndex,
  ) {}

  static async open(open: OpenConnector): Promise<MemberListReader> {
    const connectorId = open.connector._key;
    return new MemberListReader(
      open,
      await memberIndex(open.graph, connectorId),
      await principalIndex(open.graph, connectorId),
    );
  }

  /** Reads these lists and writes what follows; those that failed are told, and nothing of theirs is written. */
  async read(
    namespaces: readonly NamespaceDocument[],
    approved: ReadonlySet<string>,
  ): Promise<Written & { failed: FailedReading[] }> {
    const failed: FailedReading[] = [];
    const readings = new Map<NamespaceDocument, Reading>();
    await Promise.all(
      namespaces.map(async (namespace) => {
        try {
          readings.set(namespace, await this.readOne(namespace));
        } catch (error) {
          if (!isIsolatable(error)) throw error;
          failed.push({ namespace, error });
        }
      }),
    );
    return { ...(await this.write(readings, approved)), failed };
  }

  /**
   * Whether the list of a folder that is not among these can be read at the moment. Where none can, Dropbox does not answer
   * or excludes the route, and nobody is to lose anything for that.
   */
  async canReadAnother(failed: ReadonlySet<string>): Promise<boolean> {
    const admin = await this.open.as('admin');
    for await (const batch of allNamespaces(this.open.graph, this.open.connector._key)) {
      for (const { namespaceId, kind, work, problem } of batch) {
        const hasList = (kind === 'team_folder' || kind === 'shared_folder') && work !== 'remove' && problem === null;
        if (!hasList || failed.has(namespaceId)) continue;
        try {
          // A folder that is owned elsewhere refuses an admin, and says nothing.
          if (!('problem' in (await this.readAs(admin, namespaceId)))) return true;
        } catch (error) {
          if (isIsolatable(error)) return false;
          throw error;
        }
      }
    }
    return false;
  }

  /** Lists that can't be read, whatever is tried: unknown is never allowed. They are read again in the next run. */
  grantNothing(failed: readonly FailedReading[], approved: ReadonlySet<string>): Promise<Written> {
    const readings = failed.map(({ namespace, error }): [NamespaceDocument, Reading] => [
      namespace,
      { problem: `its members can't be read (${(error as Error).message})` },
    ]);
    return this.write(new Map(readings), approved);
  }

  private async write(
    readings: ReadonlyMap<NamespaceDocument, Reading>,
    approved: ReadonlySet<string>,
  ): Promise<Written> {
    const gaps: string[] = [];
    const held: HeldNamespace[] = [];
    const write: NamespaceDocument[] = [];
    const nested: string[] = [];
    const touched: { id: string; principals: string[] }[] = [];
    const now = this.open.services.now();
    for (const [namespace, reading] of readings) {
      const next = this.merged(namespace, reading, now);
      const brake = approved.has(namespace.namespaceId) ? null : await this.brake(next);
      if (brake) {
        held.push(brake);
        const { deletes, revokes, total } = brake;
        await patchNamespaces(this.open.graph, this.open.context(), [
          { namespaceId: namespace.namespaceId, held: { deletes, revokes, total, samples: [], since: now } },
        ]);
        continue;
      }
      if ('problem' in reading) gaps.push(gapLine(namespace.namespaceId, reading.problem));
      if (!samePrincipals(namespace.principals, next.principals)) {
        nested.push(namespace.namespaceId);
        touched.push({
          id: namespace.namespaceId,
          principals: changedPrincipals(namespace.principals, next.principals),
        });
      }
      write.push({ ...next, held: null });
    }
    // Before the lists are stored: afterwards nothing would tell any more that they have changed.
    await markEntriesNaming(this.open.graph, this.open.connector._key, touched);
    const marked = await this.markNested(nested, now);
    const leaving = write.filter(({ work }) => work === 'remove').length;
    const written = await writeRecordGroups(this.open.graph, this.open.context(), write, this.index);
    return { granted: written.granted, revoked: written.revoked, gaps, held, nested: marked, leaving };
  }

  /** Who can read a namespace by its list as it is now; nothing is written. */
  async look(namespace: NamespaceDocument): Promise<NamespaceDocument> {
    return this.merged(namespace, await this.readOne(namespace), this.open.services.now());
  }

  private merged(
    { unseenBy: _before, ...namespace }: NamespaceDocument,
    reading: Reading,
    now: number,
  ): NamespaceDocument {
    if ('unseenBy' in reading) {
      const { unseenBy } = reading;
      return { ...namespace, principals: [], due: false, problem: null, membersReadAt: now, work: 'remove', unseenBy };
    }
    if ('problem' in reading) {
      return { ...namespace, principals: [], due: false, problem: reading.problem, membersReadAt: now };
    }
    const { folder, members } = reading;
    const { principals } = principalsOf(members, this.team);
    return {
      ...namespace,
      parentNamespaceId: folder.parentSharedFolderId,
      inheritsAccess: folder.inheritsAccess,
      principals,
      membersReadAt: now,
      due: false,
      problem: null,
    };
  }

  /**
   * An admin sees any content of the team; a folder that is owned elsewhere only its members see. When an admin is
   * refused, and no active member has it in his list either, nobody of the team can see it now.
   */
  private async readOne(namespace: NamespaceDocument): Promise<Reading> {
    const tried = await this.readAs(await this.open.as('admin'), namespace.namespaceId);
    if (!('problem' in tried)) return tried;
    for (const teamMemberId of await this.known(namespace)) {
      const reading = await this.readAs(await this.open.as(teamMemberId), namespace.namespaceId);
      if (!('problem' in reading)) return reading;
    }
    const holders = await this.holding(namespace);
    for (const teamMemberId of holders) {
      const reading = await this.readAs(await this.open.as(teamMemberId), namespace.namespaceId);
      if (!('problem' in reading)) return reading;
    }
    if (holders.length > 0) return tried;
    this.asked ??= storedMembers(this.open).then((members) => activeMembersKey(members.values()));
    return { unseenBy: await this.asked };
  }

  private async readAs(actor: DropboxActor, namespaceId: string): Promise<Exclude<Reading, { unseenBy: string }>> {
    try {
      const folder = await actor.folderMetadata(namespaceId);
      return { folder, members: await actor.folderMembers(namespaceId) };
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
      return { problem: `its members can't be read (${(error as Error).message})` };
    }
  }

  /** Who might see it: whoever listed it, and whoever was a member. */
  private known({ principals, delegate }: NamespaceDocument): Promise<string[]> {
    const users = (principals ?? []).filter(({ kind }) => kind === 'user').map(({ id }) => id);
    return Promise.resolve(this.active(delegate === null ? users : [delegate, ...users]));
  }

  /** Who says that he has it, which costs a call for each member of the team: only when nobody else could see it. */
  private async holding(namespace: NamespaceDocument): Promise<string[]> {
    this.holders ??= this.findHolders();
    return this.active((await this.holders).get(namespace.namespaceId) ?? []);
  }

  private active(ids: string[]): string[] {
    return [...new Set(ids)].filter((id) => this.team.isActive(id)).slice(0, CANDIDATES);
  }

  /** Each active member's list of shared folders: only when an admin was refused somewhere, and once an activity. */
  private async findHolders(): Promise<Map<string, string[]>> {
    const holders = new Map<string, string[]>();
    const active = [...this.team.members()].filter(({ status }) => status === 'active');
    for (const batch of chunks(active, READ_TOGETHER)) {
      await Promise.all(
        batch.map(async ({ teamMemberId }) => {
          for (const sharedFolderId of await this.foldersOf(teamMemberId)) {
            const known = holders.get(sharedFolderId);
            if (known) known.push(teamMemberId);
            else holders.set(sharedFolderId, [teamMemberId]);
          }
        }),
      );
      checkpoint();
    }
    return holders;
  }

  /** None for a member who has been suspended or has left since the members were read. */
  private async foldersOf(teamMemberId: string): Promise<string[]> {
    const ids: string[] = [];
    try {
      for await (const page of (await this.open.as(teamMemberId)).sharedFolders())
        for (const { sharedFolderId } of page) ids.push(sharedFolderId);
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    }
    return ids;
  }

  /** More than a set share, and more than a set number, of those who can read it now would lose it. */
  private async brake(next: NamespaceDocument): Promise<HeldNamespace | null> {
    const { share, items } = this.open.connector.brake;
    const { revoked } = await countPermissionChanges(this.open.graph, [targetOf(next)], this.index);
    if (revoked <= items) return null;
    const total = await permissionCount(this.open.graph, recordGroupId(next.recordGroupKey));
    if (revoked <= share * total) return null;
    return { namespaceId: next.namespaceId, deletes: 0, revokes: revoked, total };
  }

  /** How many became due. */
  private async markNested(parents: string[], now: number): Promise<number> {
    if (parents.length === 0) return 0;
    const nested = await childNamespaces(this.open.graph, this.open.connector._key, parents);
    // A list that was read after its parent's is right already.
    const due = nested.filter(({ membersReadAt, due: already }) => !already && (membersReadAt ?? 0) < now);
    await patchNamespaces(
      this.open.graph,
      this.open.context(),
      due.map(({ namespaceId }) => ({ namespaceId, due: true })),
    );
    return due.length;
  }
}

/** Who is new, gone, or has another role. */
function changedPrincipals(before: readonly Principal[] | null, after: readonly Principal[] | null): string[] {
  const facts = (list: readonly Principal[] | null) => new Set((list ?? []).map(({ id, role }) => `${role} ${id}`));
  const [had, has] = [facts(before), facts(after)];
  const changed = [...[...had].filter((fact) => !has.has(fact)), ...[...has].filter((fact) => !had.has(fact))];
  return [...new Set(changed.map((fact) => fact.slice(fact.indexOf(' ') + 1)))];
}

const targetOf = ({ recordGroupKey, principals }: NamespaceDocument) => ({
  to: recordGroupId(recordGroupKey),
  principals: principals ?? [],
});
