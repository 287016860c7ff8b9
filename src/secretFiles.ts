import { readFileSync } from 'node:fs';

/** A problem that names a variable and never its value. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/** The content of a file without the line break at its end. @throws SecretFileError with `what` */
export function readSecretFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new SecretFileError(
      `${what} can't be read (${(error as NodeJS.ErrnoException).code}): expected the path of a file that holds the secret`,
    );
  }
}

/**
 * The variables that are set. A secret may be given as `<name>_FILE`, the path of a file with its value. An empty
 * variable or file counts as not set. `unread`: the secrets whose file can't be read; `problems` says so too.
 */
export function withSecretFiles(
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
): { given: Record<string, string>; problems: string[]; unread: ReadonlySet<string> } {
  const given: Record<string, string> = {};
  const problems: string[] = [];
  const unread = new Set<string>();
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== '') given[name] = value;
  for (const name of secrets) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: expected one of them`);
    try {
      const secret = readSecretFile(file, `${name}_FILE`);
      if (secret !== '') given[name] = secret;
    } catch (error) {
      problems.push((error as SecretFileError).message);
      unread.add(name);
    }
  }
  return { given, problems, unread };
}
