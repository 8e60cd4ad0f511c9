import type { RealServer, VirtualServer } from '../linux/ipvs.ts';
import type { Ip } from '../net/ip.ts';
import { tupleOf } from './conntrack.ts';
import type { Packet } from './packet.ts';
import type { Path } from './path.ts';

export type End = { readonly ip: Ip; readonly port: number };

/** A connection that ip_vs scheduled: struct ip_vs_conn (caddr, vaddr, daddr). */
export type IpvsConnection = {
  readonly protocol: VirtualServer['protocol'];
  readonly client: End;
  readonly virtual: End;
  readonly real: End;
  readonly service: VirtualServer;
  readonly server: RealServer;
};

/** The connections of ip_vs in each namespace. */
export type Scheduled = ReadonlyMap<string, readonly IpvsConnection[]>;

const same = (end: End, ip: Ip, port: number): boolean => end.ip === ip && end.port === port;

/** The connection that a packet from a client to the virtual address belongs to (ip_vs_conn_in_get). */
export const requestOf = (path: Path, netns: string, packet: Packet): IpvsConnection | undefined => {
  const { proto, src, sport, dst, dport } = tupleOf(packet);
  return path.scheduled
    .get(netns)
    ?.find((c) => c.protocol === proto && same(c.client, src, sport) && same(c.virtual, dst, dport));
};

/** The connection that a packet from a real server to the client belongs to (ip_vs_conn_out_get). */
export const replyOf = (path: Path, netns: string, packet: Packet): IpvsConnection | undefined => {
  const { proto, src, sport, dst, dport } = tupleOf(packet);
  return path.scheduled
    .get(netns)
    ?.find((c) => c.protocol === proto && same(c.real, src, sport) && same(c.client, dst, dport));
};

/** The connection that a packet from a client belongs to after ip_vs sent it to a real server. */
export const rewrittenOf = (path: Path, netns: string, packet: Packet): IpvsConnection | undefined =>
  replyOf(path, netns, reversed(packet));

/** A packet the other way, as the one that an ICMP error is about is looked up. Of its layer 4 only the ports matter. */
export const reversed = (packet: Packet): Packet => {
  const { l4 } = packet;
  const turned = { ...packet, src: packet.dst, dst: packet.src };
  switch (l4.proto) {
    case 'tcp':
      return { ...turned, l4: { ...l4, sport: l4.dport, dport: l4.sport } };
    case 'udp':
    case 'sctp':
      return { ...turned, l4: { proto: l4.proto, sport: l4.dport, dport: l4.sport } };
    default:
      return turned;
  }
};

export const putScheduled = (path: Path, netns: string, connection: IpvsConnection): Path => ({
  ...path,
  scheduled: new Map(path.scheduled).set(netns, [...(path.scheduled.get(netns) ?? []), connection]),
});
