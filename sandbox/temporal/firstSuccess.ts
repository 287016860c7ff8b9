/** The result of the first attempt that succeeds. Rejects with the reason of each one when all fail. */
export async function firstSuccess<T>(attempts: readonly (() => Promise<T>)[]): Promise<T> {
  const failures: string[] = [];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      failures.push(reason(error));
    }
  }
  throw new Error(failures.join('; '));
}

/** An error of `fetch` has its reason in its cause. */
function reason(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ? `${message}: ${cause.message}` : message;
}
