import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCli } from '../support/commandLine';

test('--version prints the version of the package, without any setting', async () => {
  const { version } = JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'], {})).toMatchObject({ code: 0, out: `${version}\n`, err: '' });
});
