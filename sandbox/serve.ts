const PARENT_CHECK_MS = 200;

/** A server of the sandbox that accepts requests. */
export interface RunningServer {
  url: string;
  close(): Promise<void>;
  /** What SIGHUP does, where the data would not outlive the process. Default: it stops the server. */
  restart?(): Promise<void>;
  /** Lines for the user, printed to standard error. */
  notes?: readonly string[];
  /** Resolves with the reason when the server has ended without being stopped. */
  ended?: Promise<string>;
}

/**
 * Starts a server, prints where it listens, and keeps it running until SIGTERM, SIGINT or SIGHUP. Resolves when it has
 * stopped. A signal during the start, or a second signal, ends the process at once, and its child processes with it.
 */
export async function serve(start: () => Promise<RunningServer>): Promise<void> {
  const phase: { server?: RunningServer; stop?: () => void } = {};
  const onSignal = (signal?: NodeJS.Signals) => {
    if (signal === 'SIGHUP' && phase.server?.restart) return void phase.server.restart();
    if (phase.stop === undefined) process.exit(1);
    phase.stop();
    delete phase.stop;
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  if (process.env['npm_lifecycle_event'] !== undefined) onParentGone(onSignal);

  const server = (phase.server = await start());
  const stopped = new Promise<void>((resolve) => {
    phase.stop = resolve;
  });
  process.stdout.write(`listening on ${server.url}\n`);
  for (const note of server.notes ?? []) process.stderr.write(`${note}\n`);
  const outcome = await Promise.race([stopped, ...(server.ended === undefined ? [] : [server.ended])]);
  await server.close();
  if (typeof outcome === 'string') throw new Error(`the server stopped unexpectedly: ${outcome}`);
}

/** npm sends a signal only to the shell that it started, not to the program in it. A missing parent counts as a signal. */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** A setting that cannot be used. It is reported before anything is changed. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
}

/** ArangoDB's address and credentials from the environment. The defaults are those of PipesHub and of the emulator. */
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

/** The message of an error on one line. */
export function failureLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `port ${String(error.port)} on 127.0.0.1 is already in use`;
  }
  return error.message.replace(/\s*\n\s*/g, '; ');
}
