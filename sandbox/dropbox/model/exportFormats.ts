import type { files } from 'dropbox';

/** Export formats of a Paper document, with the extension of the exported file. */
export const EXPORT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['markdown', '.md'],
  ['html', '.html'],
  ['plain_text', '.txt'],
]);

export const DEFAULT_EXPORT = 'markdown';

/** The `export_info` of a document. files/export accepts exactly these formats. */
export function exportInfo(): files.ExportInfo {
  return { export_as: DEFAULT_EXPORT, export_options: [...EXPORT_FORMATS.keys()] };
}
