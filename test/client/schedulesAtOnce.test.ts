import { Connectors } from '../../src/client/connectors';
import { formatEvery, type Every } from '../../src/client/intervals';
import type { ScheduledConnector } from '../../src/client/schedules';
import { getConnector, removeConnector, updateConnector } from '../../src/graph/state/connectors';
import type { ConnectorDocument } from '../../src/sync/connectorDocument';
import { connectorWith } from '../activities/fixture';
import { CONNECTOR, useDatabase } from '../support/database';

const arango = useDatabase();

interface Standing {
  every: string;
  paused: boolean;
}

/** The Schedule of the connector, which Temporal changes when it wants to, and not when it is asked. */
class LateSchedules {
  standing: Standing | undefined = { every: '1h', paused: false };
  /** What happens before the next change takes effect. */
  meanwhile: (() => Promise<unknown>) | undefined;

  set({ paused }: ScheduledConnector, every: Every): Promise<void> {
    const wanted = formatEvery(every);
    return this.change(() => (wanted === null ? undefined : { every: wanted, paused }));
  }

  reset({ paused, every }: ConnectorDocument): Promise<void> {
    return this.change(() => (every === null ? undefined : { every, paused }));
  }

  async restore({ paused, every }: ConnectorDocument): Promise<void> {
    if (every !== null) await this.change((standing) => standing ?? { every, paused });
  }

  pause(): Promise<void> {
    return this.change((standing) => standing && { ...standing, paused: true });
  }

  resume(): Promise<void> {
    return this.change((standing) => standing && { ...standing, paused: false });
  }

  remove(): Promise<void> {
    return this.change(() => undefined);
  }

  status(): Promise<null> {
    return Promise.resolve(null);
  }

  private async change(next: (standing: Standing | undefined) => Standing | undefined): Promise<void> {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    this.standing = next(this.standing);
  }
}

type Call = [name: string, call: (connectors: Connectors) => Promise<unknown>];
const calls: Call[] = [
  ['an interval', (connectors) => connectors.setSchedule(CONNECTOR, '15m')],
  ['another interval', (connectors) => connectors.setSchedule(CONNECTOR, '4h')],
  ['no interval', (connectors) => connectors.setSchedule(CONNECTOR, 'manual')],
  ['a pause', (connectors) => connectors.pause(CONNECTOR)],
  ['the end of a pause', (connectors) => connectors.resume(CONNECTOR)],
];
const pairs = [false, true].flatMap((paused) =>
  calls.flatMap(([outer, call]) =>
    calls.map(([inner, other]): [string, boolean, Call[1], Call[1]] => [
      `${outer}, and meanwhile ${inner}${paused ? ', while it is paused' : ''}`,
      paused,
      call,
      other,
    ]),
  ),
);

describe('of two callers, the Schedule is what the last one has stored', () => {
  it.each(pairs)('%s', async (_what, paused, call, other) => {
    await connectorWith(arango.db, {}, []);
    await updateConnector(arango.graph, CONNECTOR, { every: '1h', strategy: 'scheduled', paused });
    const schedules = new LateSchedules();
    schedules.standing = { every: '1h', paused };
    const connectors = new Connectors({ graph: arango.graph, schedules, now: () => 3 } as never);
    schedules.meanwhile = () => other(connectors);
    await call(connectors);
    const stored = await getConnector(arango.graph, CONNECTOR);
    const expected = stored.every === null ? undefined : { every: stored.every, paused: stored.paused };
    expect(schedules.standing).toEqual(expected);
  });
});

describe('a removal meanwhile leaves no Schedule', () => {
  it.each(calls.filter(([name]) => name !== 'a pause'))('%s', async (_what, call) => {
    await connectorWith(arango.db, {}, []);
    await updateConnector(arango.graph, CONNECTOR, { every: '1h', strategy: 'scheduled' });
    const schedules = new LateSchedules();
    const connectors = new Connectors({ graph: arango.graph, schedules, now: () => 3 } as never);
    schedules.meanwhile = async () => {
      await schedules.remove();
      await removeConnector(arango.graph, CONNECTOR);
    };
    await expect(call(connectors)).rejects.toMatchObject({ type: 'ConnectorUnknown' });
    expect(schedules.standing).toBeUndefined();
  });
});
