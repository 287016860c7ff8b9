import type { files } from 'dropbox';

/** How a document that can't be downloaded is exported. */
interface Exports {
  /** The format of an export that names none: `export_as`. */
  readonly by: string;
  /** The extension of the exported file by format. */
  readonly formats: ReadonlyMap<string, string>;
  /** Formats from which a client may choose; the document lists none if there is only one. */
  readonly options?: readonly string[];
}

const paperFormats: ReadonlyMap<string, string> = new Map([
  ['markdown', '.md'],
  ['html', '.html'],
  ['plain_text', '.txt'],
]);
const paper: Exports = { by: 'markdown', formats: paperFormats, options: [...paperFormats.keys()] };

const asOffice = (format: string): Exports => ({ by: format, formats: new Map([[format, `.${format}`]]) });

/**
 * Documents of Google, which members create in Dropbox. Dropbox's announcement shows one: "Prime_Numbers.gsheet" with
 * the export information xlsx alone.
 */
const google: ReadonlyMap<string, Exports> = new Map([
  ['gdoc', asOffice('docx')],
  ['gsheet', asOffice('xlsx')],
  ['gslides', asOffice('pptx')],
]);

const exportsOf = (name: string): Exports => google.get(name.slice(name.lastIndexOf('.') + 1)) ?? paper;

/** The extension of the exported document; undefined for a format in which it can't be exported. */
export function exportedExtension(name: string, format?: string): string | undefined {
  const { by, formats } = exportsOf(name);
  return formats.get(format ?? by);
}

/** The `export_info` of a document. files/export accepts exactly these formats. */
export function exportInfo(name: string): files.ExportInfo {
  const { by, options } = exportsOf(name);
  return { export_as: by, ...(options === undefined ? {} : { export_options: [...options] }) };
}
