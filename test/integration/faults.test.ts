import { z } from 'zod';
import { DemoCompany } from '../../sandbox/demo/changes';
import { FaultProxy, faultsAtRate, type Fault } from '../support/faultProxy';
import { form } from '../support/form';
import { graphFaults } from '../support/graphChecks';
import { differences, dumpGraph } from '../support/graphDump';
import { graphReaders, tooWide } from '../support/graphReaders';
import { closedAfterAll } from '../support/hooks';
import { Installation } from '../support/installation';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.manySyncs);

const DROPBOX_FAULTS: Fault[] = [
  { status: 429, retryAfterSeconds: 1 },
  { status: 500 },
  { status: 503 },
  // Of something else that answers at the address of Dropbox or ArangoDB, such as a proxy.
  { status: 200 },
  { status: 302 },
  { status: 403 },
  { status: 422 },
  'before',
  'lost',
  'truncated',
];
const ARANGO_FAULTS: Fault[] = [
  { status: 200 },
  { status: 302 },
  { status: 503 },
  'before',
  'lost',
  'truncated',
  'after',
];

describe('a sync with faulty servers', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let undisturbed: Installation;
  let faulty: Installation;
  let dropbox: FaultProxy;
  let arango: FaultProxy;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'demo', transactionIdleSeconds: 2 }));
    dropbox = resources.add(await FaultProxy.start(stack.dropbox.url));
    arango = resources.add(await FaultProxy.start(stack.arango.url));
    undisturbed = await Installation.create(stack, 'undisturbed');
    const more = { DROPBOX_API_URL: dropbox.url, ARANGO_URL: arango.url };
    faulty = await Installation.create(stack, 'faulty', { more });
    for (const installation of [undisturbed, faulty]) await installation.startWorker();
  });

  it('produces the same graph when every tenth answer of Dropbox and every twentieth of ArangoDB is faulty', async () => {
    dropbox.decide = faultsAtRate(0.1, 1, DROPBOX_FAULTS);
    arango.decide = faultsAtRate(0.05, 2, ARANGO_FAULTS);
    const company = await DemoCompany.open(stack.dropbox.url);
    for (const mode of ['full', 'incremental'] as const) {
      if (mode === 'incremental') await company.work();
      expect(await undisturbed.sync()).toMatchObject({ status: 'complete', mode });
      expect(await faulty.sync()).toMatchObject({ status: 'complete', mode });
      expect(differences(await dumpGraph(undisturbed.db), await dumpGraph(faulty.db))).toEqual([]);
      expect(await graphFaults(faulty.db)).toEqual([]);
    }
    expect(dropbox.counts.faults).toBeGreaterThan(5);
    expect(arango.counts.faults).toBeGreaterThan(5);
  });

  it('widens no access when one of the member lists cannot be read', async () => {
    const truth = await stack.truth();
    const lists = new Map<string, { route: string; subject: string }>();
    dropbox.decide = ({ path, body }) => {
      const route = MEMBER_LISTS.find((name) => path.endsWith(`/${name}`));
      if (route !== undefined)
        for (const subject of subjectsOf(route, body)) lists.set(`${route} ${subject}`, { route, subject });
      return undefined;
    };
    arango.decide = () => undefined;
    expect(await faulty.sync({ mode: 'full' })).toMatchObject({ status: 'complete' });
    expect(tooWide(await graphReaders(faulty.db), truth)).toEqual([]);
    expect(new Set([...lists.values()].map(({ route }) => route)).size).toBe(MEMBER_LISTS.length);
    // One of each route, two in one sync, or every other list in a sync of its own.
    const ofRoutes = [...new Map([...lists.values()].reverse().map((list) => [list.route, list])).values()];
    const pairs = [ofRoutes.filter((_, at) => at % 2 === 0), ofRoutes.filter((_, at) => at % 2 === 1)];
    const some = [...lists.values()].filter((_, at) => at % 2 === 0).map((list) => [list]);
    for (const failing of form({ short: pairs, long: [...pairs, ...some] })) {
      const refused = new Set<string>();
      dropbox.decide = ({ path, body }) => {
        const list = failing.find(
          ({ route, subject }) => path.endsWith(`/${route}`) && subjectsOf(route, body).includes(subject),
        );
        if (!list) return undefined;
        refused.add(list.route);
        return refusal(list.route, list.subject);
      };
      const { status } = await faulty.sync({ mode: 'full' });
      expect({ failing, tooWide: tooWide(await graphReaders(faulty.db), truth) }).toEqual({ failing, tooWide: [] });
      expect({ failing, status, refused: refused.size }).toEqual({
        failing,
        status: 'partial',
        refused: failing.length,
      });
    }
    dropbox.decide = () => undefined;
    expect(await faulty.sync({ mode: 'full' })).toMatchObject({ status: 'complete', gaps: [], deadLetters: 0 });
    expect(tooWide(await graphReaders(faulty.db), truth)).toEqual([]);
    expect(differences(await dumpGraph(undisturbed.db), await dumpGraph(faulty.db))).toEqual([]);
  });
});

const MEMBER_LISTS = [
  'sharing/list_folder_members',
  'sharing/get_folder_metadata',
  'sharing/list_file_members/batch',
  'team/groups/members/list',
];

const idSchema = z.object({ shared_folder_id: z.string() }).transform(({ shared_folder_id }) => [shared_folder_id]);
const groupSchema = z.object({ group: z.object({ group_id: z.string() }) }).transform(({ group }) => [group.group_id]);
const filesSchema = z.object({ files: z.array(z.string()) }).transform(({ files }) => files);

/** The ids whose members a call requests: a folder's, a group's, or those of each file of a batch. */
const subjectsOf = (route: string, body: string): string[] =>
  (route.endsWith('/batch') ? filesSchema : route.startsWith('team/groups') ? groupSchema : idSchema).parse(
    JSON.parse(body),
  );

/** Dropbox's refusal to a member without permission: for the whole list, or for one file of a batch. */
function refusal(route: string, subject: string): Fault {
  const problem = { '.tag': 'access_error', access_error: { '.tag': 'no_permission' } };
  if (!route.endsWith('/batch')) {
    return { status: 409, json: { error_summary: 'access_error/no_permission/..', error: problem } };
  }
  const rewrite = (text: string): string => {
    const answers = JSON.parse(text) as { file: string; result: unknown }[];
    return JSON.stringify(
      answers.map((answer) => (answer.file === subject ? { file: subject, result: problem } : answer)),
    );
  };
  return { rewrite };
}
