/** The transport protocols that Kubernetes and the kernel's matches name. */
export type L4Name = 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6' | 'ipip' | 'ipv6' | 'esp' | 'gre' | 'vrrp';

/** IANA protocol numbers, as in /etc/protocols. */
export const PROTOCOL_NUMBER: Readonly<Record<L4Name, number>> = {
  icmp: 1,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  icmpv6: 58,
  vrrp: 112,
  sctp: 132,
};

/** An inclusive range of ports; one port is `[80, 80]`. */
export type PortRange = readonly [from: number, to: number];

export const portInRange = (port: number, [from, to]: PortRange): boolean => port >= from && port <= to;
