import { present } from '../load/gathered.ts';
import type { ProxyMode } from '../model/service.ts';
import type { EtcdFlags, PrepareInputs } from '../prepare.ts';
import type { Colour } from './colour.ts';
import type { Io } from './io.ts';

/** Options that say which cluster is meant. */
export type InputFlags = {
  readonly file: readonly string[];
  readonly plugin?: string;
  readonly proxy?: ProxyMode;
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

const split = (texts: readonly string[] | undefined): readonly string[] | undefined =>
  texts?.flatMap((text) => text.split(','));

// Any of the flags asks for an etcd; what they leave out stands in the cluster file, or is flanneld's default.
const etcdOf = (flags: InputFlags, { env }: Io): EtcdFlags | undefined => {
  const stated = {
    endpoints: split(flags.etcd),
    prefix: flags.etcdPrefix,
    caFile: flags.etcdCafile,
    certFile: flags.etcdCertfile,
    keyFile: flags.etcdKeyfile,
    username: flags.etcdUsername,
    password: flags.etcdPassword,
  };
  if (Object.values(stated).every((value) => value === undefined)) return undefined;
  // What stands in the environment does not show in the list of processes.
  const username = stated.username ?? (env['ETCD_USERNAME'] || undefined);
  const password = stated.password ?? (env['K8SNET_ETCD_PASSWORD'] || env['ETCD_PASSWORD'] || undefined);
  return present<EtcdFlags>({ ...stated, username, password });
};

/** The input as the use cases take it. */
export const inputsOf = (flags: InputFlags, io: Io): PrepareInputs => {
  const etcd = etcdOf(flags, io);
  return {
    files: flags.file,
    cwd: io.cwd,
    ...(io.stdin && { stdin: io.stdin }),
    ...(flags.plugin !== undefined && { pluginOverride: flags.plugin }),
    ...(flags.proxy !== undefined && { proxy: flags.proxy }),
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
