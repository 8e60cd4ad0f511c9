import type { Fabric, Segment } from '../../../src/fabric/fabric.ts';
import type { Netns } from '../../../src/linux/netns.ts';
import type { EndpointSlice, Service } from '../../../src/model/service.ts';
import { type Family, familyOf, formatIp } from '../../../src/net/ip.ts';
import { addIpvs } from '../../../src/services/ipvs/index.ts';
import { createServiceTable } from '../../../src/services/table.ts';
import type { ProxyConfig, ServiceTable } from '../../../src/services/types.ts';
import { cluster, portSpec, service, slice } from '../../services/support.ts';
import { ip, net } from '../hand.ts';
import type { Cluster } from '../lab.ts';

/** `[name, address:port, endpoints]`: an endpoint is `node@ip:port`. */
export type Line = readonly [
  name: string,
  at: string,
  endpoints: readonly string[],
  given?: Partial<Service> & { readonly nodePort?: number; readonly protocol?: 'TCP' | 'UDP' },
];

const split = (text: string): { readonly address: string; readonly port: number } => {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
};

const serviceOf = ([name, at, , { nodePort, protocol = 'TCP', ...given } = {}]: Line): Service => {
  const { address, port } = split(at);
  return service({ name, clusterIPs: [ip(address)], ports: [portSpec({ port, protocol, ...(nodePort !== undefined && { nodePort }) })], ...given });
};

const sliceOf = ([name, at, endpoints, { protocol = 'TCP' } = {}]: Line): readonly EndpointSlice[] =>
  endpoints.map((text, i) => {
    const [nodeName = '', end = ''] = text.split('@');
    const { address, port } = split(end);
    return slice({
      name: `${name}-${i}`,
      service: name,
      addressType: split(at).address.includes(':') ? 'IPv6' : 'IPv4',
      ports: [{ name: '', protocol, port }],
      endpoints: [{ addresses: [ip(address)], ready: true, serving: true, terminating: false, nodeName }],
    });
  });

const proxied = (table: ServiceTable, config: ProxyConfig, family: Family, node: Netns): Netns => {
  const ips = node.addresses.filter(({ dev, local }) => familyOf(local) === family && dev !== 'lo' && dev !== 'kube-ipvs0').map(({ local }) => local);
  const primary = node.addresses.find(({ dev, local }) => dev === 'eth0' && familyOf(local) === family)?.local;
  return addIpvs({ table, config, family, node: { name: node.id, ips, primary, podCIDRs: [], beLiberal: false } }, node);
};

// A Service's address is on every node, and known by none of their NICs: all hear who is asked for.
const heardByAll = (segment: Segment): Segment => ({
  ...segment,
  ports: { ...segment.ports, candidates: (address) => [...segment.ports.candidates(address), ...segment.ports.all()] },
});

/** A cluster in whose nodes kube-proxy of ipvs mode has run. */
export const withIpvs = (base: Cluster, lines: readonly Line[], given: Partial<ProxyConfig> = {}): Cluster => {
  const table = createServiceTable(cluster({ services: lines.map(serviceOf), slices: lines.flatMap(sliceOf) }));
  const config: ProxyConfig = {
    mode: 'ipvs',
    detectLocal: { mode: 'ClusterCIDR' },
    clusterCIDRs: [net('10.244.0.0/16'), net('fd00:244::/48')],
    masqueradeAll: false,
    masqueradeMark: 0x4000,
    localhostNodePorts: true,
    nodePortAddresses: [],
    scheduler: '',
    strictARP: false,
    serviceCIDRs: [],
    ...given,
  };
  const nodes = new Map(
    base.ids.flatMap((id) => {
      const netns = base.world.netns(id);
      if (netns?.kind !== 'node') return [];
      const six = netns.addresses.some(({ local }) => familyOf(local) === 6 && formatIp(local) !== '::1');
      const four = proxied(table, config, 4, netns);
      return [[id, six ? proxied(table, config, 6, four) : four] as const];
    }),
  );
  const segments = base.world.fabric.segments.map(heardByAll);
  const fabric: Fabric = { ...base.world.fabric, segments, segment: (name) => segments.find((segment) => segment.name === name) };
  return { ...base, world: { fabric, netns: (id) => nodes.get(id) ?? base.world.netns(id) } };
};
