import type { Command } from 'commander';

/**
 * What the client says of its arguments, in terms of the options that the command line has: `--batch-size` for
 * `settings.batchSize`. A name that no given option has stays.
 */
export function withOptionNames(message: string, command: Command | undefined): string {
  const given = new Map<string, string>();
  for (const option of command?.options ?? []) {
    const name = option.attributeName();
    if (option.long != null && command?.getOptionValueSource(name) === 'cli') given.set(name, option.long);
  }
  const optionOf = (path: string): string => {
    const [option] = path.split('.').flatMap((name) => given.get(name) ?? []);
    return option ?? path;
  };
  return (
    message
      // The path of an argument, before each of the problems.
      .replace(/(^|; )([a-z][\w.]*)(?=: )/gi, (_, before: string, path: string) => before + optionOf(path))
      // One that is named in passing. A name of a single word could be any word.
      .replace(/(?<![-.\w])[a-z]+(?:[A-Z][a-z]+)+\b/g, optionOf)
  );
}
