import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;
beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  await stack.create('c');
  expect((await stack.run(['sync', 'c'])).code).toBe(0);
});

/** A time just after the last change of a file that has members of its own. */
async function afterSharedFiles(): Promise<number> {
  const cursor = await stack.db.query<number>(
    `FOR e IN dropboxEntries FILTER e.principals != null AND e.facts.modified != null
       SORT e.facts.modified RETURN e.facts.modified`,
  );
  const times = await cursor.all();
  return (times.at(-1) ?? 0) + 1;
}

it('a filtered graph equals what the filters let through of Dropbox', async () => {
  const time = await afterSharedFiles();
  for (const filters of [{ modifiedAfter: time }, { modifiedBefore: time }, { createdAfter: time }, {}]) {
    await stack.client.setSettings('c', { filters, brake: { share: 1, items: 100_000 } });
    expect((await stack.run(['sync', 'c'])).code).toBe(0);
    expect((await stack.run(['verify', 'c', '--json'])).json()).toMatchObject({ ok: true, findings: [] });
  }
});
