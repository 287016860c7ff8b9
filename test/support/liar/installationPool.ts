import type { Resources } from '../resources';
import { startSharedServers, type SharedServers } from '../servers';
import { LiarInstallation } from './liarInstallation';

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
  async use(
    broken: string[],
    work: (installation: LiarInstallation) => Promise<void>,
    prepare?: (installation: LiarInstallation) => void,
  ): Promise<void> {
    const installation = this.idle.pop() ?? (await this.open(prepare));
    try {
      await work(installation);
    } catch (error) {
      broken.push(`unexpected: ${String(error)}`);
    }
    if (broken.length === 0) this.idle.push(installation);
    else {
      this.all.delete(installation);
      await installation.close();
    }
  }

  private async open(prepare?: (installation: LiarInstallation) => void): Promise<LiarInstallation> {
    this.installations += 1;
    const installation = await LiarInstallation.start(this.servers, `${this.name}-${this.installations}`);
    this.all.add(installation);
    prepare?.(installation);
    const { status } = await installation.sync();
    const lines = [...(status === 'complete' ? [] : [`it ended ${status}`]), ...(await installation.differences())];
    if (lines.length > 0) throw new Error(`the first full sync is not exact: ${lines.join('; ')}`);
    return installation;
  }
}
