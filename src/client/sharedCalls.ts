interface Turn<T> {
  hasBegun: boolean;
  answer: Promise<T>;
}

/**
 * Makes one call at a time for each key. Callers that come during a call share the next one, which begins after all of
 * them have come: its answer is true for each.
 */
export class SharedCalls<T> {
  private readonly turns = new Map<string, Turn<T>>();

  /** `isShared`: another caller has asked for the same call. */
  async call(key: string, make: () => Promise<T>): Promise<{ answer: T; isShared: boolean }> {
    const last = this.turns.get(key);
    if (last && !last.hasBegun) return { answer: await last.answer, isShared: true };
    const turn: Turn<T> = { hasBegun: last === undefined, answer: last ? begin(last.answer) : make() };
    async function begin(before: Promise<T>): Promise<T> {
      await before.catch(() => undefined);
      turn.hasBegun = true;
      return make();
    }
    this.turns.set(key, turn);
    try {
      return { answer: await turn.answer, isShared: false };
    } finally {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    }
  }
}
