import type { Ip } from '../net/ip.ts';
import type { Origin } from './origin.ts';

/** A back end of a virtual server. Weight 0: it gets no new connections. */
export type RealServer = {
  readonly ip: Ip;
  readonly port: number;
  readonly weight: number;
  readonly origin?: Origin;
};

/** A virtual server of the kernel's ip_vs (`ipvsadm -Ln`), forwarding by masquerading (NAT). */
export type VirtualServer = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly ip: Ip;
  readonly port: number;
  /** e.g. rr. */
  readonly scheduler: string;
  /** What `ipvsadm -b` sets, e.g. mh-port. */
  readonly schedFlags?: readonly string[];
  /** Seconds of persistence, for ClientIP affinity. */
  readonly persistent?: number;
  readonly realServers: readonly RealServer[];
  readonly origin?: Origin;
};

/** The ip_vs table of a namespace. */
export type Ipvs = {
  /** May be a getter that makes them all. */
  readonly servers: readonly VirtualServer[];
  /** The virtual server of a destination, where asking is cheaper than listing. */
  readonly find?: (protocol: VirtualServer['protocol'], ip: Ip, port: number) => VirtualServer | undefined;
};

/** The virtual server that takes packets to this address and port: of exactly this port, else a persistent one of all ports. */
export const serverOf = (
  ipvs: Ipvs,
  protocol: VirtualServer['protocol'],
  ip: Ip,
  port: number,
): VirtualServer | undefined => {
  const find =
    ipvs.find ??
    ((p, i, n) => ipvs.servers.find((server) => server.protocol === p && server.ip === i && server.port === n));
  const any = find(protocol, ip, 0);
  return find(protocol, ip, port) ?? (any?.persistent === undefined ? undefined : any);
};
