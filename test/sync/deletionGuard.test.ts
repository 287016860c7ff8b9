import type { RunRemovals } from '../../src/sync/connectorDocument';
import { judge, type Removal } from '../../src/sync/deletionGuard';
import type { HeldChanges } from '../../src/sync/syncDocuments';

const limits = { share: 0.2, items: 100 };
const run: RunRemovals = { runId: 'run-2', entries: 10_000, grants: 2_000, deletes: 0, confirmed: 0, revokes: 0 };
const removal = (count: number, more: Partial<Removal> = {}): Removal => ({
  field: 'held',
  count,
  total: 1_000,
  samples: [],
  ...more,
});
const waiting = (more: Partial<HeldChanges> = {}): HeldChanges => ({
  deletes: 300,
  revokes: 0,
  total: 1_000,
  samples: [],
  since: 5,
  runId: 'run-1',
  forConnector: false,
  ...more,
});
const answered = (decision: 'approved' | 'rejected', deletes: number): HeldChanges =>
  waiting({ answer: { decision, deletes, revokes: 0, at: 6 } });

const ask = (wanted: Removal, removals: Partial<RunRemovals> = {}, known: HeldChanges | null = null) =>
  judge(wanted, { ...run, ...removals }, known, { limits, now: 9 });

describe('the deletion guard', () => {
  it.each<[string, Removal, Partial<RunRemovals>, boolean]>([
    ['lets a share of a namespace pass', removal(200), {}, false],
    ['holds more than that', removal(201), {}, true],
    ['lets a few items pass, whatever share they are', removal(100, { total: 100 }), {}, false],
    ['counts what has passed in the namespace before', removal(150, { passed: 100, total: 1_000 }), {}, true],
    ['counts what the run has deleted elsewhere', removal(2, { total: 10_000 }), { deletes: 1_999 }, true],
    ['lets pass what Dropbox confirms', removal(1_000, { isConfirmed: true }), {}, false],
    ['holds it beyond half of the connector', removal(1_000, { isConfirmed: true }), { confirmed: 4_001 }, true],
    ['does not count what is confirmed for other deletions', removal(150), { confirmed: 4_000 }, false],
    ['holds revocations of a share of a list', removal(150, { field: 'heldRevocations', total: 200 }), {}, true],
    [
      'counts the revocations of the run',
      removal(10, { field: 'heldRevocations', total: 200 }),
      { revokes: 391 },
      true,
    ],
    ['has nothing against nothing', removal(0), { deletes: 9_000 }, false],
  ])('%s', (_case, wanted, removals, isHeld) => {
    expect(ask(wanted, removals).held !== null).toBe(isHeld);
  });

  it('adds what passes to what the run has removed', () => {
    const counted = (wanted: Removal) => ask(wanted, { deletes: 5, confirmed: 6, revokes: 7 });
    expect(counted(removal(10))).toMatchObject({ removals: { deletes: 15, confirmed: 6, revokes: 7 } });
    expect(counted(removal(10, { isConfirmed: true }))).toMatchObject({ removals: { deletes: 5, confirmed: 16 } });
    expect(counted(removal(10, { field: 'heldRevocations' }))).toMatchObject({ removals: { deletes: 5, revokes: 17 } });
  });

  it('lets pass what was approved, apart from all counts, and keeps what is left of the approval', () => {
    const decision = ask(removal(300), { deletes: 5 }, answered('approved', 400));
    expect(decision).toEqual({
      held: null,
      removals: { ...run, deletes: 5 },
      answer: { decision: 'approved', deletes: 100, revokes: 0, at: 6 },
    });
  });

  it.each(['approved', 'rejected'] as const)('asks again when there is more than what was %s', (decision) => {
    const { held } = ask(removal(301), {}, answered(decision, 300));
    expect(held).toMatchObject({ deletes: 301, since: 5 });
    expect(held?.answer).toBeUndefined();
  });

  it('keeps what was rejected, as long as there is not more of it', () => {
    expect(ask(removal(299), {}, answered('rejected', 300)).held).toMatchObject({
      deletes: 299,
      answer: { decision: 'rejected', deletes: 300 },
    });
  });

  it('lets pass what is not too much any more', () => {
    expect(ask(removal(50), {}, waiting()).held).toBeNull();
  });

  it('keeps holding in the next run what it holds for the whole connector, although that run counts from zero', () => {
    const known = waiting({ deletes: 2, forConnector: true });
    expect(ask(removal(2), {}, known).held).toMatchObject({ deletes: 2, forConnector: true, runId: 'run-2' });
    expect(ask(removal(0), {}, known).held).toBeNull();
    // In the run that held it, items may have been found elsewhere since.
    expect(ask(removal(2), {}, { ...known, runId: 'run-2' }).held).toBeNull();
  });
});
