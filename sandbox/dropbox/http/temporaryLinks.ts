import { randomBytes } from 'node:crypto';
import type { Bytes } from './reply';

export const TEMPORARY_LINK_PREFIX = '/cd/0/get/';

/** Links that give a file's bytes to whoever has them, until they expire. */
export class TemporaryLinks {
  private readonly links = new Map<string, { content: Bytes; expiresAt: number }>();

  constructor(
    private readonly lifeSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Path of a new link, below the host on which it was asked for. */
  create(name: string, content: Bytes): string {
    const token = randomBytes(24).toString('base64url');
    this.links.set(token, { content, expiresAt: this.now() + this.lifeSeconds * 1000 });
    return `${TEMPORARY_LINK_PREFIX}${token}/${encodeURIComponent(name)}`;
  }

  /** @returns undefined for a link that never was, `expired` for one whose time is over */
  find(token: string): Bytes | 'expired' | undefined {
    const link = this.links.get(token);
    if (!link) return undefined;
    return link.expiresAt > this.now() ? link.content : 'expired';
  }

  /** Ends the time of every link that is out there. */
  expireAll(): void {
    for (const link of this.links.values()) link.expiresAt = this.now();
  }
}
