'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** The longest files, the longest first: begun last, one of them would run alone at the end. */
const FIRST = [
  'test/bench/soak.test.ts',
  'test/cli/verify.test.ts',
  'test/integration/liar.test.ts',
  'test/integration/faults.test.ts',
  'test/integrations/clients.test.ts',
  'test/integration/crashPoints.test.ts',
  'test/integration/kill.test.ts',
  'test/integration/randomCompany.test.ts',
  'test/integration/deletionGuard.test.ts',
  'test/bench/dropboxContract.test.ts',
  'test/integration/databaseErrors.test.ts',
  'test/bin/dev.test.ts',
  'test/outbox/kafka.test.ts',
  'test/integration/notSeen.test.ts',
  'test/integration/isolatedFailures.test.ts',
];
const root = path.join(__dirname, '../..');
const unknown = FIRST.filter((file) => !existsSync(path.join(root, file)));
if (unknown.length > 0)
  throw new Error(`test/support/sequencer.js names files that do not exist: ${unknown.join(', ')}`);

/** Without times of an earlier run, as on a fresh clone, jest would begin with the files that have the most text. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path: file }) => {
      const at = FIRST.indexOf(path.relative(root, file).replaceAll(path.sep, '/'));
      return at === -1 ? FIRST.length : at;
    };
    return super.sort(tests).sort((a, b) => place(a) - place(b));
  }
};
