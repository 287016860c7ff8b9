#!/usr/bin/env node
'use strict';
// Creates the database, and a user that may do anything in it and nothing elsewhere: a worker creates collections and
// indexes, and needs no other right. Safe to repeat; a repeat sets the password again. Settings: ARANGO_URL,
// ARANGO_ROOT_PASSWORD, ARANGO_DATABASE (default es), and the new user as ARANGO_USERNAME and ARANGO_PASSWORD. A password
// may also be given as <name>_FILE, the path of a file that holds it.
const { readFileSync } = require('node:fs');

const { ARANGO_URL, ARANGO_USERNAME } = process.env;
const database = process.env.ARANGO_DATABASE || 'es';

/** The value of a variable, or of the file that <name>_FILE names, without the line break at its end. */
function password(name) {
  const file = process.env[`${name}_FILE`];
  return process.env[name] || (file ? readFileSync(file, 'utf8').replace(/\r?\n$/, '') : '');
}

/** Sends a request as root. Answers whose error number is tolerated count as done. */
async function request(method, path, body, tolerated) {
  const response = await fetch(new URL(`/_db/_system${path}`, ARANGO_URL), {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`root:${password('ARANGO_ROOT_PASSWORD')}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok || answer.errorNum === tolerated) return;
  throw new Error(`ArangoDB answered ${response.status} to ${method} ${path}: ${answer.errorMessage ?? 'no reason'}`);
}

const DUPLICATE_NAME = 1207;
const DUPLICATE_USER = 1702;

async function main() {
  const settings = { ARANGO_URL, ARANGO_USERNAME };
  for (const name of ['ARANGO_ROOT_PASSWORD', 'ARANGO_PASSWORD']) settings[name] = password(name);
  const missing = Object.keys(settings).filter((name) => !settings[name]);
  if (missing.length > 0) throw new Error(`not set: ${missing.join(', ')}`);
  // An error of fetch would show a password in the URL.
  const url = URL.canParse(ARANGO_URL) ? new URL(ARANGO_URL) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new Error('ARANGO_URL is malformed: expected a URL without a login, for example http://127.0.0.1:8529');
  }
  if (ARANGO_USERNAME === 'root') throw new Error('ARANGO_USERNAME is root: choose another name for the worker');
  const user = encodeURIComponent(ARANGO_USERNAME);
  await request('POST', '/_api/database', { name: database }, DUPLICATE_NAME);
  await request('POST', '/_api/user', { user: ARANGO_USERNAME, passwd: password('ARANGO_PASSWORD') }, DUPLICATE_USER);
  await request('PATCH', `/_api/user/${user}`, { passwd: password('ARANGO_PASSWORD'), active: true });
  await request('PUT', `/_api/user/${user}/database/${encodeURIComponent(database)}`, { grant: 'rw' });
  process.stdout.write(`${ARANGO_USERNAME} may read and write the database ${database}, and no other\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}${error.cause ? ` (${error.cause.message})` : ''}\n`);
  process.exitCode = 1;
});
