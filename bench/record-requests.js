'use strict';
// Loaded with `node --require` into each process of a test run. Writes each kind of request that an ArangoDB emulator in
// the process answers, once, to a file in the folder RECORDED_REQUESTS. `npm run bench -- reached` reads the files.
const { appendFileSync } = require('node:fs');
const path = require('node:path');
const { subscribe } = require('node:diagnostics_channel');

const file = path.join(process.env.RECORDED_REQUESTS, `${process.pid}.jsonl`);
const seen = new Set();

subscribe('arangodb-emulator:request', (exchange) => {
  const line = JSON.stringify({ route: routeOf(exchange), ...queryOf(exchange), options: optionsOf(exchange) });
  if (seen.has(line)) return;
  seen.add(line);
  appendFileSync(file, `${line}\n`);
});

/** Which segments of a path are a word of the API and not a name, by the area. */
const WORD_AT = { collection: 3, gharial: 3 };
/** Words where a name or a number can be, too. */
const WORDS = { database: ['current', 'user'], query: ['current', 'properties', 'slow'], transaction: ['begin'] };

/** The method and the path without names, such as `GET _api/collection/NAME/count`. */
function routeOf({ method, pathText }) {
  const segments = pathText
    .replace(/^\/_db\/[^/]+/, '')
    .split('/')
    .filter(Boolean);
  const isWord = (segment, at) =>
    at < 2 || segments[0] !== '_api' || WORD_AT[segments[1]] === at || (WORDS[segments[1]] ?? []).includes(segment);
  return `${method} ${segments.map((segment, at) => (isWord(segment, at) ? segment : 'NAME')).join('/')}`;
}

function queryOf(exchange) {
  const query = /_api\/(cursor|explain|query)$/.test(exchange.pathText) ? bodyOf(exchange)?.query : undefined;
  return typeof query === 'string' ? { query } : {};
}

/** URL parameters, the headers that have an effect, and the names in the body, of which documents are not a part. */
function optionsOf(exchange) {
  const parameters = [...exchange.query.keys()].map((name) => `?${name}`);
  const headers = ['if-match', 'if-none-match', 'x-arango-trx-id'].filter((name) => name in exchange.headers);
  const isData = /_api\/(document|import)|\/(vertex|edge)\/./.test(exchange.pathText);
  return [...parameters, ...headers, ...(isData ? [] : namesIn(bodyOf(exchange)))].sort();
}

function namesIn(value, prefix = '') {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const isInner = name === 'options' || name === 'collections' || name === 'keyOptions';
    return isInner ? namesIn(inner, `${prefix}${name}.`) : [`${prefix}${name}`];
  });
}

function bodyOf(exchange) {
  try {
    return exchange.json();
  } catch {
    return undefined;
  }
}
