const NAMED = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Requests since the start, as `/_admin/statistics` tells them. */
export class RequestCounts {
  private total = 0;
  private readonly byMethod = new Map<string, number>();

  add(method: string): void {
    this.total += 1;
    this.byMethod.set(method, (this.byMethod.get(method) ?? 0) + 1);
  }

  statistics(): Record<string, number> {
    const counts: Record<string, number> = { requestsTotal: this.total, requestsAsync: 0 };
    let named = 0;
    for (const method of NAMED) {
      const count = this.byMethod.get(method) ?? 0;
      counts[`requests${method.charAt(0)}${method.slice(1).toLowerCase()}`] = count;
      named += count;
    }
    return { ...counts, requestsOther: this.total - named };
  }
}
