import { constants } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from '../model/place.ts';
import { nearest } from '../model/suggest.ts';
import { decodeText } from './bytes.ts';

/** A file to read. `name` is what the user sees; `named` is false for those that a folder brought. */
export type InputFile = { readonly name: string; readonly path: string; readonly named: boolean };

/** What is read when no file is named, in this order. */
const DEFAULT_FILES = ['k8snet.yaml', 'k8snet.yml', 'cluster.yaml', 'cluster.yml'] as const;

/** V8's longest string, in characters; a file of as many bytes has no more characters. */
const LONGEST = constants.MAX_STRING_LENGTH;

/** Finds the files behind `-f` arguments: files, `-` for standard input (as it is), and folders, searched to the bottom, in order of names. */
export const findFiles = async (
  names: readonly string[],
  cwd: string,
): Promise<{ readonly files: readonly InputFile[]; readonly problems: readonly Problem[] }> => {
  const files: InputFile[] = [];
  const problems: Problem[] = [];
  for (const name of names.length > 0 ? names : await defaultFiles(cwd)) {
    const path = resolve(cwd, name);
    if (name === '-') {
      files.push({ name: 'stdin', path: '-', named: true });
      continue;
    }
    try {
      const found = await stat(path);
      if (!found.isDirectory()) files.push({ name, path, named: true });
      else {
        const inside = await filesIn(path);
        files.push(...inside.map((file) => ({ name: join(name, file), path: join(path, file), named: false })));
        if (inside.length === 0) problems.push(error('FILE_NOT_FOUND', `${name} holds no .yaml, .yml or .json file`));
      }
    } catch (cause) {
      problems.push(await missing(name, path, cause));
    }
  }
  return { files, problems };
};

/** Reads one file as text, or says why not. */
export const readInput = async (
  file: InputFile,
  stdin: AsyncIterable<Uint8Array | string>,
): Promise<{ readonly text: string } | Problem> => {
  try {
    const bytes = file.path === '-' ? await drain(stdin) : await readWhole(file);
    return Buffer.isBuffer(bytes) ? decodeText(bytes, file.name) : bytes;
  } catch (cause) {
    return error('FILE_UNREADABLE', `${file.name}: ${reason(cause)}`);
  }
};

const readWhole = async ({ name, path }: InputFile): Promise<Buffer | Problem> => {
  const { size } = await stat(path);
  // The asynchronous one reads in small pieces: a fifth slower for a big dump, and nothing else is to be done meanwhile.
  return size > LONGEST ? tooLarge(name) : readFileSync(path);
};

const drain = async (stream: AsyncIterable<Uint8Array | string>): Promise<Buffer | Problem> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > LONGEST) return tooLarge('stdin');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

const filesIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names
    .filter(
      (entry) => entry.isFile() && (/\.(ya?ml|json)$/i.test(entry.name) || basename(entry.parentPath) === 'sysctl'),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !/(^|[\\/])(\.|node_modules[\\/])/.test(path))
    .sort();
};

const defaultFiles = async (cwd: string): Promise<readonly string[]> => {
  for (const name of DEFAULT_FILES) {
    const found = await stat(join(cwd, name)).catch(() => undefined);
    if (found?.isFile()) return [name];
  }
  return [];
};

const missing = async (name: string, path: string, cause: unknown): Promise<Problem> => {
  if (reason(cause) !== 'no such file') return error('FILE_UNREADABLE', `${name}: ${reason(cause)}`);
  const beside = await readdir(dirname(path)).catch(() => undefined);
  if (!beside) return error('FILE_NOT_FOUND', `${name}: no such folder`);
  const near = nearest(basename(path), beside);
  return error('FILE_NOT_FOUND', `${name}: no such file`, near && `did you mean "${join(dirname(name), near)}"?`);
};

const reason = (cause: unknown): string => {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EACCES') return 'no permission to read it';
  return cause instanceof Error ? cause.message : String(cause);
};

const tooLarge = (name: string): Problem =>
  error(
    'FILE_TOO_LARGE',
    `${name} is larger than ${Math.floor(LONGEST / 2 ** 20)} MiB, which cannot be read as one text`,
    'split it per kind: kubectl get nodes -o json > nodes.json; kubectl get pods -A -o json > pods.json; or per namespace',
  );

const error = (code: string, message: string, hint?: string): Problem => ({
  severity: 'error',
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
});
