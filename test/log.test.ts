import { existsSync } from 'node:fs';
import { createLogger, logDestination, temporalLogger } from '../src/log';

function lines(
  level: 'debug' | 'info',
  work: (logger: ReturnType<typeof createLogger>) => void,
): Record<string, unknown>[] {
  const written: string[] = [];
  work(createLogger(level, { write: (line) => void written.push(line) }));
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('redacts fields with the name of a secret, also in nested objects', () => {
    const text = JSON.stringify(
      lines('info', (logger) =>
        logger.info(
          {
            appSecret: 'hidden',
            connector: { refreshToken: 'hidden', id: 'c1' },
            a: { headers: { Authorization: 'hidden' } },
          },
          'connected',
        ),
      ),
    );
    expect(text).not.toContain('hidden');
    expect(text).toContain('c1');
  });

  it('contains the lines of Temporal, with their level and error', () => {
    const [info, error, ...others] = lines('info', (logger) => {
      const temporal = temporalLogger(logger);
      temporal.debug('not shown');
      temporal.info('started', { workflowId: 'w1' });
      temporal.error('failed', { error: new Error('why') });
    });
    expect(info).toMatchObject({ level: 'info', msg: 'started', workflowId: 'w1' });
    expect(error).toMatchObject({ level: 'error', msg: 'failed', err: { message: 'why' } });
    expect(others).toEqual([]);
  });

  it("has one line a minute of the calls that Temporal's core repeats, and each of them for debugging", () => {
    const repeat = (logger: ReturnType<typeof createLogger>): void => {
      const temporal = temporalLogger(logger);
      for (let attempt = 5; attempt < 50; attempt += 1) {
        const call = attempt % 2 === 0 ? 'poll_workflow_task_queue' : 'respond_activity_task_completed';
        temporal.warn(`gRPC call ${call} retried ${attempt} times`, {
          sdkComponent: 'core',
          error: 'tcp connect error',
        });
      }
      temporal.warn('Network error while completing activity', { sdkComponent: 'core' });
    };
    expect(lines('info', repeat)).toEqual([
      expect.objectContaining({ level: 'error', count: 1, reason: 'tcp connect error' }),
      expect.objectContaining({ level: 'warn', msg: 'Network error while completing activity' }),
    ]);
    expect(lines('debug', repeat)).toHaveLength(47);
  });
});

const FULL = '/dev/full';

(existsSync(FULL) ? it : it.skip)('a log that can no longer be written ends no work', () => {
  const logger = createLogger('info', logDestination(FULL));
  for (let line = 0; line < 1_000; line += 1) logger.info({ line, text: 'x'.repeat(10_000) }, 'a line');
});
