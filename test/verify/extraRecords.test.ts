import { writeMembers } from '../../src/graph/access/members';
import { putNamespaces } from '../../src/graph/state/namespaces';
import { receivedNamespace } from '../../src/sync/receivedFiles';
import { ExtraRecords, reportExtraRecords } from '../../src/verify/extraRecords';
import { Findings } from '../../src/verify/findings';
import type { MemberCheck } from '../../src/verify/memberAccess';
import { context, member, putRecord, user } from '../graph/fixture';
import { CONNECTOR, useDatabase } from '../support/database';

const arango = useDatabase();

type Metadata = (itemId: string, within: { namespaceId?: string }) => Promise<object | null>;

/** What a comparison has found so far: `seen` are the items that some member can read. */
function checkOf(seen: string[], metadata: Metadata = () => Promise.resolve(null)) {
  const findings = new Findings(10);
  const check = {
    graph: arango.graph,
    connectorId: CONNECTOR,
    session: { as: () => ({ metadata }) },
    adminId: 'dbmid:admin',
    findings,
    seen: new Map(seen.map((id) => [id, true])),
  } as unknown as MemberCheck;
  return { check, findings };
}

const extra = (record: string, reader: number | string) => ({
  recordKey: record,
  itemId: `id:${record}`,
  name: `${record}.txt`,
  member: `dbmid:${reader}`,
  email: `${reader}@acme.example`,
});

it('counts all who can read too much, and remembers a bounded number of them', async () => {
  const extras = new ExtraRecords();
  for (let reader = 0; reader < 2000; reader += 1)
    for (const record of ['a', 'b', 'c']) extras.add(extra(record, reader));
  const { check, findings } = checkOf(['id:a', 'id:b']);
  const named = extras.values().reduce((sum, { readers }) => sum + readers.length, 0);
  expect(named).toBeLessThanOrEqual(1000);
  await reportExtraRecords(check, extras);
  expect(findings.counts).toMatchObject({ tooWide: 4000, shouldBeGone: 1 });
  expect(findings.kept[0]).toMatchObject({ kind: 'tooWide', member: 'dbmid:0', recordKey: 'a' });
});

it('a received file is looked for where Dropbox knows it', async () => {
  await writeMembers(arango.graph, context(), [member('a')]);
  await putNamespaces(arango.graph, [receivedNamespace(context())]);
  await putRecord(arango.db, 'plan', null);
  await arango.db.collection('dropboxEntries').save({
    connectorId: CONNECTOR,
    namespaceId: 'received',
    path: '/id:plan',
    itemId: 'id:plan',
    recordKey: 'plan',
    principals: [user('a')],
  });
  const extras = new ExtraRecords();
  extras.add(extra('plan', 'b'));
  const { check, findings } = checkOf([], (_id, { namespaceId }) => Promise.resolve(namespaceId ? null : {}));
  await reportExtraRecords(check, extras);
  expect(findings.kept).toMatchObject([{ kind: 'tooWide', member: 'dbmid:b', recordKey: 'plan' }]);
});
