/**
 * A gap in a namespace, in the form that a workflow may know: with the id alone, since names of folders and members
 * stay out of workflow histories. The client inserts the name before it shows the line.
 */
export const gapLine = (namespaceId: string, problem: string): string => `namespace ${namespaceId}: ${problem}`;

export const namespaceOfGap = (line: string): string | undefined => /^namespace (\S+): /.exec(line)?.[1];

/** Record events that could not be published. */
export const outboxGap = (reason: string): string => `${OUTBOX_GAP}${reason}`;
const OUTBOX_GAP = 'record events wait in the outbox: ';

/** What a gap is in: a namespace, the outbox, or one of the team's lists. */
export type GapKind = 'namespace' | 'outbox' | 'team';

export const gapKind = (line: string): GapKind =>
  line.startsWith(OUTBOX_GAP) ? 'outbox' : namespaceOfGap(line) === undefined ? 'team' : 'namespace';

/** Most gaps that a workflow knows, since they enter its history. The result that a run stores has all of them. */
const GAP_LINES = 50;

/** Adds lines that are not there yet, up to that number. */
export function addGaps(gaps: string[], lines: readonly string[]): void {
  for (const line of lines) if (gaps.length < GAP_LINES && !gaps.includes(line)) gaps.push(line);
}
