import { verificationLines } from '../../src/cli/commands/verify';
import { eventRows, gapLines, resultLines, syncJson, ungrantedRows } from '../../src/cli/syncText';
import type { SyncOutcome, VerifyReport } from '../../src/client';

const outcome: SyncOutcome = {
  connectorId: 'c',
  runId: 'r',
  answer: 'started',
  status: 'complete',
  mode: 'full',
  users: 8,
  groups: 3,
  recordGroups: 12,
  records: { added: 5, updated: 0, moved: 0, deleted: 0 },
  permissions: { granted: 40, revoked: 0 },
  deadLetters: 0,
  dropboxCalls: 90,
  gaps: [],
  held: [],
  seconds: 2,
};
const ungranted = { levels: 1, invitees: 2, outsiders: 4, members: 0 };
const events = { used: 10, withoutEffect: 3, unknown: 1, unreadable: 0 };

describe('the result of a sync', () => {
  it('names who is listed and was granted nothing, and which audit events were read', () => {
    const lines = resultLines({ ...outcome, ungranted, events });
    expect(lines).toContain(
      'not granted    1 access level that grants nothing, 2 invitees, 4 outsiders, 0 unknown members',
    );
    expect(lines).toContain('audit events   10 used, 3 without effect, 1 of an unknown type, 0 unreadable');
    expect(syncJson({ ...outcome, ungranted, events }, 'started')).toMatchObject({ ungranted, events });
  });

  it('lists the first gaps and says how many there are', () => {
    const gaps = Array.from({ length: 60 }, (_, at) => `namespace ${at}: refused`);
    const shown = resultLines({ ...outcome, gaps: gaps.slice(0, 50), gapCount: 60 }).filter((line) =>
      /^gap/.test(line),
    );
    expect(shown).toHaveLength(51);
    expect(shown.at(-1)).toBe('gap: and 10 more (status --json)');
    expect(gapLines('gap of the last run', gaps)).toHaveLength(51);
    expect(gapLines('gap', ['one'])).toEqual(['gap: one']);
  });

  it('leaves out what there was none of', () => {
    expect(ungrantedRows({ ungranted: { levels: 0, invitees: 0, outsiders: 0, members: 0 } })).toEqual([]);
    expect(eventRows({ events: { used: 0, withoutEffect: 0, unknown: 0, unreadable: 0 } })).toEqual([]);
    expect(resultLines(outcome)).toEqual(
      resultLines({ ...outcome, events: { used: 0, withoutEffect: 0, unknown: 0, unreadable: 0 } }),
    );
  });

  it('of an older version has no such figures', () => {
    expect(syncJson(outcome, 'joined')).not.toHaveProperty('ungranted');
    expect(syncJson(outcome, 'joined')).not.toHaveProperty('events');
  });
});

describe('the report of a comparison', () => {
  const figures = { missing: 0, shouldBeGone: 230, tooWide: 0, tooNarrow: 0, accessLists: 0, structure: 0 };
  const finding = { namespaceId: '7', recordKey: 'r1', itemId: 'id:1', member: null };
  const report: VerifyReport = {
    ...{ connectorId: 'c', ok: false, members: { checked: 1, total: 1 }, files: { dropbox: 1, records: 1 } },
    ...figures,
    findings: [{ kind: 'shouldBeGone', text: 'a.txt is not in Dropbox', ...finding }],
    unlisted: [],
  };

  it('names each difference in the words of a reader, and says how many it leaves out', () => {
    const lines = verificationLines(report);
    expect(lines).toContain('gone in Dropbox: a.txt is not in Dropbox');
    expect(lines).toContain('and 229 more differences');
    expect(verificationLines({ ...report, shouldBeGone: 1 }).join('\n')).not.toContain('more differences');
  });
});
