import { failure } from '../failures';
import { isText } from '../guards';

/** What Dropbox may send for a value of this type: any field may be absent or null, whatever the SDK declares. */
export type Unchecked<T> = { [Field in keyof T]?: T[Field] | null };

/** A list of an answer. An absent list is not an empty one. @throws DropboxUnexpected when it is absent */
export function listIn<T>(route: string, list: readonly T[] | null | undefined): readonly T[] {
  if (Array.isArray(list)) return list as readonly T[];
  throw failure('DropboxUnexpected', `Dropbox's answer to ${route} lacks its list`);
}

/** Whether a union has a tag, known or unknown. One without a tag is absent. */
export const hasTagAtAll = (union: { '.tag': string } | null | undefined): boolean => isText(union?.['.tag']);
