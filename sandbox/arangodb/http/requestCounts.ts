const LISTED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Counts requests since the start, for `/_admin/statistics`. */
export class RequestCounts {
  private total = 0;
  private readonly byMethod = new Map<string, number>();

  add(method: string): void {
    this.total += 1;
    this.byMethod.set(method, (this.byMethod.get(method) ?? 0) + 1);
  }

  statistics(): Record<string, number> {
    const counts: Record<string, number> = { requestsTotal: this.total, requestsAsync: 0 };
    let listed = 0;
    for (const method of LISTED_METHODS) {
      const count = this.byMethod.get(method) ?? 0;
      counts[`requests${method.charAt(0)}${method.slice(1).toLowerCase()}`] = count;
      listed += count;
    }
    return { ...counts, requestsOther: this.total - listed };
  }
}
