import { compareAccess, isExact } from '../../sandbox/demo/access';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const SAM = 'sam@freelance.example';

describe('someone with a personal account, with whom members share a folder and a file', () => {
  const resources = closedAfterAll();

  it('reads both in PipesHub after they have joined, although no event names the folder or the file', async () => {
    const stack = resources.add(await Stack.startInProcess());
    const { company } = stack;
    await stack.createConnector();
    const chiyo = company.accountByEmail('chiyo@lumenoak.example');
    if (!chiyo) throw new Error('the demo company has chiyo');
    const actor = company.actor(chiyo);
    const { entries } = company.files.listFolder(actor, { path: '', recursive: true });
    const file = entries.find((entry) => entry['.tag'] === 'file' && entry.sharing_info === undefined);
    if (file?.['.tag'] !== 'file') throw new Error('chiyo has a file of her own');
    const members = [{ '.tag': 'email' as const, email: SAM }];
    company.sharing.addFileMember(actor, { file: file.id, members, access_level: { '.tag': 'viewer' } });
    expect(await stack.sync()).toMatchObject({ status: 'complete', mode: 'full' });

    const [added] = company.team.addMembers([{ member_email: SAM, member_given_name: 'Sam' }]);
    if (added?.['.tag'] !== 'success') throw new Error('the invitation was refused');
    const database = { arangoUrl: stack.arango.url, database: 'es' };
    await installPipesHub({ ...database, org: ORGANIZATION, connector: CONNECTOR, users: [SAM] });
    expect(await stack.sync()).toMatchObject({ status: 'complete', mode: 'incremental', permissions: { granted: 0 } });
    company.team.activateMember(added.profile.team_member_id);
    expect(await stack.sync()).toMatchObject({ status: 'complete', mode: 'incremental' });

    const truth = Object.entries(await stack.truth()).filter(([, { readers }]) => readers.includes(SAM));
    expect(truth.map(([id]) => id)).toContain(file.id);
    expect(new Set(truth.map(([, { namespace_id }]) => namespace_id)).size).toBeGreaterThan(1);
    const compared = await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, [SAM]);
    expect([compared, isExact(compared)]).toEqual([compared, true]);
  });
});
