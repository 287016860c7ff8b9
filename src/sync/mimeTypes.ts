import { lookup } from 'mime-types';
import { extensionOf } from './filters';

export const FOLDER_MIME_TYPE = 'text/directory';
const UNKNOWN_MIME_TYPE = 'application/octet-stream';

const office = 'application/vnd.openxmlformats-officedocument.';
const google = 'application/vnd.google-apps.';

/** The types that PipesHub has a name for. Its readers that check types accept no others. */
export const pipesHubMimeTypes: ReadonlySet<string> = new Set([
  'application/pdf',
  'text/gmail_content',
  ...['presentation', 'document', 'spreadsheet', 'folder'].map((kind) => google + kind),
  FOLDER_MIME_TYPE,
  ...['wordprocessingml.document', 'presentationml.presentation', 'spreadsheetml.sheet'].map((kind) => office + kind),
  'application/msword',
  'application/vnd.ms-powerpoint',
  'application/vnd.ms-excel',
  'text/csv',
  'text/tab-separated-values',
  UNKNOWN_MIME_TYPE,
  'notion/text',
  'notion/pageCommentText',
  'text/html',
  'text/plain',
  'text/markdown',
  'text/mdx',
  'application/x-genesis-32x-rom',
  'application/json',
  'application/blocks',
  'application/xml',
  'application/yaml',
  'application/unknown',
  ...['png', 'jpg', 'jpeg', 'webp', 'svg+xml', 'heic', 'heif', 'gif'].map((kind) => `image/${kind}`),
  'application/zip',
  'application/epub+zip',
  ...['x-python', 'x-python-script', 'x-script.python', 'x-java-source', 'x-c', 'x-c++', 'x-php', 'javascript'].map(
    (kind) => `text/${kind}`,
  ),
  ...['x-csharp', 'x-go', 'x-rust', 'x-ruby', 'x-swift', 'x-kotlin', 'x-sh', 'x-shellscript'].map(
    (kind) => `text/${kind}`,
  ),
  ...['javascript', 'typescript', 'dart', 'x-sh'].map((kind) => `application/${kind}`),
  'application/vnd.sql.table',
  'application/vnd.sql.view',
]);

/**
 * The type of a file by its name. The indexing service accepts a file when it supports its type or its extension, so a
 * file whose type has no name in PipesHub is still indexed by its extension.
 */
export function mimeTypeOf(name: string): string {
  const extension = extensionOf(name);
  if (extension === null) return UNKNOWN_MIME_TYPE;
  // Paper documents are exported as HTML (src/client/content.ts).
  if (extension === 'paper') return 'text/html';
  // The type that PipesHub's connectors give; the database of the library has none that PipesHub knows.
  if (extension === 'py') return 'text/x-python';
  const guess = lookup(extension);
  return guess && pipesHubMimeTypes.has(guess) ? guess : UNKNOWN_MIME_TYPE;
}
