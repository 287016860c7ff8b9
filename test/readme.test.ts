import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { clientCodes } from '../src/DropboxTeamsError';
import { failureTypes } from '../src/failures';

const ROOT = path.join(__dirname, '..');
const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const section = (heading: string): string => readme.split(`${heading}\n`)[1]?.split(/\n#+ /)[0] ?? '';

it('the table of errors in the README has exactly the existing codes', () => {
  const rows = section('### Errors')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code));
  expect([...listed].sort()).toEqual([...Object.values(failureTypes).flat(), ...clientCodes].sort());
});

it('links in the README lead to existing files', () => {
  const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target);
  const local = targets.filter((target) => !/^https?:/.test(target));
  expect(local.filter((target) => !existsSync(path.join(ROOT, target)))).toEqual([]);
});
