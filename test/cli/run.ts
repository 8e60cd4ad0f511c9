import { main } from '../../src/cli.ts';
import type { Io } from '../../src/commands/io.ts';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

const root = new URL('../..', import.meta.url).pathname;

/** Runs a command line as a shell would split it: without quotes, at spaces. */
export const k8snet = async (line: string, more: Partial<Io> = {}): Promise<Ran> => {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: {},
    cwd: root,
    colours: { out: 0, err: 0 },
    ...more,
  };
  const code = await main(line === '' ? [] : line.split(' '), io);
  return { code, out, err };
};

/** Standard input that holds a text. */
export async function* stdin(text: string): AsyncGenerator<string> {
  yield text;
}
