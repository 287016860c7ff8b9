import { formatEvery, parseEvery, scheduleSpec } from '../../src/client/intervals';

describe('the interval of a connector', () => {
  it.each([
    ['15m', 15],
    ['30m', 30],
    ['1h', 60],
    ['4h', 240],
    ['1d', 1440],
    ['5', 5],
    ['480', 480],
    ['720 min', 720],
    [' 90M ', 90],
  ])('%s is an interval of %i minutes', (text, minutes) => {
    expect(parseEvery(text)).toEqual({ kind: 'interval', minutes });
  });

  it.each([
    '4m',
    '1441',
    '2d',
    '0h',
    'soon',
    '',
    '-5m',
    '1.5h',
    '* * * *',
    '* * * * * *',
    '* * * * $(id)',
    '60 * * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '0 0 1 13 *',
    '0 0 * * 8',
    '* * * * *',
    '? 3 * * *',
    '*/4 * * * *',
    '0-30/2 * * * *',
    '58/1 * * * *',
    '5,30,9 * * * *',
    '10-12 8 * * *',
  ])('%j is refused', (text) => {
    expect(() => parseEvery(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });

  it.each(['manual', 'MANUAL'])('%s is no schedule', (text) => expect(parseEvery(text)).toEqual({ kind: 'manual' }));

  it.each([
    '*/90 * * * *',
    '5-55/10 8-18 * * MON-FRI',
    '0 0 1,15 JAN *',
    '0 0 * * 7',
    '*/7,0 * * * *',
    '3/5 * * * *',
    '50,55,0 * * * *',
  ])('%s is a cron expression', (text) => {
    expect(parseEvery(text)).toEqual({ kind: 'cron', expression: text });
  });

  it('a stored cron expression of any gap is read', () => {
    expect(parseEvery('* * * * *', { isStored: true })).toEqual({ kind: 'cron', expression: '* * * * *' });
  });

  it('a cron expression goes to Temporal unchanged, in UTC', () => {
    const every = parseEvery('0  6 * * MON-FRI');
    expect(every).toEqual({ kind: 'cron', expression: '0 6 * * MON-FRI' });
    expect(scheduleSpec(every as Exclude<typeof every, { kind: 'manual' }>)).toMatchObject({
      cronExpressions: ['0 6 * * MON-FRI'],
      timezone: 'UTC',
    });
  });

  it('connectors with the same interval do not start at the same time', () => {
    expect(scheduleSpec({ kind: 'interval', minutes: 15 })).toEqual({ intervals: [{ every: '15m' }], jitter: '90s' });
    expect(scheduleSpec({ kind: 'interval', minutes: 1440 }).jitter).toBe('300s');
  });

  it('has one stored form for each value', () => {
    expect(formatEvery(parseEvery('60'))).toBe('1h');
    expect(formatEvery(parseEvery('90m'))).toBe('90m');
    expect(formatEvery(parseEvery('manual'))).toBeNull();
  });
});
