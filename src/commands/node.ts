import { show } from '../show.ts';
import { complain, type OutputFlags, print } from './context.ts';
import type { Outcome } from './exit-code.ts';
import { type InputFlags, orExample } from './input.ts';
import type { Io } from './io.ts';

/** `k8snet node NAME` */
export const run = async (io: Io, name: string, flags: InputFlags & OutputFlags): Promise<Outcome> => {
  const shown = await orExample(flags, io, (inputs) => show(name, flags.namespace, inputs));
  if (!shown.ok) {
    await complain(io, flags.color, shown.problems, shown.sources);
    return { kind: 'refused', why: shown.why };
  }
  await print(io, flags, shown.doc);
  return { kind: 'answered' };
};
