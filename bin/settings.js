'use strict';
// `npm run settings`: writes the descriptions of src/config/schema.ts into docs/settings.md and .env.example.
const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const page = path.join(root, 'docs', 'settings.md');
const example = path.join(root, '.env.example');
const BEGIN = '<!-- Written by npm run settings from src/config/schema.ts. -->\n';
const END = '<!-- The end of what npm run settings writes. -->\n';

function line({ name, about, expected, isRequired, fallback }) {
  const without = isRequired ? ' (required)' : fallback === undefined ? '' : ` (default \`${fallback}\`)`;
  return `- \`${name}\`${without}: ${about}. Value: ${expected}.`;
}

function settingsPage(groups) {
  const text = readFileSync(page, 'utf8');
  const sections = groups.map(({ title, settings }) => `\n## ${title}\n\n${settings.map(line).join('\n')}\n`);
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest.split(END);
  const secrets = groups.flatMap(({ settings }) => settings.filter(({ isSecret }) => isSecret));
  return `${before}${BEGIN}${sections.join('')}
## Secrets in files

Each of these can be given as \`<name>_FILE\` in its place, the path of a file that holds it:

${secrets.map(({ name }) => `- \`${name}\``).join('\n')}

${END}${after}`;
}

const WIDTH = 100;

/** The text in lines of a comment. Links of Markdown lose their target. */
function comment(text) {
  const lines = [''];
  for (const word of text
    .replaceAll(/ ?\(?\[([^\]]*)\]\([^)]*\)\)?/g, '')
    .replaceAll('`', '')
    .split(' ')) {
    const last = lines.at(-1);
    if (last !== '' && last.length + word.length + 3 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((each) => `# ${each}`).join('\n');
}

function entry({ name, about, expected, example: value, isRequired }) {
  // What is not a value says where one comes from.
  const isValue = !/\s/.test(value);
  const text = `${about}. Value: ${expected}${isRequired && !isValue ? `, ${value}` : ''}.`;
  return `${comment(text)}\n${isRequired ? '' : '#'}${name}=${isValue ? value : ''}\n`;
}

function environmentFile(groups) {
  const sections = groups.map(({ title, settings }) => `\n# ---- ${title} ----\n\n${settings.map(entry).join('\n')}`);
  return `# Copy this file to .env, readable by you only, and fill in what has no #. Workers and commands that start in the same
# folder read it; a variable that is set already keeps its value. Each secret can be given as <name>_FILE, too.
# Written by npm run settings from src/config/schema.ts.
${sections.join('')}`;
}

module.exports = { settingsPage, environmentFile };
if (require.main === module) {
  require('./build').buildIfStale();
  const { settingGroups } = require('../dist/src/config/settings');
  writeFileSync(page, settingsPage(settingGroups));
  writeFileSync(example, environmentFile(settingGroups));
}
