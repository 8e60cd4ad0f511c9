import { listPlugins } from '../list-plugins.ts';
import { plugins } from '../plugins/index.ts';
import { type OutputFlags, print } from './context.ts';
import type { Outcome } from './exit-code.ts';
import type { Io } from './io.ts';

/** `k8snet plugins` */
export const run = async (io: Io, flags: OutputFlags): Promise<Outcome> => {
  const modules = await Promise.all(Object.values(plugins).map((make) => make()));
  await print(io, flags, listPlugins(modules.map((module) => module.default)));
  return { kind: 'answered' };
};
