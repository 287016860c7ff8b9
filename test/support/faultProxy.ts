import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/**
 * Where a connection is cut. before: the request does not arrive. lost: the request is executed, but its answer does not
 * arrive. truncated: half of the answer arrives. after: the whole answer arrives, then the connection is closed.
 */
export type Cut = 'before' | 'lost' | 'truncated' | 'after';
export const cuts: readonly Cut[] = ['before', 'lost', 'truncated', 'after'];

/** An answer of the proxy. The server does not receive the request. */
interface ProxyAnswer {
  status: number;
  retryAfterSeconds?: number;
  json?: unknown;
}

/** A cut connection, an answer of the proxy, or the server's answer with a rewritten body. */
export type Fault = Cut | ProxyAnswer | { rewrite: (text: string) => string };

export interface ProxiedRequest {
  method: string;
  path: string;
  /** Number of the request at this proxy, from 1. */
  number: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Decide = (request: ProxiedRequest) => Fault | undefined;

/**
 * PUT /_api/transaction/<id> commits a stream transaction; DELETE aborts it, POST …/begin opens it. A query that writes
 * outside of one is a transaction of its own.
 */
export const isCommit = ({ method, path, headers, body }: Omit<ProxiedRequest, 'number'>): boolean =>
  (method === 'PUT' && /\/_api\/transaction\/\d+$/.test(path)) ||
  (method === 'POST' &&
    path.endsWith('/_api/cursor') &&
    headers['x-arango-trx-id'] === undefined &&
    /\b(?:INSERT|UPDATE|REPLACE|REMOVE|UPSERT)\b/.test(body));

/** An HTTP proxy in front of one server that injects faults and counts requests. */
export class FaultProxy {
  /** Requests that arrived, commits among them, and injected faults. */
  readonly counts = { requests: 0, commits: 0, faults: 0 };
  /** Called after each request, with the fault that was injected. */
  onHandled: (request: ProxiedRequest, fault: Fault | undefined) => void = () => undefined;
  private readonly sockets = new Set<Socket>();
  private readonly agent = new Agent({ keepAlive: true });
  private isCrashed = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    /** Chooses the fault for each request; undefined passes the request on. */
    public decide: Decide,
  ) {}

  static async start(target: string, decide: Decide = () => undefined): Promise<FaultProxy> {
    const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
    const proxy = new FaultProxy(server, new URL(target), decide);
    server.on('request', (incoming, outgoing) => {
      // A client that disconnects during its request needs no answer.
      proxy.handle(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    server.on('connection', (socket) => {
      proxy.sockets.add(socket);
      socket.on('close', () => proxy.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Closes all connections and refuses new ones, as if the client's process had died. */
  crash(): void {
    this.isCrashed = true;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.crash();
    this.agent.destroy();
    if (this.server.listening) await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = incoming;
    if (this.isCrashed) return void incoming.socket.destroy();
    this.counts.requests += 1;
    const number = this.counts.requests;
    const body = await bodyOf(incoming);
    const proxied = { method, path, number, headers: incoming.headers, body: body.toString() };
    if (isCommit(proxied)) this.counts.commits += 1;
    const fault = this.isCrashed ? 'before' : this.decide(proxied);
    if (fault !== undefined) this.counts.faults += 1;
    const handled = (): void => this.onHandled(proxied, fault);
    if (fault === 'before') {
      incoming.socket.destroy();
      return handled();
    }
    if (typeof fault === 'object' && 'status' in fault) {
      answerWith(outgoing, fault);
      return handled();
    }
    try {
      const answer = await this.forward(incoming, body);
      if (typeof fault !== 'object') return this.deliver(answer, outgoing, fault, handled);
      const trailing = Buffer.from(fault.rewrite(answer.trailing.toString()));
      this.deliver({ ...answer, trailing }, outgoing, undefined, handled);
    } catch {
      // The connection to the server broke, so the client's connection is closed, too.
      incoming.socket.destroy();
      handled();
    }
  }

  private forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { hostname, port, host } = this.target;
    return new Promise((resolve, reject) => {
      const headers = { ...incoming.headers, host };
      const passed = request(
        { hostname, port, method: incoming.method, path: incoming.url, headers, agent: this.agent },
        (answer) => {
          bodyOf(answer).then(
            (content) => resolve({ status: answer.statusCode ?? 500, headers: answer.rawHeaders, trailing: content }),
            reject,
          );
        },
      );
      passed.on('error', reject);
      passed.end(body);
    });
  }

  private deliver(answer: Answer, outgoing: ServerResponse, fault: Cut | undefined, handled: () => void): void {
    if (fault === 'lost' || this.isCrashed) {
      outgoing.socket?.destroy();
      return handled();
    }
    const headers = withoutLength(answer.headers);
    const bodiless = answer.status === 204 || answer.status === 304;
    if (!bodiless) headers.push('content-length', String(answer.trailing.length));
    outgoing.writeHead(answer.status, headers);
    if (fault === 'truncated') {
      outgoing.write(answer.trailing.subarray(0, Math.floor(answer.trailing.length / 2)), () => {
        outgoing.socket?.destroy();
        handled();
      });
      return;
    }
    outgoing.end(bodiless ? undefined : answer.trailing, () => {
      if (fault === 'after') outgoing.socket?.end();
      handled();
    });
  }
}

interface Answer {
  status: number;
  headers: string[];
  trailing: Buffer;
}

/** The proxy has the whole body, so it sets the length itself. */
function withoutLength(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (/^(content-length|transfer-encoding|connection|keep-alive)$/i.test(name)) continue;
    kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}

function answerWith(outgoing: ServerResponse, { status, retryAfterSeconds, json }: ProxyAnswer): void {
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  // Load balancers in front of ArangoDB and Dropbox do not answer with JSON.
  const type = json === undefined ? 'text/plain' : 'application/json';
  outgoing.writeHead(status, { 'Content-Type': type, ...retryAfter });
  outgoing.end(json === undefined ? 'out of order' : JSON.stringify(json));
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Mulberry32: the same seed gives the same numbers, 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Injects a random one of `kinds` into a share of all requests. */
export function faultsAtRate(share: number, seed: number, kinds: readonly Fault[]): Decide {
  const random = seeded(seed);
  return () => (random() < share ? kinds[Math.floor(random() * kinds.length)] : undefined);
}
