import type { Resources } from '../resources';
import { startSharedServers, type SharedServers } from '../servers';
import { LiarInstallation } from './liarInstallation';

type Work = (installation: LiarInstallation) => Promise<void>;

async function attempt(broken: string[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    broken.push(`unexpected: ${String(error)}`);
  }
}

/** Installations of the sample company after an exact first sync. One that was judged broken is not used again. */
export class InstallationPool {
  private readonly idle: LiarInstallation[] = [];
  private readonly all = new Set<LiarInstallation>();
  private installations = 0;

  private constructor(
    private readonly servers: SharedServers,
    private readonly name: string,
  ) {}

  static async start(resources: Resources, name: string): Promise<InstallationPool> {
    return new InstallationPool(await startSharedServers(resources), name);
  }

  async close(): Promise<void> {
    for (const installation of this.all) await installation.close();
  }

  /**
   * Works on an installation, a new one if none is idle, and adds to `broken` why the work failed. `prepare` sees a new
   * installation before its first sync.
   */
  async use(broken: string[], work: Work, prepare?: (installation: LiarInstallation) => void): Promise<void> {
    const installation = this.idle.pop() ?? (await this.open(prepare));
    await attempt(broken, () => work(installation));
    if (broken.length === 0) this.idle.push(installation);
    else await this.discard(installation);
  }

  /** Works on an installation before its first sync. */
  async useNew(broken: string[], work: Work): Promise<void> {
    const installation = await this.start();
    await attempt(broken, () => work(installation));
    await this.discard(installation);
  }

  private async discard(installation: LiarInstallation): Promise<void> {
    this.all.delete(installation);
    await installation.close();
  }

  private async start(): Promise<LiarInstallation> {
    this.installations += 1;
    const installation = await LiarInstallation.start(this.servers, `${this.name}-${this.installations}`);
    this.all.add(installation);
    return installation;
  }

  private async open(prepare?: (installation: LiarInstallation) => void): Promise<LiarInstallation> {
    const installation = await this.start();
    prepare?.(installation);
    const { status } = await installation.sync();
    const lines = [...(status === 'complete' ? [] : [`it ended ${status}`]), ...(await installation.differences())];
    if (lines.length > 0) throw new Error(`the first full sync is not exact: ${lines.join('; ')}`);
    return installation;
  }
}
