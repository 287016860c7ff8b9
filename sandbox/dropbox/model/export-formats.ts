import type { files } from 'dropbox';

/** Formats in which a Paper document leaves, with the extension that its name then gets. */
export const EXPORT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['markdown', '.md'],
  ['html', '.html'],
  ['plain_text', '.txt'],
]);

export const DEFAULT_EXPORT = 'markdown';

/** What a document's metadata says of it: files/export takes each of these formats, and no other. */
export function exportInfo(): files.ExportInfo {
  return { export_as: DEFAULT_EXPORT, export_options: [...EXPORT_FORMATS.keys()] };
}
