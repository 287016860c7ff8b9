import { Client, Connection } from '@temporalio/client';
import type { Dropbox } from 'dropbox';
import { compareAccess } from '../../sandbox/demo/access';
import { DemoCompany } from '../../sandbox/demo/changes';
import { syncWorkflowId, type HeldNamespace, type SyncOutcome } from '../../src/client';
import { FaultProxy } from '../support/faultProxy';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

/** Lower than the default, so that folders with few files exceed it. */
const LIMITS = { share: 0.2, items: 20 };
const FILES = 25;
const SMALL = 5;

describe('the deletion guard', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let proxy: FaultProxy;
  let company: DemoCompany;
  let temporal: Client;
  let owner: Dropbox;
  let colleague: Dropbox;
  let defaultLimits: unknown;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'generate:members=12,groups=1,shared=2,files=40,seed=3' }));
    proxy = resources.add(await FaultProxy.start(stack.dropbox.url));
    temporal = new Client({
      connection: resources.add(await Connection.connect({ address: stack.temporal.address })),
    });
    await stack.createConnector();
    const cursor = await stack.db.query<unknown>(`FOR c IN dropboxConnectors RETURN c.brake`);
    defaultLimits = await cursor.next();
    await stack.client.setSettings(CONNECTOR, { brake: LIMITS });
    await stack.startWorker({ DROPBOX_API_URL: proxy.url });
    company = await DemoCompany.open(stack.dropbox.url);
    const [, first, second] = company.members;
    if (!first || !second) throw new Error('the company has too few members');
    owner = company.as(first);
    colleague = company.as(second);
    await fill('/Project');
    await fill('/Small', SMALL);
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
  });

  afterEach(() => (proxy.decide = () => undefined));

  async function fill(folder: string, files = FILES): Promise<void> {
    await owner.filesCreateFolderV2({ path: folder });
    const names = Array.from({ length: files }, (_, at) => `${folder}/file ${at}.txt`);
    for (let at = 0; at < names.length; at += 10) {
      await Promise.all(names.slice(at, at + 10).map((path) => owner.filesUpload({ path, contents: path })));
    }
  }

  const recordsBelow = async (folder: string): Promise<number> => {
    const cursor = await stack.db.query<number>(
      `RETURN LENGTH(FOR f IN files FILTER STARTS_WITH(f.path, @folder)
         FOR e IN inheritPermissions FILTER e._from == CONCAT("records/", f._key) RETURN 1)`,
      { folder },
    );
    return (await cursor.next()) ?? 0;
  };

  /** The outcome of the sync that an answer has requested. */
  async function answered(decision: 'approve' | 'reject', namespaceId?: string): Promise<SyncOutcome> {
    const { sync } = await stack.client[decision](CONNECTOR, namespaceId === undefined ? {} : { namespaceId });
    expect(sync).toBe('started');
    return (await temporal.workflow.getHandle(syncWorkflowId(CONNECTOR)).result()) as SyncOutcome;
  }

  const heldNow = async (): Promise<HeldNamespace[]> => (await stack.client.status(CONNECTOR)).held;

  async function detailsOfRun(): Promise<string> {
    const handle = temporal.workflow.getHandle(syncWorkflowId(CONNECTOR));
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return currentDetails;
  }

  it('has a default for a new connector: a fifth of a namespace, and more than a hundred items', () => {
    expect(defaultLimits).toEqual({ share: 0.2, items: 100 });
  });

  it('holds a namespace with too many deletions while everything else continues', async () => {
    await owner.filesDeleteV2({ path: '/Project' });
    await colleague.filesUpload({ path: '/meanwhile.txt', contents: 'written meanwhile' });
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ status: 'partial', records: { deleted: 0 }, gaps: [] });
    expect(outcome.held).toMatchObject([{ deletes: FILES + 1, revokes: 0 }]);
    expect(outcome.held[0]?.total).toBeGreaterThanOrEqual(FILES + 1);
    expect(await recordsBelow('/project')).toBe(FILES + 1);
    expect(await recordsBelow('/meanwhile.txt')).toBe(1);

    const [held] = await heldNow();
    expect(held).toMatchObject({ deletes: FILES + 1 });
    expect(held?.answer).toBeUndefined();
    expect(held?.samples?.every((path) => path.startsWith('/project'))).toBe(true);
    expect(held?.samples?.length).toBeGreaterThan(0);
    const details = await detailsOfRun();
    expect(details).toContain(`${FILES + 1} of`);
    expect(details).toContain('dropbox-teams approve');
  });

  it('lets later runs do everything else: a member who is suspended meanwhile loses all access', async () => {
    await colleague.filesUpload({ path: '/later.txt', contents: 'written later' });
    const leaver = company.members[11];
    if (!leaver) throw new Error('the company has too few members');
    const user = { '.tag': 'team_member_id' as const, team_member_id: leaver.teamMemberId };
    const readableBy = async () => {
      const [access] = await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, [leaver.email]);
      return access;
    };
    expect((await readableBy())?.readable).toBeGreaterThan(0);
    stack.company.team.suspendMember({ user, wipe_data: false });
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ status: 'partial', held: [{ deletes: FILES + 1 }] });
    expect(outcome.held[0]).not.toHaveProperty('answer');
    expect(await recordsBelow('/later.txt')).toBe(1);
    expect(await readableBy()).toMatchObject({ readable: 0, tooWide: [] });
    stack.company.team.unsuspendMember({ user });
  });

  it('keeps what was rejected, in later runs too, and reports it', async () => {
    for (const outcome of [await answered('reject'), await stack.sync()]) {
      expect(outcome).toMatchObject({ status: 'partial', held: [{ answer: 'rejected' }], records: { deleted: 0 } });
      expect(outcome.gaps.join()).toContain('its deletions were rejected');
    }
    expect(await recordsBelow('/project')).toBe(FILES + 1);
    expect(await heldNow()).toMatchObject([{ deletes: FILES + 1, answer: 'rejected' }]);
  });

  it('asks again when there is more to delete than was shown, and carries out what was approved', async () => {
    await owner.filesDeleteV2({ path: '/Small' });
    const more = FILES + 1 + SMALL + 1;
    expect((await stack.sync()).held).toMatchObject([{ deletes: more }]);
    const [held] = await heldNow();
    expect(held).toMatchObject({ deletes: more });
    expect(held?.answer).toBeUndefined();
    expect(await recordsBelow('/small')).toBe(SMALL + 1);
    const outcome = await answered('approve', held?.namespaceId);
    expect(outcome).toMatchObject({ status: 'complete', held: [], records: { deleted: more } });
    expect(await recordsBelow('/project')).toBe(0);
    expect(await heldNow()).toEqual([]);
    await expect(stack.client.approve(CONNECTOR)).rejects.toMatchObject({ code: 'NothingHeld' });
  });

  it('holds a relisting that lacks too many items, also after a cursor reset', async () => {
    await fill('/Archive');
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    await owner.filesDeleteV2({ path: '/Archive' });
    await stack.page('cursors/reset', {});
    expect((await stack.sync()).held).toMatchObject([{ deletes: FILES + 1 }]);
    expect(await recordsBelow('/archive')).toBe(FILES + 1);
    expect(await answered('approve')).toMatchObject({ status: 'complete', records: { deleted: FILES + 1 } });
    expect(await recordsBelow('/archive')).toBe(0);
  });

  it('deletes nothing when a listing is empty or fails', async () => {
    await fill('/Kept');
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    proxy.decide = ({ path }) =>
      path.includes('/files/list_folder')
        ? { status: 200, json: { entries: [], cursor: 'AAAA', has_more: false } }
        : undefined;
    const before = await recordsBelow('/');
    // Every namespace is a gap, also those below the limits, because stored items are still found by their id. That
    // another run gets the same answers confirms nothing.
    for (let run = 0; run < 2; run += 1) {
      const empty = await stack.sync({ mode: 'full' });
      expect(empty).toMatchObject({ status: 'partial', records: { deleted: 0 }, held: [] });
      expect(empty.gaps.length).toBeGreaterThan(3);
      expect(await recordsBelow('/')).toBe(before);
    }

    // A namespace that no one can list is a gap, and nothing is deleted.
    proxy.decide = ({ path }) =>
      path.includes('/files/list_folder')
        ? {
            status: 409,
            json: { error_summary: 'path/not_found/..', error: { '.tag': 'path', path: { '.tag': 'not_found' } } },
          }
        : undefined;
    const failing = await stack.sync({ mode: 'full' });
    proxy.decide = () => undefined;
    expect(failing).toMatchObject({ status: 'partial', records: { deleted: 0 } });
    expect(await recordsBelow('/')).toBe(before);
    expect(await stack.sync({ mode: 'full' })).toMatchObject({ status: 'complete', held: [], records: { deleted: 0 } });
    expect(await recordsBelow('/')).toBe(before);
    expect(await heldNow()).toEqual([]);
  });

  it('stops a change of a folder by which too many members would lose access', async () => {
    const guests = company.members.slice(3, 12);
    const before = await recordsBelow('/');
    const { result } = await owner.sharingShareFolder({ path: '/Kept' });
    if (result['.tag'] !== 'complete') throw new Error('the folder was not shared at once');
    const folder = result.shared_folder_id;
    await owner.sharingAddFolderMember({
      shared_folder_id: folder,
      members: guests.map(({ email }) => ({ member: { '.tag': 'email', email }, access_level: { '.tag': 'viewer' } })),
      quiet: true,
    });
    // Its files move to another namespace, which needs no approval. Only the folder itself, now a mount point, is deleted.
    expect(await stack.sync()).toMatchObject({ status: 'complete', gaps: [], records: { deleted: 1 } });
    expect(await recordsBelow('/')).toBe(before - 1);
    // A lower limit, so that the test does not need a hundred members.
    await stack.client.setSettings(CONNECTOR, { brake: { share: 0.2, items: 5 } });
    const edges = async (): Promise<number> => {
      const cursor = await stack.db.query<number>(
        `RETURN LENGTH(FOR g IN recordGroups FILTER g.externalGroupId == @folder
           FOR p IN permission FILTER p._to == g._id RETURN 1)`,
        { folder },
      );
      return (await cursor.next()) ?? 0;
    };
    expect(await edges()).toBe(guests.length + 1);
    for (const { email } of guests) {
      await owner.sharingRemoveFolderMember({
        shared_folder_id: folder,
        member: { '.tag': 'email', email },
        leave_a_copy: false,
      });
    }
    expect(await stack.sync()).toMatchObject({
      status: 'partial',
      held: [{ namespaceId: folder, revokes: guests.length, deletes: 0 }],
    });
    expect(await edges()).toBe(guests.length + 1);
    expect(await answered('approve')).toMatchObject({ status: 'complete', gaps: [], held: [] });
    expect(await edges()).toBe(1);
  });
});
