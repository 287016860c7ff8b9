import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';
import { TerminalSession } from '../support/terminal';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
const ofTest = closedAfterEach();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess({ worker: false }));
  await stack.create(CONNECTOR, ['--extensions', 'pdf,docx', '--modified-after', '2026-01-31']);
});

describe('configure', () => {
  const configured = async (...options: string[]): Promise<unknown> => {
    const { code, err, json } = await stack.run(['configure', CONNECTOR, '--json', ...options]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return json();
  };
  const modifiedAfter = Date.UTC(2026, 0, 31);
  const extensions = { operator: 'in', values: ['pdf', 'docx'] };
  const unchanged = { batchSize: 100, brake: { share: 0.2, items: 100 } };

  it('shows what is set, and changes nothing without an option', async () => {
    const before = await stack.client.connector(CONNECTOR);
    expect(await configured()).toMatchObject({ ...unchanged, filters: { extensions, modifiedAfter } });
    const { out } = await stack.run(['configure', CONNECTOR]);
    expect(out).toBe(
      [
        'items in one transaction  100',
        'deletion guard            holds more than 20 % and more than 100 items',
        'only changed after        2026-01-31T00:00:00.000Z',
        'only extensions           pdf, docx',
        '',
      ].join('\n'),
    );
    expect(await stack.client.connector(CONNECTOR)).toEqual(before);
  });

  it('changes what its options name, and nothing else', async () => {
    expect(await configured('--batch-size', '500')).toMatchObject({ batchSize: 500, filters: { extensions } });
    expect(await configured('--not-extensions', 'tmp')).toMatchObject({
      batchSize: 500,
      filters: { extensions: { operator: 'not_in', values: ['tmp'] }, modifiedAfter },
    });
    expect(await configured('--guard-items', '7')).toMatchObject({ brake: { share: 0.2, items: 7 } });
    expect(await configured('--guard-percent', '5')).toMatchObject({ brake: { share: 0.05, items: 7 } });
    const { filters } = (await configured('--no-filters', '--manual-indexing')) as { filters: unknown };
    expect(filters).toEqual({ manualIndexing: true });
    expect((await stack.run(['configure', CONNECTOR, '--no-filters'])).out).toMatch(
      /filters +none\nstored; the next run applies it: dropbox-teams sync/,
    );
  });

  it.each([
    [['--guard-percent', '101'], /at most 100/],
    [['--batch-size', '0'], /^--batch-size: is at least 1/],
    [
      ['--modified-after', '2026-02-01', '--modified-before', '2026-01-01'],
      /^--modified-after: is not before --modified-before/,
    ],
  ])('refuses %j and stores nothing', async (options, message) => {
    const before = await stack.client.connector(CONNECTOR);
    const { code, err } = await stack.run(['configure', CONNECTOR, ...options]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(await stack.client.connector(CONNECTOR)).toEqual(before);
  });
});

it('cleanup asks on a terminal, and removes nothing unless the answer is yes', async () => {
  for (const answer of ['\r', 'n\r']) {
    const session = TerminalSession.start(['cleanup', CONNECTOR], stack.environment, ofTest);
    await session.sees(
      new RegExp(`Remove the connector ${CONNECTOR} and all records of its 0 namespaces.* \\[y/N\\]: `),
    );
    session.type(answer);
    await session.sees(/nothing was removed/);
    expect(await session.ended()).toBe(1);
  }
  expect(await stack.client.connector(CONNECTOR)).toMatchObject({ connectorId: CONNECTOR });
});
