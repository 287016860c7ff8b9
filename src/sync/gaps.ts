/**
 * A gap that concerns a namespace, as workflows know it: by id alone. Names of folders and members stay out of workflow
 * histories; whoever shows the line to a person puts the name in.
 */
export const gapLine = (namespaceId: string, problem: string): string => `namespace ${namespaceId}: ${problem}`;

export const namespaceOfGap = (line: string): string | undefined => /^namespace (\S+): /.exec(line)?.[1];
