#!/usr/bin/env node
'use strict';
const { buildIfStale } = require('./build');
const { loadEnvironmentFile } = require('./env');

buildIfStale();
loadEnvironmentFile();
require('../dist/src/cli/main');
