import { check } from '../check.ts';
import { type OutputFlags, print } from './context.ts';
import type { Outcome } from './exit-code.ts';
import { type InputFlags, inputsOf } from './input.ts';
import type { Io } from './io.ts';

/** `k8snet check [FILE…]` */
export const run = async (io: Io, files: readonly string[], flags: InputFlags & OutputFlags): Promise<Outcome> => {
  const { doc, why } = await check(inputsOf({ ...flags, file: [...flags.file, ...files] }, io));
  await print(io, flags, doc);
  return why === undefined ? { kind: 'checked', errors: doc.counts.errors } : { kind: 'refused', why };
};
