/**
 * A gap in a namespace, in the form that a workflow may know: with the id alone, since names of folders and members
 * stay out of workflow histories. The client inserts the name before it shows the line.
 */
export const gapLine = (namespaceId: string, problem: string): string => `namespace ${namespaceId}: ${problem}`;

export const namespaceOfGap = (line: string): string | undefined => /^namespace (\S+): /.exec(line)?.[1];
