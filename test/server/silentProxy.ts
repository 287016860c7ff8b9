import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Forwards bytes to a server until it is made silent: connections then stay open, and nothing arrives. */
export class SilentProxy {
  readonly #sockets = new Set<Socket>();
  #isSilent = false;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {}

  /** `target`: host:port. */
  static async start(target: string): Promise<SilentProxy> {
    const [host = '', port = ''] = target.split(':');
    const server = createServer();
    const proxy = new SilentProxy(server, { host, port: Number(port) });
    server.on('connection', (socket) => proxy.#pass(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  beSilent(): void {
    this.#isSilent = true;
  }

  /** What came meanwhile arrives now. */
  speak(): void {
    this.#isSilent = false;
    for (const socket of this.#sockets) socket.emit('speak');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #pass(socket: Socket): void {
    const upstream = connect(this.target);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      const kept: Buffer[] = [];
      const flush = (): void => {
        for (const bytes of kept.splice(0)) to.write(bytes);
      };
      this.#sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        kept.push(bytes);
        if (!this.#isSilent) flush();
      });
      from.on('speak', flush);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
