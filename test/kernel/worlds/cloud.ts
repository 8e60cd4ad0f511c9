import type { Cloud, CloudRoute } from '../../../src/fabric/cloud.ts';
import type { Fabric, Segment } from '../../../src/fabric/fabric.ts';
import { indexPorts } from '../../../src/fabric/ports.ts';
import type { NetnsDraft } from '../../../src/linux/build.ts';
import { formatIp } from '../../../src/net/ip.ts';
import { formatPrefix, subnetAt } from '../../../src/net/prefix.ts';
import { addPods, handNode, ip, net } from '../hand.ts';
import type { Cluster } from '../lab.ts';

/** Two nodes in a cloud network whose route table sends pod ranges to them; the fabric takes one off the TTL, as the lab's stand-in does. */
export const cloudCluster = (): Cluster => {
  const network = net('10.244.0.0/16');
  const vnet = net('10.240.0.0/16');
  const numbers = [1, 2];
  const address = (n: number) => ip(`10.240.0.${3 + n}`);
  const range = (n: number) => subnetAt(network, 24, n - 1)!;
  const list = numbers.flatMap((n): NetnsDraft[] => {
    const node = handNode(`node-${n}`, [`${formatIp(address(n))}/16`], '10.240.0.1', 'vnet');
    return [node, ...addPods(node, 'cbr0', [formatPrefix(range(n))], 2, 1500, { promisc: true })];
  });
  const route = (route: Omit<CloudRoute, 'line'>): CloudRoute => ({ ...route, line: formatPrefix(route.dst) });
  const cloud: Cloud = {
    name: 'azure',
    arpMac: '12:34:56:78:9a:bc',
    ttlDecrement: true,
    filters: [],
    routes: [
      ...numbers.map((n) => route({ dst: range(n), nexthop: { to: 'port', ip: address(n) }, system: false })),
      route({ dst: vnet, nexthop: { to: 'vnet' }, system: true }),
      route({ dst: net('10.0.0.0/8'), nexthop: { to: 'none' }, system: true }),
    ],
  };
  const ports = list.flatMap((netns) =>
    netns.links.flatMap((link) =>
      link.kind === 'physical'
        ? [{ netns: netns.id, dev: 'eth0', mac: link.address!, ips: [ip(`10.240.0.${3 + Number(netns.id.slice(-1))}`)], forwarding: true }]
        : [],
    ),
  );
  const segment: Segment = { name: 'vnet', kind: 'cloud', mtu: 1500, prefixes: [vnet], ports: indexPorts(() => ports), cloud };
  const fabric: Fabric = { kind: 'azure', segments: [segment], segment: (name) => (name === 'vnet' ? segment : undefined) };
  return { world: { fabric, netns: (id) => list.find((netns) => netns.id === id) }, ids: list.map(({ id }) => id) };
};
