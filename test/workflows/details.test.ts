import { noSyncCounts } from '../../src/contract/counts';
import type { SyncProgress } from '../../src/contract/sync';
import { describeRun } from '../../src/workflows/details';

const progress = (more: Partial<SyncProgress> = {}): SyncProgress => ({
  connectorId: 'acme',
  phase: 'folders',
  mode: 'full',
  reason: 'schedule',
  paused: false,
  queued: false,
  counts: { ...noSyncCounts(), users: 8, records: { added: 318, updated: 2, moved: 1, deleted: 0 } },
  namespaces: { total: 23, done: 7, failed: 1 },
  held: [],
  gaps: [],
  startedAt: 0,
  ...more,
});

it('names in its first line what runs, how far it is, and who requested it', () => {
  expect(describeRun(progress()).split('\n')[0]).toBe(
    '**reading files and folders**, full sync of `acme`, requested by its schedule',
  );
  expect(describeRun(progress({ paused: true }))).toContain('(paused)');
  expect(describeRun(progress({ queued: true }))).toContain('one more run is queued');
});

it('counts namespaces, records and access', () => {
  const text = describeRun(progress());
  expect(text).toContain('- 7 of 23 namespaces read, 1 failed');
  expect(text).toContain('- records: 318 added, 2 updated, 1 moved, 0 deleted');
});

it('counts who was granted nothing and audit events, when there are any', () => {
  expect(describeRun(progress())).not.toMatch(/not granted|audit events/);
  const counts = {
    ...noSyncCounts(),
    ungranted: { levels: 1, invitees: 2, outsiders: 3, members: 4 },
    events: { used: 5, withoutEffect: 6, unknown: 7, unreadable: 0 },
  };
  const text = describeRun(progress({ counts }));
  expect(text).toContain('- not granted: 1 by access level, 2 invitees, 3 outsiders, 4 unknown members');
  expect(text).toContain('- audit events: 5 used, 6 without effect, 7 of an unknown type, 0 unreadable');
});

it('shows an operator what awaits approval, and which command decides', () => {
  const held = [
    { namespaceId: '77', deletes: 120, revokes: 0, total: 300 },
    { namespaceId: '78', deletes: 0, revokes: 140, total: 200, answer: 'rejected' as const },
  ];
  const text = describeRun(progress({ held }));
  expect(text).toContain('`dropbox-teams approve acme`');
  expect(text).toContain('- namespace 77: 120 of 300 items would be deleted');
  expect(text).toContain('- namespace 78: 140 of 200 would lose access (rejected)');
});

it('stays far below the limit of 20,000 bytes, even with thousands of gaps', () => {
  const held = Array.from({ length: 5000 }, (_, at) => ({ namespaceId: `${at}`, deletes: 1, revokes: 0, total: 1 }));
  const gaps = Array.from({ length: 5000 }, (_, at) => `namespace ${at}: ${'x'.repeat(100)}`);
  const text = describeRun(progress({ held, gaps }));
  expect(Buffer.byteLength(text)).toBeLessThan(5_000);
  expect(text).toContain('and 4990 more');
});
