/** Resources that tests have opened. Each one is registered at once, so that a failed test leaves none of them open. */
export class Resources {
  private readonly closers: (() => unknown)[] = [];

  add<T extends { close(): unknown }>(resource: T): T {
    this.defer(() => resource.close());
    return resource;
  }

  defer(close: () => unknown): void {
    this.closers.push(close);
  }

  /** Closes all resources in reverse order, also when closing one of them fails. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
  }
}
