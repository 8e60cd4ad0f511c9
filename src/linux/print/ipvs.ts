import { formatIp, type Ip } from '../../net/ip.ts';
import type { RealServer, VirtualServer } from '../ipvs.ts';
import { words } from './words.ts';

const FLAGS: Readonly<Record<VirtualServer['protocol'], string>> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };

const socket = (ip: Ip, port: number): string =>
  typeof ip === 'number' ? `${formatIp(ip)}:${port}` : `[${formatIp(ip)}]:${port}`;

/** How ipvsadm names a virtual server: `-t 10.96.0.1:443`. */
const serviceWords = ({ protocol, ip, port }: Pick<VirtualServer, 'protocol' | 'ip' | 'port'>): string =>
  `${FLAGS[protocol]} ${socket(ip, port)}`;

/** A virtual server as `ipvsadm -Sn` writes it: `-A -t 10.96.0.1:443 -s rr`. */
export const printVirtualServer = (service: VirtualServer): string =>
  words(
    `-A ${serviceWords(service)} -s ${service.scheduler}`,
    service.persistent !== undefined && `-p ${service.persistent}`,
    service.schedFlags && `-b ${service.schedFlags.join(',')}`,
  );

/** A real server as `ipvsadm -Sn` writes it: `-a -t 10.96.0.1:443 -r 192.168.1.11:6443 -m -w 1`. */
export const printRealServer = (service: VirtualServer, { ip, port, weight }: RealServer): string =>
  `-a ${serviceWords(service)} -r ${socket(ip, port)} -m -w ${weight}`;

/** What `ipvsadm -Sn` prints, and `ipvsadm -R` reads. */
export const printIpvs = (servers: readonly VirtualServer[]): readonly string[] =>
  servers.flatMap((service) => [
    printVirtualServer(service),
    ...service.realServers.map((server) => printRealServer(service, server)),
  ]);

const row = (server: RealServer): string =>
  `  -> ${socket(server.ip, server.port).padEnd(28)} Masq    ${`${server.weight}`.padEnd(6)} 0          0         `;

/** What `ipvsadm -Ln` prints before any connection came. */
export const listIpvs = (servers: readonly VirtualServer[]): readonly string[] => [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
  ...servers.flatMap((service) => [
    words(
      `${service.protocol.toUpperCase().padEnd(4)} ${socket(service.ip, service.port)} ${service.scheduler}`,
      service.persistent !== undefined && `persistent ${service.persistent}`,
    ),
    ...service.realServers.map(row),
  ]),
];
