#!/usr/bin/env node
'use strict';
const { buildIfStale } = require('./build');

buildIfStale();
require('../dist/src/cli/main');
