'use strict';
// The file `.env` of the working directory. A variable that is set already keeps its value.
const { statSync } = require('node:fs');

function loadEnvironmentFile() {
  const owner = statSync('.env', { throwIfNoEntry: false })?.uid;
  // In a folder that all can write to, another user could choose where secrets are sent.
  if (owner === undefined || (process.getuid !== undefined && owner !== process.getuid() && owner !== 0)) return;
  process.loadEnvFile('.env');
}

module.exports = { loadEnvironmentFile };
