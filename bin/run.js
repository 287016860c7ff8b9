'use strict';
// `node bin/run.js sandbox/main ARGS…`: builds if needed, then runs dist/sandbox/main.js in this same process, so that
// a signal sent to the command reaches the program itself.
const path = require('node:path');
const { buildIfStale } = require('./build');

buildIfStale();
const [, , program, ...args] = process.argv;
const file = require.resolve(path.join(__dirname, '..', 'dist', program));
process.argv = [process.argv[0], file, ...args];
require('node:module').runMain();
