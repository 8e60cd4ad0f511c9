// Prints "PASSED FAILED" of vitest's JSON report. Under root in CI a skipped kernel test counts as failed: there is nothing that may be missing.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync('.cache/vitest.json', 'utf8'));
const broken = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(failed),
);
for (const { name, message } of broken) console.error(`did not run: ${name}\n${message}`);

const mustRun = process.env.CI === 'true' && process.getuid() === 0;
const kernel = testResults.filter(({ name }) => name.includes('/test/kernel/'));
const skipped = mustRun
  ? kernel
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
  : [];
for (const { fullName } of skipped) console.error(`skipped, though this is CI and root: ${fullName}`);

console.log(numPassedTests, numFailedTests + broken.length + skipped.length);

function failed({ status }) {
  return status === 'failed';
}
