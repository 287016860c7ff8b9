/**
 * The forms in which Dropbox's `path_lower` may write a path that an event or a person names in another case. Dropbox does
 * not say how it folds letters. `toLowerCase` differs from a folding letter by letter in two cases: the capital I with a
 * dot becomes two characters, and a capital sigma at the end of a word becomes another letter than elsewhere. The path
 * may be composed otherwise, too: some systems send an accent as a character of its own.
 */
export function lowerForms(path: string): string[] {
  const lower = path.toLowerCase();
  const letters = [lower, lower.replaceAll('\u03c2', '\u03c3')];
  const dots = letters.flatMap((one) => [one, one.replaceAll('i\u0307', 'i')]);
  return [...new Set(dots.flatMap((one) => [one, one.normalize('NFC'), one.normalize('NFD')]))];
}
