/**
 * Capital letters whose lower case was added to Unicode after version 4.1, such as the capital sharp s. Dropbox has been
 * seen to fold letters by an older table, which leaves these as they are.
 */
const YOUNG_LETTERS =
  /[\u023a\u023e\u0241-\u024e\u0370-\u0376\u037f\u03cf\u03fd-\u03ff\u04c0\u04fa-\u04fe\u0510-\u052e\u10c7\u10cd\u13a0-\u13f5\u1c90-\u1cbf\u1e9e\u1efa-\u1efe\u2132\u2183\u2c2f\u2c60-\u2c7f\u2ceb-\u2cf2\ua640-\ua7f6\u{104b0}-\u{1ffff}]/u;

/**
 * The forms that Dropbox's `path_lower` may have for a path as an event or a person writes it, since its case folding is
 * not documented. The path must not be folded yet: folding loses which letters were capitals. `toLowerCase` differs from
 * folding letter by letter for a capital I with a dot, which becomes two characters, and a capital sigma at the end of a
 * word. An old table leaves young letters as they are. Some systems send an accent as a character of its own.
 */
export function lowerForms(path: string): string[] {
  const lower = path.toLowerCase();
  const letters = [lower, lower.replaceAll('\u03c2', '\u03c3'), withoutYoungLetters(path)];
  const dots = letters.flatMap((one) => [one, one.replaceAll('i\u0307', 'i')]);
  return [...new Set(dots.flatMap((one) => [one, one.normalize('NFC'), one.normalize('NFD')]))];
}

/** Letter by letter, but for young letters. */
const withoutYoungLetters = (path: string): string =>
  [...path].map((letter) => (YOUNG_LETTERS.test(letter) ? letter : letter.toLowerCase())).join('');
