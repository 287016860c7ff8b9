import { randomBytes } from 'node:crypto';
import type { Bytes } from './reply';

export const TEMPORARY_LINK_PREFIX = '/cd/0/get/';

/** Links that serve a file's bytes without authentication until they expire. */
export class TemporaryLinks {
  private readonly links = new Map<string, { content: Bytes; expiresAt: number }>();

  constructor(
    private readonly lifetimeSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Path of a new link, relative to the base URL of the caller. */
  create(name: string, content: Bytes): string {
    const token = randomBytes(24).toString('base64url');
    this.links.set(token, { content, expiresAt: this.now() + this.lifetimeSeconds * 1000 });
    return `${TEMPORARY_LINK_PREFIX}${token}/${encodeURIComponent(name)}`;
  }

  /** @returns undefined for an unknown link */
  find(token: string): Bytes | 'expired' | undefined {
    const link = this.links.get(token);
    if (!link) return undefined;
    return link.expiresAt > this.now() ? link.content : 'expired';
  }

  /** Expires all links that exist now. */
  expireAll(): void {
    for (const link of this.links.values()) link.expiresAt = this.now();
  }
}
