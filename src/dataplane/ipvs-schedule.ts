import { type Ipvs, type RealServer, serverOf, type VirtualServer } from '../linux/ipvs.ts';
import type { Packet } from './packet.ts';

/** The virtual server that would schedule a packet; only what can open a connection is looked at. */
export const serviceFor = (ipvs: Ipvs, packet: Packet): VirtualServer | undefined => {
  const { l4 } = packet;
  switch (l4.proto) {
    case 'tcp':
      // tcp_conn_schedule(): without sloppy_tcp a connection begins with a SYN.
      return l4.flags === 'SYN' || l4.flags === 'SYN-ACK' ? serverOf(ipvs, 'tcp', packet.dst, l4.dport) : undefined;
    case 'udp':
    case 'sctp':
      return serverOf(ipvs, l4.proto, packet.dst, l4.dport);
    default:
      return undefined;
  }
};

export type Choice = { readonly server: RealServer; readonly probability: number };

// Those that look at the weights; the others want it only above zero, or for a tie-break.
const WEIGHTED = new Set(['wrr', 'wlc', 'sed', 'nq', 'sh', 'mh']);

/**
 * Every real server that a new connection may get, each as likely as a scheduler without history makes it.
 * Empty where no server has a weight above zero.
 */
export const choicesOf = ({ scheduler, realServers }: VirtualServer): readonly Choice[] => {
  const usable = realServers.filter(({ weight }) => weight > 0);
  const share = (server: RealServer) => (WEIGHTED.has(scheduler) ? server.weight : 1);
  const total = usable.reduce((sum, server) => sum + share(server), 0);
  return usable.map((server) => ({ server, probability: share(server) / total }));
};

const DECIDED_BY: Readonly<Record<string, string>> = {
  rr: 'the servers take turns, so which one it is depends on the connections before',
  wrr: 'the servers take turns by weight, so which one it is depends on the connections before',
  sh: 'a hash of the client address decides',
  mh: 'a hash of the client address decides',
  dh: 'a hash of the destination address decides',
};

/** What decides between several servers. */
export const decidedBy = ({ scheduler }: VirtualServer): string =>
  DECIDED_BY[scheduler] ?? `by scheduler ${scheduler}, which server it is depends on the connections that there are`;
