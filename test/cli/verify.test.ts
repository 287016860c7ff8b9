import { change } from '../support/change';
import { form } from '../support/form';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';
import { damageGraph, damages } from './damages';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  damageGraph(stack.db);
  await stack.create('c');
  expect((await stack.run(['sync', 'c'])).code).toBe(0);
});

/** Every permission edge, as PipesHub's readers use it. */
async function readers(): Promise<string[]> {
  const edges = await stack.db.query<string>(
    'FOR p IN permission SORT p._to, p._from RETURN CONCAT_SEPARATOR(" ", p._from, p._to, p.role, p.type)',
  );
  return edges.all();
}

/** Keys of the stored entries: where the connector takes the items to be. */
async function entryKeys(): Promise<string[]> {
  return (await stack.db.query<string>('FOR e IN dropboxEntries SORT e._key RETURN e._key')).all();
}

/** For each kind of finding the first damage that causes it. */
const examples = [...new Set(damages.flatMap(([, kinds]) => kinds))].map((kind) =>
  damages.find(([, kinds]) => kinds.includes(kind))!,
);

describe('damage to the graph', () => {
  it.each(form({ short: [...new Set(examples)], long: damages }))(
    '%s: is found and repaired',
    async (_name, kinds, damage) => {
      const before = [await readers(), await entryKeys()];
      await damage();
      const found = await stack.run(['verify', 'c', '--json']);
      expect(found.code).toBe(3);
      const kindsFound = new Set(found.json().findings.map(({ kind }: { kind: string }) => kind));
      for (const kind of kinds) expect(kindsFound).toContain(kind);

      const repaired = await stack.run(['verify', 'c', '--repair', '--json']);
      expect(repaired.json()).toMatchObject({ ok: true, findings: [] });
      expect(repaired.json().repair).toMatchObject({ found: { ok: false }, sync: { status: 'complete' } });
      expect(repaired.code).toBe(0);
      expect([await readers(), await entryKeys()]).toEqual(before);
    },
    60_000,
  );

  it('that is none: a stored list names a member who was removed', async () => {
    const named = await stack.db.query<string>(
      `FOR n IN dropboxNamespaces FILTER n.kind == "shared_folder" FOR p IN n.principals || [] FILTER p.kind == "user"
         SORT p.id LIMIT 1 RETURN p.id`,
    );
    const { team } = stack.company;
    team.removeMember({ user: { '.tag': 'team_member_id', team_member_id: (await named.next()) ?? '' } });
    expect((await stack.run(['sync', 'c'])).code).toBe(0);
    const verified = await stack.run(['verify', 'c', '--json']);
    expect(verified.json().findings).toEqual([]);
    expect(verified.code).toBe(0);
  });

  it('that is none: a stored list names a group that was deleted', async () => {
    const named = await stack.db.query<string>(
      `FOR n IN dropboxNamespaces FOR p IN n.principals || [] FILTER p.kind == "group" SORT p.id LIMIT 1 RETURN p.id`,
    );
    const { team } = stack.company;
    team.deleteGroup({ '.tag': 'group_id', group_id: (await named.next()) ?? '' });
    expect((await stack.run(['sync', 'c'])).code).toBe(0);
    const verified = await stack.run(['verify', 'c', '--json']);
    expect(verified.json().findings).toEqual([]);
    expect(verified.code).toBe(0);
  });

  it('a file that some members received singly is compared as a member whose listing has its revision', async () => {
    const cursor = await change<string>(
      stack.db,
      `FOR e IN dropboxEntries FILTER e.principals != null AND e.recordKey != null AND e.namespaceId != "received"
         UPDATE e.recordKey WITH { externalRevisionId: "another" } IN records
         RETURN e.recordKey`,
    );
    const keys = await cursor.all();
    const { findings } = (await stack.run(['verify', 'c', '--json'])).json();
    const faulty = new Set(findings.map(({ recordKey }: { recordKey: string | null }) => recordKey));
    expect(keys.filter((key) => !faulty.has(key))).toEqual([]);
    expect(keys.length).toBeGreaterThan(0);
    expect((await stack.run(['verify', 'c', '--repair', '--json'])).json()).toMatchObject({ ok: true });
  });

  it.each(['suspended', 'removed'])(
    'a member who was %s since the last sync can read too much, until a repair',
    async (how) => {
      const { team, world } = { team: stack.company.team, world: [...stack.company.state.byMemberId.values()] };
      const leaver = world.find(({ status, role }) => status === 'active' && role === 'member_only');
      const user = { '.tag': 'team_member_id' as const, team_member_id: leaver?.memberId ?? '' };
      if (how === 'suspended') team.suspendMember({ user });
      else team.removeMember({ user });
      const found = await stack.run(['verify', 'c', '--json']);
      expect(found.code).toBe(3);
      const { findings } = found.json();
      expect(findings).toContainEqual(expect.objectContaining({ kind: 'tooWide', member: leaver?.memberId }));
      // A folder whose last member was removed keeps its records until a second answer says that it has none.
      const repaired = (await stack.run(['verify', 'c', '--repair', '--json'])).json();
      expect(repaired).toMatchObject({ tooWide: 0, tooNarrow: 0, accessLists: 0 });
    },
  );
});
