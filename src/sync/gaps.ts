import { needsListing } from './namespaceState';
import type { NamespaceDocument } from './syncDocuments';

/**
 * A gap in a namespace, in the form that a workflow may know: with the id alone, since names of folders and members
 * stay out of workflow histories. The client inserts the name before it shows the line.
 */
export const gapLine = (namespaceId: string, problem: string): string => `namespace ${namespaceId}: ${problem}`;

/** The gap in a stored namespace; null: there is none. A listing that was given up counts until it is made up for. */
export function gapOf(namespace: NamespaceDocument): string | null {
  const problem = namespace.problem ?? (needsListing(namespace) ? namespace.listingProblem : null);
  return problem == null ? null : gapLine(namespace.namespaceId, problem);
}

export const namespaceOfGap = (line: string): string | undefined => /^namespace (\S+): /.exec(line)?.[1];

/** Most gaps that a workflow knows, since they enter its history. The result that a run stores has all of them. */
const GAP_LINES = 50;

/** Adds lines that are not there yet, up to that number. */
export function addGaps(gaps: string[], lines: readonly string[]): void {
  for (const line of lines) if (gaps.length < GAP_LINES && !gaps.includes(line)) gaps.push(line);
}
