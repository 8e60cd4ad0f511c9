import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { describe } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Folders that hold `ip`, `nft` and the like, which a user's PATH often leaves out. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * The third-party cases, where they lie beside the clone, or one level up for a linked work tree.
 * @public
 */
export const sharedCases: string | undefined = ['../shared/cases', '../../shared/cases'].map((path) => resolve(root, path)).find((path) => existsSync(path));

/** What a test needs from the machine. Each answers with the reason why it is missing, or undefined. */
export const needs = {
  /** Rights to make network namespaces. Root in a container without CAP_SYS_ADMIN does not have them. */
  root: () => (namespacesWork() ? undefined : 'needs root, to make network namespaces'),

  /** Commands on the PATH or in an sbin folder. */
  commands(...names: string[]): string | undefined {
    const missing = names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
    return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`;
  },

  /** The folder `sharedCases`. */
  shared: () => (sharedCases === undefined ? 'needs the third-party cases in ../shared/cases' : undefined),
};

/**
 * `describe` where nothing is missing; else a skipped one that says in its name what is.
 * @public
 */
export function describeWith(missing: readonly (string | undefined)[], name: string, tests: () => void): void {
  const reasons = missing.filter((reason) => reason !== undefined);
  if (reasons.length === 0) {
    describe(name, tests);
    return;
  }
  const skipped = `${name} (skipped: ${reasons.join('; ')})`;
  // The reporter only counts what is skipped.
  console.warn(skipped);
  describe.skip(skipped, tests);
}

let namespaces: boolean | undefined;
function namespacesWork(): boolean {
  namespaces ??= process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0;
  return namespaces;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
