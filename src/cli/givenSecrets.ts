import { createInterface } from 'node:readline';
import { DropboxTeamsError } from '../client';
import { readSecretFile, SecretFileError, withSecretFiles } from '../secretFiles';
import { Terminal } from './ask';
import type { CommandIo } from './context';

interface SecretOptions {
  appSecret?: string;
  appSecretFile?: string;
  refreshToken?: string;
  refreshTokenFile?: string;
}

export interface GivenSecrets {
  appSecret: string;
  /** undefined: none was given. */
  refreshToken: string | undefined;
  /** Options with a secret as their value, which other users of the machine can see. */
  visible: string[];
}

/**
 * The secrets of a Dropbox app, each from an option, a file, standard input (`-`) or the environment. When both come from
 * standard input, the app secret is its first line. `missing` gives the app secret when there is none. @throws InvalidArgument
 */
export async function givenSecrets(
  io: CommandIo,
  options: SecretOptions,
  missing: () => Promise<string> = noSecret,
): Promise<GivenSecrets> {
  const reader = secretReader(io);
  let appSecret: string | undefined;
  let refreshToken: string | undefined;
  try {
    appSecret = await reader.read('--app-secret', options.appSecret, options.appSecretFile);
    refreshToken = await reader.read('--refresh-token', options.refreshToken, options.refreshTokenFile);
  } finally {
    reader.close();
  }
  return { appSecret: appSecret ?? (await missing()), refreshToken, visible: reader.visible };
}

async function noSecret(): Promise<string> {
  throw new DropboxTeamsError(
    'InvalidArgument',
    'the app secret is missing: set DROPBOX_APP_SECRET, or give --app-secret-file with a file or - for standard input',
  );
}

/** A new app secret from a file, standard input (`-`) or the environment, if there is one. @throws InvalidArgument */
export async function givenAppSecret(
  io: CommandIo,
  { appSecretFile }: Pick<SecretOptions, 'appSecretFile'>,
): Promise<string | undefined> {
  const reader = secretReader(io);
  try {
    return await reader.read('--app-secret', undefined, appSecretFile);
  } finally {
    reader.close();
  }
}

function secretReader(io: CommandIo) {
  const terminal = Terminal.of(io);
  const lines = linesOf(io.in);
  const visible: string[] = [];
  const read = async (option: string, value?: string, file?: string): Promise<string | undefined> => {
    if (value !== undefined && file !== undefined) {
      throw new DropboxTeamsError('InvalidArgument', `give either ${option} or ${option}-file`);
    }
    if (value === '-' || file === '-') {
      return terminal ? terminal.secret(option) : lines.next();
    }
    if (value !== undefined) visible.push(option);
    const variable = `DROPBOX_${option.slice(2).replace('-', '_').toUpperCase()}`;
    return value ?? (file === undefined ? variableOf(io, variable) : fileOf(file, `${option}-file`));
  };
  return { read, visible, close: () => lines.close() };
}

/** Opens the stream with the first line that is read. A line that is missing is empty. */
function linesOf(input: NodeJS.ReadableStream): { next: () => Promise<string>; close: () => void } {
  let reader: ReturnType<typeof createInterface> | undefined;
  let lines: AsyncIterator<string> | undefined;
  return {
    next: async () => {
      reader ??= createInterface({ input });
      lines ??= reader[Symbol.asyncIterator]();
      const line = await lines.next();
      return line.done === true ? '' : line.value;
    },
    close: () => reader?.close(),
  };
}

function fileOf(file: string, option: string): string {
  try {
    return readSecretFile(file, option);
  } catch (error) {
    if (error instanceof SecretFileError) throw new DropboxTeamsError('InvalidArgument', error.message);
    throw error;
  }
}

function variableOf({ env }: CommandIo, name: string): string | undefined {
  const { given, problems } = withSecretFiles(env, [name]);
  if (problems.length > 0) throw new DropboxTeamsError('InvalidArgument', problems.join('; '));
  return given[name];
}
