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

const STANDARD_ERROR = 2;
/** What is kept, in bytes, while nothing can be written, and written as soon as it can be. */
const LONGEST_BACKLOG = 2 ** 20;

/**
 * Writes to an open file, without an error: a full disk under the log, or a terminal that was closed, would end the
 * process, and each one that is started after it.
 */
export function logStream(fd: number): DestinationStream {
  const stream = destination({ dest: fd, sync: true, maxLength: LONGEST_BACKLOG });
  stream.on('error', () => undefined);
  return stream;
}

/**
 * The logger of the process. It writes JSON lines to standard error, since standard output carries the results of
 * commands. Fields with the name of a secret are redacted, down to the third level, in case one is logged by accident.
 */
export function createLogger(level: Level, stream: DestinationStream = logStream(STANDARD_ERROR)): Logger {
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
