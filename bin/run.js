'use strict';
// `node bin/run.js sandbox/main ARGS…`: builds when needed, then runs dist/sandbox/main.js in the same process, so that
// the program receives the signals that are sent to the command.
const path = require('node:path');
const { buildIfStale } = require('./build');

buildIfStale();
const [, , program, ...args] = process.argv;
const file = require.resolve(path.join(__dirname, '..', 'dist', program));
process.argv = [process.argv[0], file, ...args];
require('node:module').runMain();
