import { endWhenFailed } from '../src/failedWorker';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('ends the process of a worker that has failed, when it does not end by itself', () => {
  let state = 'RUNNING';
  const end = jest.fn();
  endWhenFailed(() => state, end);
  for (state of ['RUNNING', 'STOPPING', 'DRAINING', 'STOPPED']) {
    jest.advanceTimersByTime(3_600_000);
    expect(end).not.toHaveBeenCalled();
  }
  state = 'FAILED';
  jest.advanceTimersByTime(5_000);
  expect(end).not.toHaveBeenCalled();
  jest.advanceTimersByTime(3_600_000);
  expect(end).toHaveBeenCalledTimes(1);
});
