import { StoredContent } from '../../sandbox/dropbox/model';
import type { FileNode, Namespace } from '../../sandbox/dropbox/model/entities';
import { ORGANIZATION } from '../support/stack';
import { ServedStack } from './fixture';

let served: ServedStack;
let plans: Namespace;
let note: FileNode;

const accountOf = (email: string) => {
  const { simulator } = served.stack.dropbox;
  const account = simulator.company.accountByEmail(email);
  if (account === undefined) throw new Error(`there is no account ${email}`);
  return account;
};
const FEMI = 'femi@lumenoak.example';
const BRUNO = 'bruno@lumenoak.example';

beforeAll(async () => {
  served = await ServedStack.start(({ dropbox: { simulator } }) => {
    const { admin, company } = simulator;
    const { build } = company;
    const owner = company.memberById(admin.memberId)!;
    plans = build.sharedFolder(owner, owner.home.root, 'Plans');
    for (const email of [FEMI, BRUNO]) build.folderMember(plans, company.accountByEmail(email)!, 'viewer');
    const content = new StoredContent(Buffer.from('Dear all,\n'));
    build.file(plans.root, 'Plan.txt', content);
    note = build.file(owner.home.root, 'Note.txt', content);
    build.fileMember(note, company.accountByEmail(FEMI)!, 'viewer');
  });
}, 90_000);
afterAll(() => served.close());

const userIdOf = (email: string): Promise<string> =>
  served.one('FOR u IN users FILTER u.email == @email RETURN u.userId', { email });

async function statusFor(userId: string, name: string): Promise<number> {
  const token = served.sign({ userId, scopes: ['connector:signedUrl'] });
  return (await served.ask(`/api/v1/stream/record/${await served.recordNamed(name)}`, token)).status;
}

/** A user whom the graph lets read a folder, and of whom Dropbox knows nothing. */
async function guest(): Promise<string> {
  const { database } = served.client;
  const times = { createdAtTimestamp: 1, updatedAtTimestamp: 1 };
  await database
    .collection('users')
    .save({ _key: 'guest', email: 'guest@elsewhere.example', orgId: ORGANIZATION, userId: 'guest', isActive: true });
  const group = await served.one<string>('FOR g IN recordGroups FILTER g.groupName == "Plans" RETURN g._id');
  await database
    .collection('permission')
    .save({ _from: 'users/guest', _to: group, role: 'READER', type: 'USER', ...times });
  await database.collection('userAppRelation').save({
    _from: 'users/guest',
    _to: 'apps/c',
    syncState: 'NOT_STARTED',
    lastSyncUpdate: 1,
    ...times,
  });
  return 'guest';
}

it('Dropbox decides on the content that a member of the team asks for, also between two syncs', async () => {
  const [femi, bruno, other] = [await userIdOf(FEMI), await userIdOf(BRUNO), await guest()];
  for (const user of [femi, bruno, other]) expect([user, await statusFor(user, 'Plan.txt')]).toEqual([user, 200]);
  // It lies in a folder that they can't see.
  expect(await statusFor(femi, 'Note.txt')).toBe(200);

  const { admin, company } = served.stack.dropbox.simulator;
  company.sharing.removeFolderMember(company.actor(company.memberById(admin.memberId)!), {
    shared_folder_id: plans.id,
    member: { '.tag': 'dropbox_id', dropbox_id: accountOf(FEMI).accountId },
    leave_a_copy: false,
  });
  expect(await statusFor(femi, 'Plan.txt')).toBe(404);
  const key = await served.recordNamed('Plan.txt');
  await expect(served.client.getSignedUrl(key, { userId: femi })).rejects.toMatchObject({ code: 'RecordUnknown' });
  // Everyone else reads it as before, also who can't be asked about, and the indexing service.
  for (const user of [bruno, other]) expect([user, await statusFor(user, 'Plan.txt')]).toEqual([user, 200]);
  expect((await served.ask(`/api/v1/internal/stream/record/${key}`, served.indexing())).status).toBe(200);
  expect(await served.client.getSignedUrl(key, { userId: bruno })).not.toBeNull();
});
