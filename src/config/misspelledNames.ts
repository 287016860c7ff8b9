import { secretVariables, settings } from './settings';

/** Names of other programs that are nearly those of settings. */
const OTHERS = new Set(['HTTP_PROXY']);
/** In shorter names one letter more or less is often a name of its own. */
const SHORTEST = 8;

/**
 * Variables that are set and have no effect, although their names are nearly those of settings: one letter is missing, too
 * much, another one, or two are exchanged; or it is `<name>_FILE` of what can't be given as a file. Of an optional setting
 * with such a name, the default would be used, and no one would know.
 * @returns each name, with the setting that may be meant; no value
 */
export function misspelledNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>([...settings.keys(), ...secretVariables.map((name) => `${name}_FILE`)]);
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || known.has(name) || OTHERS.has(name) || name.length < SHORTEST) return [];
    const ofFile = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : undefined;
    if (ofFile !== undefined && known.has(ofFile)) return [`${name} (${ofFile} is not read from a file)`];
    const meant = [...known].find((setting) => setting.length >= SHORTEST && differInOneLetter(name, setting));
    return meant === undefined ? [] : [`${name} (${meant}?)`];
  });
}

function differInOneLetter(a: string, b: string): boolean {
  if (a.length < b.length) return differInOneLetter(b, a);
  let same = 0;
  while (same < b.length && a[same] === b[same]) same += 1;
  const isExchanged = a[same] === b[same + 1] && a[same + 1] === b[same] && a.slice(same + 2) === b.slice(same + 2);
  const isOther = a.slice(same + 1) === b.slice(same + 1);
  const isAdded = a.slice(same + 1) === b.slice(same);
  return a.length === b.length ? isOther || isExchanged : isAdded;
}
