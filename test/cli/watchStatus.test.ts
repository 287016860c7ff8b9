import { watchStatus } from '../../src/cli/commands/watchStatus';
import type { CommandContext } from '../../src/cli/context';
import { DropboxTeamsError, type ConnectorStatus } from '../../src/client';

const START = Date.parse('2026-05-06T07:08:00Z');

/** The status of a connector while a run has written so many records. */
const running = (added: number, startedAt = START): ConnectorStatus =>
  ({
    connectorId: 'dropbox-1',
    orgId: 'org-1',
    strategy: 'manual',
    every: null,
    paused: false,
    lastRun: null,
    held: [],
    schedule: null,
    current: {
      phase: 'folders',
      mode: 'full',
      paused: false,
      queued: false,
      startedAt,
      counts: { records: { added, updated: 0, moved: 0, deleted: 0 } },
      namespaces: { total: 9, done: 3, failed: 0 },
    },
    graph: {
      cursors: 3,
      namespaces: 9,
      problems: {},
      deadLetters: 0,
      unpublishedEvents: 0,
      oldestAccessList: null,
      unreadAccessLists: 0,
    },
  }) as unknown as ConnectorStatus;

/** What is written while the client gives these answers, two seconds apart. It ends after the last one. */
async function watch(answers: (ConnectorStatus | Error)[], isTTY = false): Promise<string> {
  const ended = new AbortController();
  let written = '';
  let at = START;
  const client = {
    status: async (): Promise<ConnectorStatus> => {
      const answer = answers.shift();
      if (answers.length === 0) ended.abort();
      if (answer instanceof Error) throw answer;
      return Promise.resolve(answer ?? running(0));
    },
  };
  const out = { isTTY, write: (text: string) => (written += text) };
  const context = { client, out, env: {}, config: { broker: { kind: 'none' } } } as unknown as CommandContext;
  expect(await watchStatus(context, 'dropbox-1', ended.signal, () => (at += 1000))).toBe(0);
  return written;
}

describe('status --watch', () => {
  it('shows the phase, the namespaces and the records a second', async () => {
    const text = await watch([running(1000), running(5000)]);
    expect(text).toContain('full sync: files and folders, 3 of 9 namespaces');
    expect(text).toContain('records: 5,000, 2,000 a second');
  });

  it('compares readings of one run only', async () => {
    expect(await watch([running(1000), running(5000, START + 1)])).not.toContain('a second');
  });

  it('goes through an outage, and ends for a connector that does not exist', async () => {
    const outage = new DropboxTeamsError('GraphUnavailable', 'ArangoDB does not answer');
    const text = await watch([outage, running(1)]);
    expect(text).toContain('the status is not known: ArangoDB does not answer');
    expect(text).toContain('3 of 9 namespaces');
    await expect(watch([new DropboxTeamsError('ConnectorUnknown', 'no connector'), running(1)])).rejects.toMatchObject({
      code: 'ConnectorUnknown',
    });
  });

  it('redraws a terminal, and writes what has not changed once elsewhere', async () => {
    const same = (): ConnectorStatus => ({ ...running(1), current: null });
    expect((await watch([same(), same(), same()])).match(/dropbox-1/g)).toHaveLength(1);
    expect((await watch([same(), same(), same()], true)).split('\u001B[2J')).toHaveLength(4);
  });
});
