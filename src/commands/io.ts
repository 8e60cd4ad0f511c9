import { writeSync } from 'node:fs';
import { getColorDepth } from './colour.ts';

/** What the command line has of the system; tests bring their own. */
export type Io = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  /** Colours that standard output and standard error can show: 0 none, 1 sixteen, 2 256, 3 all. */
  readonly colours: { readonly out: 0 | 1 | 2 | 3; readonly err: 0 | 1 | 2 | 3 };
};

// `k8snet … | head` closes the pipe early; that is no error of ours. A full disk is, and half an answer must not look like a whole one.
const onWriteError = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') return;
  writeSync(2, `k8snet: cannot write: ${error.message}\n`);
  process.exit(3);
};

/** The real one. */
export const systemIo = (): Io => {
  process.stdout.on('error', onWriteError);
  process.stderr.on('error', () => {});
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    colours: { out: getColorDepth(process.stdout), err: getColorDepth(process.stderr) },
  };
};
