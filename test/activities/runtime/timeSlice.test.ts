import { timeSlice } from '../../../src/activities/runtime/timeSlice';

it('a slice ends after its time, also where the clock is set back meanwhile', () => {
  jest.useFakeTimers();
  try {
    const isOver = timeSlice();
    jest.advanceTimersByTime(59_000);
    expect(isOver()).toBe(false);
    jest.setSystemTime(Date.now() - 24 * 60 * 60 * 1000);
    jest.advanceTimersByTime(2_000);
    expect(isOver()).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});
