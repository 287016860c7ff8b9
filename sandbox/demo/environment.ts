import { secretVariables, settings } from '../../src/config/settings';

/**
 * Every setting, empty, which counts as not set. Those of the shell and of a file `.env` are for another installation: with
 * its broker, the demo would publish its files to it.
 */
export const noOtherSettings: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...settings.keys(),
    ...secretVariables.map((name) => `${name}_FILE`),
    ...['https_proxy', 'no_proxy', 'NODE_ENV'],
  ].map((name) => [name, '']),
);
