import { once } from 'node:events';
import { createServer } from 'node:http';
import { escapeHtml, htmlPage } from './html';

/** What came of the consent, and a sentence about it. */
interface Outcome {
  ok: boolean;
  text: string;
}

export interface RedirectServer {
  port: number;
  /** The parameters of the first request that is an answer. Rejects when none arrives in time. */
  answer: Promise<URLSearchParams>;
  /** Shows the outcome in the admin's browser. */
  show(outcome: Outcome): void;
  close(): void;
}

const page = ({ ok, text }: Outcome): string =>
  htmlPage(
    'Dropbox authorization',
    `body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}h1{font-size:1.4rem;color:${ok ? '#157347' : '#b02a37'}}`,
    `<h1>${ok ? 'The connector is authorized' : 'The connector is not authorized'}</h1>
<p id="outcome">${escapeHtml(text)}</p><p>You can close this window.</p>`,
  );

/** A promise, and the functions that fulfil and reject it. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((...given) => {
    [resolve, reject] = given;
  });
  return { promise, resolve, reject };
}

const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  Connection: 'close',
};

/**
 * Waits for the admin's browser to return from Dropbox. Listens on this machine only. Any page in that browser can send
 * requests, so those that `isAnswer` refuses are ignored.
 */
export async function startRedirectServer(
  redirectUri: URL,
  port: number,
  isAnswer: (parameters: URLSearchParams) => boolean,
  withinMs: number,
): Promise<RedirectServer> {
  const answer = deferred<URLSearchParams>();
  const outcome = deferred<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', redirectUri);
    if (request.method !== 'GET' || url.pathname !== redirectUri.pathname) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
      return;
    }
    if (!isAnswer(url.searchParams)) {
      response
        .writeHead(400, PAGE_HEADERS)
        .end(page({ ok: false, text: 'This answer does not belong to the authorization that waits (wrong state).' }));
      return;
    }
    answer.resolve(url.searchParams);
    void outcome.promise.then((html) => response.writeHead(200, PAGE_HEADERS).end(html));
  });
  // Rejects when the port can't be used.
  await once(server.listen(port, 'localhost'), 'listening');
  const timer = setTimeout(
    () => answer.reject(new Error('no answer from the consent page arrived in time: start again')),
    withinMs,
  );
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    answer: answer.promise.finally(() => clearTimeout(timer)),
    show: (shown) => outcome.resolve(page(shown)),
    close: () => {
      clearTimeout(timer);
      // Requests under way still receive their page.
      server.close();
    },
  };
}
