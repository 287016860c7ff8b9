/**
 * `npm run contract -- dropbox|arangodb`: tries on a real team or server what the stand-ins, and so the tests, assume of
 * it. Exit codes: 0 nothing differs, 1 something differs or the server can't be reached, 2 wrong use.
 */
import { parseArgs } from 'node:util';
import { withSecretFiles } from '../../src/secretFiles';
import { arangoContract } from './arangodb';
import { NO_ANSWER, type Result } from './assumption';
import { dropboxContract } from './dropbox';
import type { ContractOptions } from './options';
import { lineOf, summaryOf } from './report';

const USAGE = `npm run contract -- dropbox|arangodb [--write] [--json] [--wait SECONDS]

  --write  also tries what changes something: in scratch folders of two members of a
           test team, or in a scratch database, which are removed again
  --wait   how long an effect is waited for, such as an event in the audit log (default 120)
  --json   one JSON document

dropbox reads DROPBOX_APP_KEY, DROPBOX_APP_SECRET and DROPBOX_REFRESH_TOKEN, or DROPBOX_ACCESS_TOKEN of a team,
and DROPBOX_API_URL; arangodb reads ARANGO_URL, ARANGO_DATABASE, ARANGO_USERNAME and ARANGO_PASSWORD.
`;
const SECRETS = ['DROPBOX_APP_SECRET', 'DROPBOX_REFRESH_TOKEN', 'DROPBOX_ACCESS_TOKEN', 'ARANGO_PASSWORD'];

class WrongUse extends Error {}

type Contract = (given: Record<string, string>, options: ContractOptions) => Promise<Result[]>;

const contracts: Readonly<Record<string, Contract>> = {
  dropbox(given, options) {
    const { DROPBOX_APP_KEY, DROPBOX_APP_SECRET, DROPBOX_REFRESH_TOKEN, DROPBOX_ACCESS_TOKEN } = given;
    const isLinked = DROPBOX_APP_KEY && DROPBOX_APP_SECRET && DROPBOX_REFRESH_TOKEN;
    if (!isLinked && !DROPBOX_ACCESS_TOKEN) {
      throw new WrongUse(
        'DROPBOX_APP_KEY, DROPBOX_APP_SECRET and DROPBOX_REFRESH_TOKEN, or DROPBOX_ACCESS_TOKEN: not set',
      );
    }
    return dropboxContract(
      {
        apiUrl: given['DROPBOX_API_URL'],
        ...(isLinked
          ? { appKey: DROPBOX_APP_KEY, appSecret: DROPBOX_APP_SECRET, refreshToken: DROPBOX_REFRESH_TOKEN }
          : {}),
        ...(DROPBOX_ACCESS_TOKEN ? { accessToken: DROPBOX_ACCESS_TOKEN } : {}),
      },
      options,
    );
  },
  arangodb(given, options) {
    const { ARANGO_URL: url, ARANGO_DATABASE = 'es', ARANGO_USERNAME = 'root', ARANGO_PASSWORD = '' } = given;
    if (!url) throw new WrongUse('ARANGO_URL: not set');
    return arangoContract(
      { url, database: ARANGO_DATABASE, username: ARANGO_USERNAME, password: ARANGO_PASSWORD },
      options,
    );
  },
};

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      wait: { type: 'string', default: '120' },
    },
  });
  const [name = ''] = positionals;
  const contract = Object.hasOwn(contracts, name) ? contracts[name] : undefined;
  if (!contract || positionals.length > 1 || !/^\d{1,4}$/.test(values.wait)) throw new WrongUse(USAGE);
  const { given, problems } = withSecretFiles(process.env, SECRETS);
  if (problems.length > 0) throw new WrongUse(problems.join('\n'));
  const report = (result: Result): void => {
    if (!values.json) process.stdout.write(`${lineOf(result)}\n`);
  };
  const warn = (message: string): void => void process.stderr.write(`${message}\n`);
  const results = await contract(given, { write: values.write, waitSeconds: Number(values.wait), report, warn });
  process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : `${summaryOf(results)}\n`);
  return results.every(({ outcome }) => outcome !== 'differs');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
main().then(
  (isEqual) => {
    process.exitCode = isEqual ? 0 : 1;
  },
  (error: unknown) => {
    const { message, code, cause } = error as Error & { code?: string; cause?: { code?: string } };
    const text = message === NO_ANSWER ? `the server does not answer (${cause?.code ?? message})` : message.trimEnd();
    process.stderr.write(`${text}\n`);
    process.exitCode = error instanceof WrongUse || code?.startsWith('ERR_PARSE_ARGS') === true ? 2 : 1;
  },
);
