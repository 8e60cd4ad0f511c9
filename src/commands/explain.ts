import { explainCode, listCodes } from '../explain/code.ts';
import { reasonCodes } from '../explain/reasons.ts';
import { nearest } from '../model/suggest.ts';
import { complain, type OutputFlags, print } from './context.ts';
import type { Outcome } from './exit-code.ts';
import type { Io } from './io.ts';

/** `k8snet explain CODE`; without a code, all of them. */
export const run = async (io: Io, code: string | undefined, flags: OutputFlags): Promise<Outcome> => {
  if (code === undefined) {
    await print(io, flags, listCodes());
    return { kind: 'answered' };
  }
  const wanted = code.toUpperCase().replaceAll('-', '_');
  const doc = explainCode(wanted);
  if (doc) {
    await print(io, flags, doc);
    return { kind: 'answered' };
  }
  const begun = reasonCodes().filter((name) => name.startsWith(wanted));
  const guess = begun.length > 0 ? begun.join(' or ') : nearest(wanted, reasonCodes());
  const hint = guess === undefined ? '`k8snet explain` lists all codes' : `did you mean ${guess}?`;
  await complain(
    io,
    flags.color,
    [{ severity: 'error', code: 'UNKNOWN_CODE', message: `there is no code ${wanted}`, hint }],
    [],
  );
  return { kind: 'usage' };
};
