'use strict';
// `node bin/run.js sandbox/main ARGS…`: builds when needed, then runs dist/sandbox/main.js in the same process, so that
// the program receives the signals that are sent to the command.
const path = require('node:path');
const { buildIfStale } = require('./build');
const { loadEnvironmentFile } = require('./env');

buildIfStale();
const [, , program, ...args] = process.argv;
// The sandbox and the demo have settings of their own.
if (program === 'src/worker') loadEnvironmentFile();
const file = require.resolve(path.join(__dirname, '..', 'dist', program));
process.argv = [process.argv[0], file, ...args];
require('node:module').runMain();
