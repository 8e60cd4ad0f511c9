import type { Cluster } from '../../src/model/cluster.ts';
import type { Family } from '../../src/net/ip.ts';
import { createServiceTable } from '../../src/services/table.ts';
import type { ProxyConfig, ProxySite, ServiceTable } from '../../src/services/types.ts';
import { ip, prefix } from './support.ts';

/** What `node-1` of a cluster with the defaults of kubeadm gives a mode to work with, but for what is given. */
export const nodeSite = (
  of: Cluster | ServiceTable,
  mode: ProxyConfig['mode'],
  given: { family?: Family; config?: Partial<ProxyConfig>; node?: Partial<ProxySite['node']> } = {},
): ProxySite => {
  const family = given.family ?? 4;
  const own = ip(family === 4 ? '192.168.1.11' : '2001:db8::11');
  return {
    table: 'ports' in of ? of : createServiceTable(of),
    config: {
      mode,
      detectLocal: { mode: 'ClusterCIDR' },
      clusterCIDRs: [prefix('10.1.0.0/16'), prefix('fd00:1::/48')],
      masqueradeAll: false,
      masqueradeMark: 0x4000,
      localhostNodePorts: true,
      nodePortAddresses: mode === 'nftables' ? 'primary' : [],
      scheduler: '',
      strictARP: false,
      serviceCIDRs: [],
      ...given.config,
    },
    family,
    node: { name: 'node-1', ips: [own], primary: own, podCIDRs: [prefix(family === 4 ? '10.1.1.0/24' : 'fd00:1:0:1::/64')], beLiberal: false, ...given.node },
  };
};
