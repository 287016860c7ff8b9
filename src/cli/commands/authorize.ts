import { spawn } from 'node:child_process';
import { clientError, DropboxTeamsError, isWebAddress, type Consent } from '../../client';
import { Terminal } from '../ask';
import type { CommandContext, ConnectorCommand, CommonOptions } from '../context';
import { givenAppSecret } from '../givenSecrets';
import { writeResult } from '../output';
import { startRedirectServer, type RedirectServer } from '../redirectPage';

export interface AuthorizeCommand extends CommonOptions {
  /** The file of a new app secret. */
  appSecretFile?: string;
  port?: number;
  redirectUri?: string;
  /** False with --no-pkce: commander names a negated option without its "no". */
  pkce: boolean;
  /** False with --no-browser. */
  browser: boolean;
}

const DEFAULT_PORT = 8765;

/** How long the command waits for the admin's consent: long enough to sign in with a second factor first. */
const CONSENT_WITHIN_MINUTES = 15;

export const authorizeCommand: ConnectorCommand<AuthorizeCommand> = async (context, connectorId, options) => {
  const { teamId, scopes } = await authorize(context, connectorId, options);
  return writeResult(context, options, { connectorId, teamId, scopes }, [
    `authorized for team ${teamId}`,
    `next, test the connection: dropbox-teams test ${connectorId}`,
  ]);
};

/** Sends a team admin to Dropbox's page of consent, and stores the refresh token that Dropbox answers with. */
export async function authorize(
  context: CommandContext,
  connectorId: string,
  options: AuthorizeCommand,
): Promise<Awaited<ReturnType<Consent['finish']>>> {
  const redirectUri = options.redirectUri ?? `http://localhost:${options.port ?? DEFAULT_PORT}/dropbox/authorized`;
  const address = parsedUrl(redirectUri);
  // The port to listen on. A redirect URI of this machine names it. With any other URI, a proxy or a tunnel forwards
  // the browser's request to this machine, so the port in the URI is that of the proxy.
  const port = options.port ?? (isThisMachine(address) ? portOf(address) : DEFAULT_PORT);
  const appSecret = await givenAppSecret(context, options);
  const authorization = await context.client.beginAuthorization(connectorId, {
    appSecret,
    redirectUri,
    usePkce: options.pkce,
    apiUrl: context.config.dropbox.apiUrl,
  });
  const server = await listen(address, port, (answer) => authorization.isAnswer(answer));
  try {
    context.err.write(`open this address in a browser, signed in as a team admin:\n${authorization.url}\n`);
    context.notes.write(
      `waiting for the browser to come back to ${redirectUri}, ${CONSENT_WITHIN_MINUTES} minutes at most\n`,
    );
    if (options.browser && context.err.isTTY === true && hasBrowser(context.env)) openBrowser(authorization.url);
    const terminal = options.json === true ? undefined : Terminal.of(context);
    const answer = await (terminal ? firstAnswer(terminal, server, authorization) : server.answer).catch(
      (error: unknown) => {
        throw new DropboxTeamsError('CredentialsRefused', clientError(error).message);
      },
    );
    try {
      const authorized = await authorization.finish(answer);
      server.show({ ok: true, text: 'Its refresh token is stored, encrypted.' });
      return authorized;
    } catch (error) {
      const problem = clientError(error);
      server.show({ ok: false, text: problem.message });
      throw problem;
    }
  } finally {
    server.close();
  }
}

/**
 * The answer that arrives first: the browser's, or its address as someone pastes it. A browser of another machine can't
 * reach this one, as when the command runs on a server or in a container, but it shows the address that it wanted.
 */
async function firstAnswer(
  terminal: Terminal,
  server: RedirectServer,
  { isAnswer }: Consent,
): Promise<URLSearchParams> {
  const arrived = new AbortController();
  const parametersOf = (text: string): URLSearchParams =>
    URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams();
  const pasted = terminal
    .line('Does the browser run on another machine? Then paste the address that it shows at the end', {
      refused: (text) =>
        isAnswer(parametersOf(text)) ? undefined : 'this is not the address after the consent, with its code and state',
      signal: arrived.signal,
    })
    // Without an answer here, that of the browser may still come.
    .then(parametersOf, () => server.answer);
  try {
    return await Promise.race([server.answer, pasted]);
  } finally {
    arrived.abort();
  }
}

function parsedUrl(text: string): URL {
  if (isWebAddress(text)) return new URL(text);
  throw new DropboxTeamsError(
    'InvalidArgument',
    '--redirect-uri is not a URL, such as http://localhost:8765/dropbox/authorized',
  );
}

const isThisMachine = ({ hostname, protocol }: URL): boolean =>
  protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

const portOf = ({ port }: URL): number => (port === '' ? 80 : Number(port));

async function listen(address: URL, port: number, isAnswer: Consent['isAnswer']): Promise<RedirectServer> {
  try {
    return await startRedirectServer(address, port, isAnswer, CONSENT_WITHIN_MINUTES * 60_000);
  } catch (cause) {
    throw new DropboxTeamsError(
      'InvalidArgument',
      `--port: port ${port} of this machine can't be used; choose another one, and register its redirect URI in the App Console`,
      { cause },
    );
  }
}

/** Whether a browser can be opened. On Linux without a display it would open in the terminal, or not at all. */
const hasBrowser = ({ DISPLAY, WAYLAND_DISPLAY, BROWSER }: CommandContext['env']): boolean =>
  process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY || BROWSER);

/** Tries to open a browser. A failure is ignored, since the address is printed as well. */
function openBrowser(url: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
        : ['xdg-open', [url]];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
