import { nearest } from '../model/suggest.ts';
import { schemas } from '../schemas.ts';
import { complain } from './context.ts';
import type { Outcome } from './exit-code.ts';
import type { Io } from './io.ts';

/** `k8snet schema [NAME]` */
export const run = async (io: Io, name: string): Promise<Outcome> => {
  const all = await schemas();
  const schema = Object.hasOwn(all, name) ? all[name] : undefined;
  if (schema) {
    io.out(`${JSON.stringify(schema, null, 2)}\n`);
    return { kind: 'answered' };
  }
  const guess = nearest(name, Object.keys(all));
  const hint = guess === undefined ? `there are ${Object.keys(all).join(', ')}` : `did you mean ${guess}?`;
  await complain(io, 'auto', [{ severity: 'error', code: 'USAGE', message: `there is no schema ${name}`, hint }], []);
  return { kind: 'usage' };
};
