import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { RecordEvent } from '../../src/outbox/message';
import type { Broker } from '../../src/outbox/settings';

/** Publishes from a child process, with a Node and certificate authorities of its own. */
export class Publisher {
  private readonly process: ChildProcess;

  constructor(
    settings: Broker,
    { execPath = process.execPath, authorities }: { execPath?: string; authorities?: string } = {},
  ) {
    const env = { ...process.env, ...(authorities === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorities }) };
    this.process = fork(path.join(__dirname, 'publish.js'), [JSON.stringify(settings)], { execPath, env });
  }

  async publish(events: RecordEvent[]): Promise<void> {
    const answer = once(this.process, 'message');
    this.process.send(events);
    const [failure] = (await answer) as [object | null];
    // The tests compare its fields.
    if (failure) throw Object.assign(new Error(), failure);
  }

  /** Resolves when the process has ended, which it only does when the client has closed its connections. */
  async close(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.disconnect();
    expect(await exit).toEqual([0, null]);
  }
}
