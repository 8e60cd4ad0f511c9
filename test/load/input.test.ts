import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { problemLine } from '../../src/model/frame.ts';

const folder = join(import.meta.dirname, '../../fixtures/input');
const bad = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** Every problem of the file, one line each: its line as printed, its code, its hint. `vitest -u` writes what is new. */
test.for(bad)('%s: all its problems at once', async (name) => {
  const { problems } = await load({ files: [name], cwd: folder });
  const lines = problems.map((problem) => `${problemLine(problem)} [${problem.code}]${problem.hint === undefined ? '' : ` hint: ${problem.hint}`}\n`);
  await expect(lines.join('')).toMatchFileSnapshot(join(folder, name.replace(/\.yaml$/, '.out')));
});
