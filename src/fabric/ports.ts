import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Port, Ports } from './fabric.ts';

/**
 * Indexes the NICs of a segment by MAC and address.
 * @param list the NICs, read when the index is first used
 * @param maybe the NICs that may hold an address that no NIC is known by
 */
export const indexPorts = (list: () => Iterable<Port>, maybe: (ip: Ip) => readonly Port[] = () => []): Ports => {
  let macs: Map<Mac, Port> | undefined;
  const ips = new Map<Ip, Port[]>();
  const index = () => {
    if (macs) return macs;
    macs = new Map();
    for (const port of list()) {
      macs.set(port.mac, port);
      for (const ip of port.ips) {
        const holders = ips.get(ip);
        if (holders) holders.push(port);
        else ips.set(ip, [port]);
      }
    }
    return macs;
  };
  return {
    byMac: (mac) => index().get(mac),
    candidates: (ip) => {
      index();
      return [...(ips.get(ip) ?? []), ...maybe(ip)];
    },
    all: () => index().values(),
  };
};
