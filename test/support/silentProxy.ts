import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

function parsed(target: string): { host: string; port: number } {
  const [host = '', port = ''] = target.split(':');
  return { host, port: Number(port) };
}

/**
 * Forwards bytes to a server until it is made silent (connections stay open, and nothing arrives), until it is away
 * (connections are cut), or until another server takes its place.
 */
export class SilentProxy {
  private readonly sockets = new Set<Socket>();
  private isSilent = false;
  private isAway = false;

  private constructor(
    private readonly server: Server,
    private target: { host: string; port: number },
  ) {}

  /** `target`: host:port. */
  static async start(target: string): Promise<SilentProxy> {
    const server = createServer();
    const proxy = new SilentProxy(server, parsed(target));
    server.on('connection', (socket) => proxy.pass(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  beSilent(): void {
    this.isSilent = true;
  }

  beAway(): void {
    this.isAway = true;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts the connections; later ones go to this server. `target`: host:port. */
  turnTo(target: string): void {
    this.target = parsed(target);
    for (const socket of this.sockets) socket.destroy();
  }

  /** What came in silence arrives now. */
  speak(): void {
    this.isAway = false;
    this.isSilent = false;
    for (const socket of this.sockets) socket.emit('speak');
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(socket: Socket): void {
    if (this.isAway) {
      socket.destroy();
      return;
    }
    const upstream = connect(this.target);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      const kept: Buffer[] = [];
      const flush = (): void => {
        for (const bytes of kept.splice(0)) to.write(bytes);
      };
      this.sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        kept.push(bytes);
        if (!this.isSilent) flush();
      });
      from.on('speak', flush);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}
