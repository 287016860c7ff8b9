import type { HeldNamespace } from '../contract/sync';

/** Adds what is held back. A phase that finds it again replaces it: an operator is asked once, with the latest figures. */
export function addHeld(all: HeldNamespace[], more: readonly HeldNamespace[]): void {
  for (const one of more) {
    const at = all.findIndex(
      ({ namespaceId, deletes }) => namespaceId === one.namespaceId && deletes > 0 === one.deletes > 0,
    );
    if (at < 0) all.push(one);
    else all[at] = one;
  }
}
