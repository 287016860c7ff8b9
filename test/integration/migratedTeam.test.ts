import { compareAccess, isExact } from '../../sandbox/demo/access';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();

it.each(['B', 'C'])(
  'a team that Dropbox migrates from the model A to %s keeps its records and all access',
  async (model) => {
    const stack = resources.add(await Stack.start({ team: 'generate:members=8,groups=2,shared=3,files=120,seed=5' }));
    await stack.createConnector();
    await stack.startWorker();
    const records = async (): Promise<string[]> =>
      (await stack.db.query<string>('FOR r IN records SORT r._key RETURN CONCAT(r._key, " ", r.version)')).all();
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    const before = await records();
    await stack.page('migrate', { model });
    for (let run = 0; run < 2; run += 1) {
      expect(await stack.sync()).toMatchObject({ status: 'complete', records: { deleted: 0 } });
      expect(await records()).toEqual(expect.arrayContaining(before));
      const emails = await stack.activeEmails();
      expect(isExact(await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, emails))).toBe(true);
    }
  },
);
