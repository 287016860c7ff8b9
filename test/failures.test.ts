import { ApplicationFailure, DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { failure, messageOf, shorten } from '../src/failures';

const LONG = 'x'.repeat(3_000_000);

/** How long a failure is in the form in which Temporal receives it. */
const sizeOf = (error: unknown): number =>
  JSON.stringify(new DefaultFailureConverter().errorToFailure(error, defaultPayloadConverter)).length;

it('a failure with a text of any length keeps its type, and says what happened and what to do', () => {
  const thrown = failure('GraphUnexpected', `ArangoDB answered: ${LONG}: check ARANGO_URL`);
  expect(thrown).toMatchObject({ type: 'GraphUnexpected', nonRetryable: false });
  expect(thrown.message).toMatch(/^ArangoDB answered: .* check ARANGO_URL$/);
  expect(sizeOf(thrown)).toBeLessThan(50_000);
});

it('a failure is one line, whatever a peer has said', () => {
  expect(failure('GraphUnavailable', 'no answer (wrong version:\r\n  c:350): check').message).toBe(
    'no answer (wrong version: c:350): check',
  );
});

it.each([
  ['a long text', LONG],
  ['a long list', Array.from({ length: 100_000 }, (_, at) => at)],
  ['a deep list', JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))],
])('what is known of a failure does not keep it from being reported: %s', (_name, reason) => {
  const thrown = failure('DropboxUnexpected', 'Dropbox refused it', { details: { route: 'a/route', reason } });
  expect(thrown.details?.[0]).toMatchObject({ route: 'a/route' });
  expect(sizeOf(thrown)).toBeLessThan(50_000);
});

it('the causes of a failure are shortened with it', () => {
  const thrown = failure('BrokerUnavailable', 'Redis takes no events', {
    cause: new Error(LONG, { cause: new TypeError(LONG) }),
  });
  shorten(thrown);
  expect(sizeOf(thrown)).toBeLessThan(50_000);
});

it('what is short stays as it is', () => {
  const details = { route: 'a/route', tags: ['path', 'not_found'], missing: undefined };
  const cause = new Error('the cause');
  const thrown = failure('RecordUnknown', 'it is gone', { details, cause });
  const { stack } = thrown;
  shorten(thrown);
  expect(thrown).toBeInstanceOf(ApplicationFailure);
  expect(thrown).toMatchObject({ message: 'it is gone', details: [details], stack });
  expect(messageOf(thrown.cause)).toBe('the cause');
});
