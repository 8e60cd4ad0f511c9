import { formatIp, type Ip } from '../net/ip.ts';
import { quote } from './shell.ts';

/** One question to the kernel: a packet from a process in `from`, and what that process learns. */
export type Probe = {
  readonly from: string;
  /** The address the sender binds to; else the kernel picks one. */
  readonly src?: Ip;
  readonly dst: Ip;
  readonly ttl?: number;
  /** Bytes of payload: after the ICMP or UDP header. */
  readonly size?: number;
  readonly df?: boolean;
  /** Seconds to wait for an answer. */
  readonly wait?: number;
} & (
  | { readonly proto: 'icmp'; readonly id?: number }
  | { readonly proto: 'udp' | 'tcp'; readonly dport: number; readonly sport: number }
);

/** What the sender sees. */
export type Outcome =
  | { readonly kind: 'reply'; readonly from: string; readonly ttl: number }
  /** An ICMP error from a router, or from the sender's own stack after a failed neighbour look-up. */
  | { readonly kind: 'error'; readonly from: string; readonly text: string }
  /** The send failed at once: no route, message too long. */
  | { readonly kind: 'local'; readonly text: string }
  | { readonly kind: 'timeout' };

const PING_SIZE = 56;
const DEFAULT_WAIT = 0.5;

/** ICMP id of probe `number`, where the probe names none. */
const icmpId = (probe: Probe, number: number): number =>
  (probe.proto === 'icmp' ? probe.id : undefined) ?? 1000 + number;

/** The command that sends the probe; it runs in the sender's namespace. `tools` holds probe.py. */
export const probeCommand = (probe: Probe, number: number, tools: string): string => {
  const { src, dst, ttl = 64, wait = DEFAULT_WAIT } = probe;
  if (probe.proto === 'icmp') {
    const bind = src === undefined ? '' : ` -I ${formatIp(src)}`;
    const df = ` -M ${probe.df ? 'do' : 'dont'}`;
    return `ping -n -c1 -W${wait} -t${ttl} -s${probe.size ?? PING_SIZE}${df} -e${icmpId(probe, number)}${bind} ${formatIp(dst)}`;
  }
  const words = [probe.proto, src === undefined ? '-' : formatIp(src), probe.sport, formatIp(dst), probe.dport, ttl];
  return `python3 ${quote(`${tools}/probe.py`)} ${[...words, probe.size ?? 0, probe.df ? 'df' : 'no-df', wait].join(' ')}`;
};

/** Reads what ping or probe.py printed. */
export const readOutcome = (text: string): Outcome => {
  const reply = /bytes from (\S+?):? .*\bttl=(\d+)/.exec(text);
  if (reply) return { kind: 'reply', from: reply[1] ?? '', ttl: Number(reply[2]) };
  const error = /^From (\S+) (?:icmp_seq=\d+ )?(.*)$/m.exec(text);
  if (error) return { kind: 'error', from: error[1] ?? '', text: (error[2] ?? '').trim() };
  const local = /^(?:ping: )?(?:sendmsg: |connect: |local error: )(.*)$/m.exec(text);
  if (local) return { kind: 'local', text: local[1] ?? '' };
  if (/0 received|^timeout$/m.test(text)) return { kind: 'timeout' };
  throw new Error(`lab: cannot read the probe's output: ${text}`);
};
