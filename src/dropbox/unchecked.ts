/** What Dropbox may send for a value of this type: any field may be absent or null, whatever the SDK declares. */
export type Unchecked<T> = { [Field in keyof T]?: T[Field] | null };

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Whether a union has a tag, known or unknown. One without a tag is absent. */
export const hasTagAtAll = (union: { '.tag': string } | null | undefined): boolean => isText(union?.['.tag']);
