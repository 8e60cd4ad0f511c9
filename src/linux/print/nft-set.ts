import type { IpSet } from '../netfilter.ts';

const TYPES = {
  'hash:ip': 'ADDR',
  'hash:net': 'ADDR',
  'hash:ip,port': 'ADDR . inet_proto . inet_service',
  'hash:ip,port,ip': 'ADDR . inet_proto . inet_service . ADDR',
  'hash:ip,port,net': 'ADDR . inet_proto . inet_service . ADDR',
  'bitmap:port': 'inet_service',
} as const;

/** `10.96.0.1,tcp:443` as nft writes it: `10.96.0.1 . tcp . 443`. */
export const nftElement = (entry: string): string => entry.replace(/,(tcp|udp|sctp):/, ' . $1 . ').replace(',', ' . ');

/** The block of a set inside its table. */
export const printNftSet = (set: IpSet): readonly string[] => {
  const interval = set.type === 'hash:net' || set.type === 'hash:ip,port,net';
  const type = TYPES[set.type].replaceAll('ADDR', set.family === 4 ? 'ipv4_addr' : 'ipv6_addr');
  return [
    `\tset ${set.name} {`,
    `\t\ttype ${type}`,
    ...(interval ? ['\t\tflags interval'] : []),
    ...(set.entries.length > 0 ? [`\t\telements = { ${set.entries.map(nftElement).join(', ')} }`] : []),
    '\t}',
  ];
};
