'use strict';
// A jest reporter: one line for each attack, with what was expected and what was seen.

const [OK, BAD] = ['ok', 'NOT AS EXPECTED'];

class Table {
  onTestResult(_test, { testResults, testExecError }) {
    if (testExecError) process.stdout.write(`${testExecError.stack ?? testExecError.message}\n`);
    const rows = testResults.map(({ title, status, failureMessages, ancestorTitles }) => {
      const [attack, expected = ''] = title.split(' → ');
      const received = /Received[^:]*: (.*)/.exec(failureMessages.join('\n'))?.[1] ?? failureMessages[0] ?? status;
      return [
        ancestorTitles.join(' '),
        attack,
        expected,
        status === 'passed' ? expected : received,
        status === 'passed' ? OK : BAD,
      ];
    });
    this.rows = [...(this.rows ?? []), ...rows];
  }

  onRunComplete(_contexts, { numPassedTests, numTotalTests, startTime }) {
    const rows = [['', 'attack', 'expected', 'seen', ''], ...(this.rows ?? [])];
    const widths = [0, 1, 2, 3].map((column) => Math.min(60, Math.max(...rows.map((row) => row[column].length))));
    for (const row of rows) {
      process.stdout.write(
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
      );
    }
    const seconds = Math.round((Date.now() - startTime) / 1000);
    process.stdout.write(`${numPassedTests} of ${numTotalTests} as expected, ${seconds} s\n`);
  }
}

module.exports = Table;
