/**
 * The forms that Dropbox's `path_lower` may have for a path that an event or a person names in another case. Dropbox
 * does not document its case folding. `toLowerCase` differs from folding letter by letter in two cases: the capital I
 * with a dot becomes two characters, and a capital sigma becomes another letter at the end of a word than elsewhere.
 * The Unicode normalization may differ too: some systems send an accent as a character of its own.
 */
export function lowerForms(path: string): string[] {
  const lower = path.toLowerCase();
  const letters = [lower, lower.replaceAll('\u03c2', '\u03c3')];
  const dots = letters.flatMap((one) => [one, one.replaceAll('i\u0307', 'i')]);
  return [...new Set(dots.flatMap((one) => [one, one.normalize('NFC'), one.normalize('NFD')]))];
}
