import type { Cluster } from '../../model/cluster.ts';
import type { Family } from '../../net/ip.ts';
import { backendData, type NotesOf } from './annotations.ts';
import type { FlannelConfig } from './config.ts';
import type { FlannelStore, Lease } from './leases.ts';

type MacOf = (node: string, family: Family) => string | undefined;

/** The MACs of VXLAN devices that the input states: in the annotations of the nodes, or in the leases of etcd. */
export const macsOf = (
  cluster: Cluster,
  config: FlannelConfig,
  store: FlannelStore | undefined,
  owners: ReadonlyMap<Lease, string> | undefined,
  notes: NotesOf,
): MacOf => {
  const known = new Map<string, string>();
  const put = (node: string, data: unknown, data6: unknown) => {
    const [mac4, mac6] = [backendData(data).vtepMac, backendData(data6).vtepMac];
    if (mac4 !== undefined) known.set(`4 ${node}`, mac4);
    if (mac6 !== undefined) known.set(`6 ${node}`, mac6);
  };
  if (config.backend.type !== 'vxlan') return () => undefined;
  for (const lease of store?.leases ?? []) {
    const node = owners?.get(lease);
    if (node !== undefined) put(node, lease.backendData, lease.backendV6Data);
  }
  if (!store)
    for (const node of cluster.nodes) {
      const { data, data6 } = notes(node);
      if (data.vtepMac !== undefined) known.set(`4 ${node.name}`, data.vtepMac);
      if (data6.vtepMac !== undefined) known.set(`6 ${node.name}`, data6.vtepMac);
    }
  return (node, family) => known.get(`${family} ${node}`);
};
