import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';
import { TerminalSession } from '../support/terminal';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
const ofTest = closedAfterEach();
const CTRL_C = '\u0003';
const SHOWS_CURSOR = '\u001B[?25h';
const WRAPS_LINES = '\u001B[?7h';
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  await stack.create(CONNECTOR);
});

it('Ctrl-C ends the command and not its sync: it says so, and the terminal is as before', async () => {
  stack.dropbox.simulator.latencyMs = 300;
  const session = TerminalSession.start(['sync', CONNECTOR], stack.environment, ofTest);
  await session.sees(/namespaces \| /);
  session.type(CTRL_C);
  await session.sees(
    new RegExp(
      `the sync continues; look at it: dropbox-teams status ${CONNECTOR}; end it: dropbox-teams cancel ${CONNECTOR}`,
    ),
  );
  expect(await session.ended()).not.toBe(0);
  for (const restored of [SHOWS_CURSOR, WRAPS_LINES]) expect(session.shown).toContain(restored);

  stack.dropbox.simulator.latencyMs = 0;
  const joined = (await stack.run(['sync', CONNECTOR, '--json'])).json();
  expect(joined).toMatchObject({ answer: 'joined', status: 'complete', mode: 'full' });
});

it('Ctrl-C ends the command and not the removal', async () => {
  const session = TerminalSession.start(['cleanup', CONNECTOR, '--yes'], stack.environment, ofTest);
  await session.sees(/documents and edges removed/);
  session.type(CTRL_C);
  await session.ended();
  const isOver = /removed dropbox-1: /.test(session.shown);
  expect(session.shown).toMatch(
    isOver ? /removed/ : new RegExp(`the removal continues; follow it again: dropbox-teams cleanup ${CONNECTOR}`),
  );
  expect(session.shown).toContain(WRAPS_LINES);
});
