import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
// `npm ci` builds it; .ci/run builds before it tests.
const built = existsSync(`${root}/dist/cli.js`);
const bash = (script: string) => spawnSync('bash', ['-c', `set -o pipefail; ${script}`], { cwd: root, encoding: 'utf8' });

test.skipIf(!built)('the built program prints its version', () => {
  expect(execFileSync(process.execPath, ['bin/k8snet.js', '--version'], { cwd: root, encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.skipIf(!built)('a pipe that closes early is no error', () => {
  const { status, stderr } = bash('node bin/k8snet.js schema node | head -n 1');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.skipIf(!built || !existsSync('/dev/full'))('a full disk is one line, and exit code 3', () => {
  const { status, stderr } = bash('node bin/k8snet.js plugins > /dev/full');
  expect(status).toBe(3);
  expect(stderr).toMatch(/^k8snet: cannot write: ENOSPC[^\n]*\n$/);
});
