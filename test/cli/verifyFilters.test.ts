import type { DropboxTeamsClient } from '../../src/client';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { startStack, type Stack } from './stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;
let client: DropboxTeamsClient;
beforeAll(async () => {
  stack = resources.add(await startStack());
  client = stack.connect();
  await stack.create('c');
  expect((await stack.run(['sync', 'c'])).code).toBe(0);
});

/** A time after which some files that were shared one by one were changed, and others were not. */
async function amongShared(): Promise<number> {
  const cursor = await client.database.query<number>(
    `FOR e IN dropboxEntries FILTER e.principals != null AND e.facts.modified != null
       SORT e.facts.modified RETURN e.facts.modified`,
  );
  const times = await cursor.all();
  return (times.at(-1) ?? 0) + 1;
}

it('a graph that filters have thinned out is what they let through of Dropbox', async () => {
  const time = await amongShared();
  for (const filters of [{ modifiedAfter: time }, { modifiedBefore: time }, { createdAfter: time }, {}]) {
    await client.setSettings('c', { filters, brake: { share: 1, items: 100_000 } });
    expect((await stack.run(['sync', 'c'])).code).toBe(0);
    expect((await stack.run(['verify', 'c', '--json'])).json()).toMatchObject({ ok: true, findings: [] });
  }
});
