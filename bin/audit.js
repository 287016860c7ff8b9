'use strict';
// `node bin/audit.js`: known vulnerabilities of the packages that are installed in production. Exit code 1: there is one
// of severity high or critical. Exit code 3: the registry does not answer the question, which not every mirror does.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const UNANSWERED = 3;

/** @returns {0 | 1 | 3} the exit code */
function audit() {
  const options = ['audit', '--omit=dev', '--audit-level=high'];
  const { stdout } = spawnSync('npm', [...options, '--json'], { cwd: path.join(__dirname, '..'), encoding: 'utf8' });
  let counts;
  try {
    counts = JSON.parse(stdout).metadata?.vulnerabilities;
  } catch {
    // Without JSON there is no answer.
  }
  if (counts === undefined) {
    process.stdout.write('the registry does not answer npm audit\n');
    return UNANSWERED;
  }
  process.stdout.write(`known vulnerabilities: ${JSON.stringify(counts)}\n`);
  return counts.high + counts.critical === 0 ? 0 : 1;
}

module.exports = { audit, UNANSWERED };
if (require.main === module) process.exitCode = audit();
