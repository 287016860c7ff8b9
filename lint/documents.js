'use strict';
// Checks the words of what ESLint does not read: documents, Python, shell, compose files. Part of `npm run lint`.
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { findWords } = require('./words');

const files = execFileSync('git', ['ls-files', '*.md', '*.py', '*.yml', '*.js', '*.mjs', '.ci/run', 'Dockerfile'], {
  cwd: `${__dirname}/..`,
  encoding: 'utf8',
});
let found = 0;
for (const file of files.split('\n')) {
  // The list of the words names them.
  if (file === '' || file === 'lint/words.js') continue;
  const full = `${__dirname}/../${file}`;
  if (!existsSync(full)) continue;
  const text = readFileSync(full, 'utf8');
  for (const { word, index, better } of findWords(text)) {
    found += 1;
    console.error(`${file}:${text.slice(0, index).split('\n').length} "${word}": say ${better}`);
  }
}
process.exitCode = found === 0 ? 0 : 1;
