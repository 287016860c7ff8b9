const PARENT_CHECK_MS = 200;

/** A server of the sandbox that is up. */
export interface RunningServer {
  url: string;
  close(): Promise<void>;
  /** Further lines for a person, for standard error. */
  notes?: readonly string[];
  /** Settles when the server has ended by itself, with the reason. */
  ended?: Promise<string>;
}

/**
 * Starts a server, says where it listens, and keeps it up until SIGTERM, SIGINT or SIGHUP. Resolves when it has stopped.
 * A signal during the start, or a second one, ends the process at once: what it started ends with it.
 */
export async function serve(start: () => Promise<RunningServer>): Promise<void> {
  const phase: { stop?: () => void } = {};
  const onSignal = () => {
    if (phase.stop === undefined) process.exit(1);
    phase.stop();
    delete phase.stop;
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  if (process.env['npm_lifecycle_event'] !== undefined) onParentGone(onSignal);

  const server = await start();
  const stopped = new Promise<void>((resolve) => {
    phase.stop = resolve;
  });
  process.stdout.write(`listening on ${server.url}\n`);
  for (const note of server.notes ?? []) process.stderr.write(`${note}\n`);
  const outcome = await Promise.race([stopped, ...(server.ended === undefined ? [] : [server.ended])]);
  await server.close();
  if (typeof outcome === 'string') throw new Error(`the server ended by itself: ${outcome}`);
}

/** npm signals the shell that it has started, not what that shell runs: a shell that has gone means the same. */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** A setting that can't be used: nothing has been touched. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
}

/** Where ArangoDB is, from the environment; the defaults are those of PipesHub and of the emulator. */
export function environmentArango(env: NodeJS.ProcessEnv) {
  const value = (name: string, fallback: string) => env[name] || fallback;
  const arangoUrl = value('ARANGO_URL', 'http://127.0.0.1:8529');
  if (!URL.canParse(arangoUrl) || !/^https?:$/.test(new URL(arangoUrl).protocol))
    throw new WrongSetting('ARANGO_URL has to be an address such as http://127.0.0.1:8529');
  return {
    arangoUrl,
    database: value('ARANGO_DATABASE', 'es'),
    username: value('ARANGO_USERNAME', 'root'),
    password: value('ARANGO_PASSWORD', ''),
  };
}

/** What went wrong, on one line. */
export function failureLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `port ${String(error.port)} on 127.0.0.1 is already in use`;
  }
  return error.message.replace(/\s*\n\s*/g, '; ');
}
