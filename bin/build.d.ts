/** Compiles the sources into dist/ when they are newer than the last build. */
export function buildIfStale(): void;
