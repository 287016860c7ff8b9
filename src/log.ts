import type { Logger as TemporalLogger, LogLevel as TemporalLevel } from '@temporalio/common';
import { destination, pino, type DestinationStream, type Level, type Logger } from 'pino';
import { onceAMinute } from './onceAMinute';

export type { Logger } from 'pino';

const secretFields = [
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'appSecret',
  'client_secret',
  'clientSecret',
  'credentials',
  'password',
  'jwtSecret',
  'authorization',
  'Authorization',
];

/** Longest text that waits while nothing can be written. Further lines are dropped. */
const LONGEST_BACKLOG = 2 ** 20;

/**
 * Where a process writes its log. While the disk is full, or no one reads the log any more, lines are lost, and the work
 * continues: without a listener, each line would throw where it is logged. `dest`: a file descriptor or a path
 */
export function logDestination(dest: number | string): DestinationStream {
  return destination({ dest, sync: true, maxLength: LONGEST_BACKLOG }).on('error', () => undefined);
}

/**
 * The logger of the process. It writes JSON lines to standard error, since standard output carries the results of
 * commands. Fields with the name of a secret are redacted, down to the third level, in case one is logged by accident.
 */
export function createLogger(level: Level, stream: DestinationStream = logDestination(2)): Logger {
  return pino(
    {
      level,
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[secret]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: null,
    },
    stream,
  );
}

/** Temporal's core writes this for each attempt of each call: 150 lines a minute while Temporal does not answer. */
const REPEATED_CALL = /^gRPC call \w+ retried \d+ times$/;

/** The same logger for Temporal's Runtime: workflows, activities and Temporal's core write to it. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const logRepeated = onceAMinute<unknown>((count, reason) =>
    logger.error({ count, reason }, 'calls to Temporal fail and are repeated: does it run, and is it reached?'),
  );
  const write = (level: TemporalLevel, message: string, facts: Record<string | symbol, unknown> = {}): void => {
    if (REPEATED_CALL.test(message)) {
      logRepeated(facts['error']);
      level = 'DEBUG';
    }
    // A task token is long, and says nothing to a person.
    const { error, taskToken: _token, ...others } = facts;
    // pino serializes an error only in the field `err`.
    logger[level.toLowerCase() as Lowercase<TemporalLevel>](
      { ...others, ...(error === undefined ? {} : { err: error }) },
      message,
    );
  };
  return {
    log: write,
    trace: (message, facts) => write('TRACE', message, facts),
    debug: (message, facts) => write('DEBUG', message, facts),
    info: (message, facts) => write('INFO', message, facts),
    warn: (message, facts) => write('WARN', message, facts),
    error: (message, facts) => write('ERROR', message, facts),
  };
}
