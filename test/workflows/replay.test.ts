import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

interface Event {
  workflowExecutionStartedEventAttributes?: { workflowId: string; workflowType: { name: string } };
}
interface History {
  events: Event[];
}

const FOLDER = path.join(__dirname, '..', 'histories');
const BUNDLE = path.join(__dirname, '..', '..', 'dist', 'workflow-bundle.js');

const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : [];
const textOf = (name: string): string => readFileSync(path.join(FOLDER, name), 'utf8');
const startOf = (history: History) => {
  const started = history.events[0]?.workflowExecutionStartedEventAttributes;
  if (!started) throw new Error('the first event of a history is the start of the workflow');
  return started;
};

const PAYLOAD = /"data":\s*"([^"]*)"/g;
const decoded = (data: string): string => Buffer.from(data, 'base64').toString('utf8');
const payloadsOf = (name: string): string[] =>
  [...textOf(name).matchAll(PAYLOAD)].map(([, data = '']) => decoded(data));
/** The history with its payloads, which are base64, readable. */
const readable = (name: string): string => textOf(name).replace(PAYLOAD, (_all, data: string) => decoded(data));

const WHAT_TO_DO =
  'Runs that are under way when this version is deployed would get stuck here. Gate the change with patched(), or, if ' +
  'the version that made the history was never released, record the histories again: npm run histories';

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

it('there is a history of each type of workflow', () => {
  const types = files.map((name) => startOf(JSON.parse(textOf(name)) as History).workflowType.name);
  expect([...new Set(types)].sort()).toEqual([
    'cleanupConnector',
    'collectNotifications',
    'purgeRecords',
    'reindexRecords',
    'runIncrementalSync',
    'runSync',
    'syncRecordGroups',
    'syncRemovals',
    'syncSharing',
    'syncUserFolders',
    'syncUserGroups',
    'syncUsers',
  ]);
});

describe('a recorded history', () => {
  // An empty folder is refused above; Jest refuses an empty table.
  it.each(files.length > 0 ? files : ['none'])('%s is replayed by the workflows as they are built', async (name) => {
    const history = JSON.parse(textOf(name)) as History;
    try {
      await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE } }, history, startOf(history).workflowId);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\n${WHAT_TO_DO}`, {
        cause: error,
      });
    }
  });

  it.each(files.length > 0 ? files : ['none'])(
    '%s holds no address, no file name, no secret, and no folder of the machine',
    (name) => {
      const text = readable(name);
      expect(text.match(/[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}/gi) ?? []).toEqual([]);
      expect(text.match(/[\w -]+\.(docx|xlsx|pptx|pdf|txt|md|png|jpe?g|csv|paper|zip)\b/gi) ?? []).toEqual([]);
      expect(text.match(/refresh_?token|app_?secret|sl\.[\w-]{20,}|Bearer /gi) ?? []).toEqual([]);
      expect(text.match(/(?<=\(|at |file:\/\/)\/[^\s:()]+(?=:\d)/g) ?? []).toEqual([]);
      expect(payloadsOf(name).filter((payload) => /"(name|path|samples|email|cursor)":/.test(payload))).toEqual([]);
    },
  );

  it.each(files.length > 0 ? files : ['none'])('%s carries small payloads', (name) => {
    expect(Math.max(...payloadsOf(name).map((payload) => payload.length))).toBeLessThan(4096);
  });
});
