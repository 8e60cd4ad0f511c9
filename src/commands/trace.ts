import { type TraceQuestion, trace } from '../trace.ts';
import { complain, type OutputFlags, print } from './context.ts';
import type { Outcome } from './exit-code.ts';
import { type InputFlags, orExample } from './input.ts';
import type { Io } from './io.ts';

export type TraceFlags = InputFlags &
  OutputFlags & {
    readonly protocol?: 'tcp' | 'udp' | 'sctp' | 'icmp';
    readonly port?: number | string;
    readonly backend?: string;
    readonly dns?: boolean;
    readonly size?: number;
    readonly df: boolean;
    readonly ttl?: number;
    readonly reply: boolean;
    readonly ipv4?: boolean;
    readonly ipv6?: boolean;
  };

const questionOf = (from: string, to: string, flags: TraceFlags): TraceQuestion => ({
  from,
  to,
  namespace: flags.namespace,
  ...(flags.protocol !== undefined && { protocol: flags.protocol }),
  ...(flags.port !== undefined && { port: flags.port }),
  ...(flags.dns && { dns: true }),
  ...(flags.backend !== undefined && { backend: flags.backend }),
  ...(flags.size !== undefined && { size: flags.size }),
  dontFragment: flags.df,
  ...(flags.ttl !== undefined && { ttl: flags.ttl }),
  reply: flags.reply,
  ...((flags.ipv4 || flags.ipv6) && { family: flags.ipv6 ? 6 : 4 }),
});

const mistake = ({ ipv4, ipv6 }: TraceFlags): string | undefined =>
  ipv4 && ipv6 ? '-4 and -6 exclude each other' : undefined;

// `--plugin all`: the same question under every plugin, a row for each.
const comparePlugins = async (io: Io, question: TraceQuestion, flags: TraceFlags): Promise<Outcome> => {
  const { compare } = await import('../compare.ts');
  const compared = await orExample(flags, io, (inputs) => compare(question, inputs));
  if (!compared.ok) {
    await complain(io, flags.color, compared.problems, compared.sources);
    return { kind: 'refused', why: compared.why };
  }
  await print(io, flags, compared.doc);
  return { kind: 'traced', result: compared.doc.result };
};

/** `k8snet trace FROM TO` */
export const run = async (io: Io, from: string, to: string, flags: TraceFlags): Promise<Outcome> => {
  const message = mistake(flags);
  if (message !== undefined) {
    await complain(io, flags.color, [{ severity: 'error', code: 'USAGE', message }], []);
    return { kind: 'usage' };
  }
  const question = questionOf(from, to, flags);
  if (flags.plugin === 'all') return comparePlugins(io, question, flags);
  const traced = await orExample(flags, io, (inputs) => trace(question, inputs));
  if (!traced.ok) {
    await complain(io, flags.color, traced.problems, traced.sources);
    return { kind: 'refused', why: traced.why };
  }
  await print(io, flags, traced.doc);
  return { kind: 'traced', result: traced.doc.result };
};
