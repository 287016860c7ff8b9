import type { SyncRequest } from '../../src/contract/sync';
import { answerTo, merged } from '../../src/workflows/queuedRequest';

type Mode = NonNullable<SyncRequest['mode']>;

const request = (more: Partial<SyncRequest> = {}): SyncRequest => ({ connectorId: 'c', mode: 'auto', ...more });

describe('the answer to a request while a sync runs', () => {
  it.each<[string, Partial<SyncRequest>, Partial<SyncRequest>, string]>([
    ['the request that started the run', { requestId: 'r' }, { requestId: 'r' }, 'started'],
    ['a person asks', {}, { requestId: 'r' }, 'joined'],
    ['the schedule asks', { reason: 'schedule' }, {}, 'joined'],
    ['a webhook asks: the run may have passed the change already', { reason: 'webhook', members: ['m'] }, {}, 'queued'],
    ['PipesHub asks, which may have deleted what the run has written', { reason: 'pipeshub' }, {}, 'queued'],
    [
      'PipesHub asks for a full sync, a full one runs',
      { reason: 'pipeshub', mode: 'full' },
      { mode: 'full' },
      'queued',
    ],
    ['filters come with it, which the run has not begun with', { filters: { manualIndexing: true } }, {}, 'queued'],
    ['a full sync is asked for, an incremental one runs', { mode: 'full' }, {}, 'queued'],
    ['a full sync is asked for, a full one runs', { mode: 'full' }, { mode: 'full' }, 'joined'],
    ['everything is asked for, a run for some members runs', {}, { members: ['m'], reason: 'webhook' }, 'queued'],
    ['a dry run is asked for, a real one runs', { dryRun: true }, {}, 'queued'],
    ['a real run is asked for, a dry one runs', {}, { dryRun: true }, 'queued'],
    ['the same kind of dry run', { dryRun: true }, { dryRun: true }, 'joined'],
  ])('%s', (_case, other, running, answer) => {
    expect(answerTo(request(other), request(running), false)).toBe(answer);
  });

  it('is never “joined” when the run is about to end', () => {
    expect(answerTo(request(), request(), true)).toBe('queued');
  });

  it('treats two requests without an id as different requests', () => {
    expect(answerTo(request(), request(), false)).toBe('joined');
  });
});

describe('two waiting requests', () => {
  it('are the first one unchanged while there is no second', () => {
    const webhook = request({ reason: 'webhook', members: ['a'] });
    expect(merged(null, webhook)).toEqual(webhook);
  });

  it('are PipesHub’s if one of them is', () => {
    const waiting = request({ reason: 'webhook', members: ['a'] });
    const filters = { manualIndexing: true };
    for (const both of [
      merged(waiting, request({ reason: 'pipeshub', filters })),
      merged(request({ reason: 'pipeshub', filters }), waiting),
    ]) {
      expect(both).toMatchObject({ reason: 'pipeshub', mode: 'auto', filters });
      expect(both).not.toHaveProperty('members');
    }
  });

  it('of webhooks become one for the members of both, each once', () => {
    const waiting = request({ reason: 'webhook', members: ['a', 'b'] });
    const both = merged(waiting, request({ reason: 'webhook', members: ['b', 'c'] }));
    expect(both.members).toEqual(['a', 'b', 'c']);
  });

  it('for more members than are worth naming become one for everyone', () => {
    const some = (part: number): SyncRequest =>
      request({ reason: 'webhook', members: Array.from({ length: 300 }, (_, at) => `m${part}-${at}`) });
    expect(merged(some(0), some(0)).members).toHaveLength(300);
    expect(merged(some(0), some(1))).not.toHaveProperty('members');
  });

  it('for some members and for everyone become one for everyone', () => {
    const some = request({ reason: 'webhook', members: ['a'] });
    expect(merged(some, request())).not.toHaveProperty('members');
    expect(merged(request(), some)).not.toHaveProperty('members');
  });

  it.each<[Mode, Mode, Mode]>([
    ['full', 'auto', 'full'],
    ['incremental', 'full', 'full'],
    ['auto', 'incremental', 'auto'],
  ])('%s and %s become %s', (waiting, other, mode) => {
    expect(merged(request({ mode: waiting }), request({ mode: other })).mode).toBe(mode);
  });

  it('have the filters of the one that is no dry run, which uses the stored ones', () => {
    const dry = request({ dryRun: true, filters: { manualIndexing: true } });
    const filters = { indexShared: false };
    for (const [waiting, other] of [
      [dry, request()],
      [request(), dry],
    ] as const)
      expect(merged(waiting, other)).not.toHaveProperty('filters');
    expect(merged(dry, request({ filters })).filters).toEqual(filters);
    expect(merged(request({ filters }), dry).filters).toEqual(filters);
  });

  it('are a dry run only if both are', () => {
    const dry = request({ dryRun: true });
    expect(merged(dry, dry).dryRun).toBe(true);
    expect(merged(dry, request()).dryRun).toBe(false);
    expect(merged(request(), dry).dryRun).toBe(false);
  });
});
