import type { EtcdFlags, PrepareInputs } from '../prepare.ts';
import type { Colour } from './colour.ts';
import type { Io } from './io.ts';

/** Options that say which cluster is meant. */
export type InputFlags = {
  readonly file: readonly string[];
  readonly plugin?: string;
  readonly namespace: string;
  readonly color: Colour;
  readonly etcd?: readonly string[];
  readonly etcdPrefix?: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdUsername?: string;
  readonly etcdPassword?: string;
};

// A password in the environment does not show in the list of processes.
const etcdOf = (flags: InputFlags, { env }: Io): EtcdFlags | undefined => {
  if (flags.etcd === undefined || flags.etcd.length === 0) return undefined;
  const password = flags.etcdPassword ?? env['K8SNET_ETCD_PASSWORD'];
  return {
    endpoints: flags.etcd.flatMap((text) => text.split(',')),
    ...(flags.etcdPrefix !== undefined && { prefix: flags.etcdPrefix }),
    ...(flags.etcdCafile !== undefined && { caFile: flags.etcdCafile }),
    ...(flags.etcdCertfile !== undefined && { certFile: flags.etcdCertfile }),
    ...(flags.etcdKeyfile !== undefined && { keyFile: flags.etcdKeyfile }),
    ...(flags.etcdUsername !== undefined && { username: flags.etcdUsername }),
    ...(password !== undefined && password !== '' && { password }),
  };
};

/** The input as the use cases take it. */
export const inputsOf = (flags: InputFlags, io: Io): PrepareInputs => {
  const etcd = etcdOf(flags, io);
  return {
    files: flags.file,
    cwd: io.cwd,
    ...(io.stdin && { stdin: io.stdin }),
    ...(flags.plugin !== undefined && { pluginOverride: flags.plugin }),
    ...(etcd && { etcd }),
  };
};

/**
 * Answers from the user's input, or from the built-in example where there is none at all.
 * @param ask what needs a cluster
 */
export const orExample = async <T extends { readonly ok: boolean }>(
  flags: InputFlags,
  io: Io,
  ask: (inputs: PrepareInputs) => Promise<T>,
): Promise<T> => {
  const inputs = inputsOf(flags, io);
  const answer = await ask(inputs);
  const none =
    flags.file.length === 0 &&
    !answer.ok &&
    'problems' in answer &&
    Array.isArray(answer.problems) &&
    answer.problems.some((problem: { readonly code: string }) => problem.code === 'NO_INPUT');
  if (!none) return answer;
  const { default: text } = await import('./example.ts');
  io.err('note: no cluster file here, so this is the built-in example (name your own with -f)\n');
  return ask({ ...inputs, text: { name: 'example.yaml', text } });
};
