import { refine, string } from '../schema';

// The four path patterns of Dropbox's specification. Error messages contain them verbatim.
const WRITE = '(/(.|[\\r\\n])*)|(ns:[0-9]+(/(.|[\\r\\n])*)?)';
const READ = '(/(.|[\\r\\n])*|id:.*)|(rev:[0-9a-f]{9,})|(ns:[0-9]+(/(.|[\\r\\n])*)?)';

/** The root of a listing is the empty string. Dropbox refuses `/` with a specific message. */
export const listPath = refine(string({ pattern: '(/(.|[\\r\\n])*)?|id:.*|(ns:[0-9]+(/(.|[\\r\\n])*)?)' }), (path) =>
  path === '/' ? 'Specify the root folder as an empty string rather than as "/".' : undefined,
);
/** A root has no metadata and no content. */
export const readPath = refine(string({ pattern: READ }), (path) =>
  path === '/' ? 'The root folder is unsupported.' : undefined,
);
export const revisionsPath = string({ pattern: '/(.|[\\r\\n])*|id:.*|(ns:[0-9]+(/(.|[\\r\\n])*)?)' });
export const writePath = string({ pattern: WRITE });
export const writePathOrId = string({ pattern: `${WRITE}|(id:.*)` });
/** `PathOrId` of the sharing routes. */
export const filePathOrId = string({ min: 1, pattern: '((/|id:).*|nspath:[0-9]+:.*)|ns:[0-9]+(/.*)?' });
export const sharedFolderId = string({ pattern: '[-_0-9a-zA-Z:]+' });
export const rev = string({ min: 9, pattern: '[0-9a-f]+' });
export const emailAddress = string({
  max: 255,
  pattern: "^['#&A-Za-z0-9._%+-]+@[A-Za-z0-9-][A-Za-z0-9.-]*\\.[A-Za-z]{2,15}$",
  redacted: true,
});
