import type { Node } from '../../model/cluster.ts';
import { type Family, familyOf, type Ip } from '../../net/ip.ts';
import type { FabricPlan } from '../fabric.ts';
import type { Nic } from '../nics.ts';
import type { NodeDraft } from '../node.ts';
import type { Roster } from '../world.ts';
import type { Block, Ipam } from './blocks.ts';
import type { CalicoConfig } from './config.ts';
import { OVERHEAD } from './defaults.ts';
import type { Pool } from './pools.ts';

/** All that nodes are built from. */
export type Site = {
  readonly config: CalicoConfig;
  readonly nodes: readonly Node[];
  readonly ipam: Ipam;
  readonly fabric: FabricPlan;
  readonly roster: Roster;
};

/** A node being built, and its NIC with the address that calico-node took. */
export type Self = Site & { readonly draft: NodeDraft; readonly nic: Nic };

export const addressOf = ({ ips }: Node, family: Family): Ip | undefined => ips.find((ip) => familyOf(ip) === family);

export const nicOf = ({ fabric }: Pick<Site, 'fabric'>, node: Node): Nic | undefined => {
  const nics = fabric.nics(node);
  return nics.find(({ ips }) => ips.some(({ ip }) => node.ips.includes(ip))) ?? nics[0];
};

export const blocksOf = ({ ipam }: Pick<Site, 'ipam'>, node: string): readonly Block[] =>
  ipam.blocks.filter((block) => block.node === node);

/** Whether a device of the kind is there: some pool wants it. */
export const uses = ({ pools }: CalicoConfig, kind: 'ipip' | 'vxlan', family: Family): boolean =>
  pools.some((pool) => pool.family === family && pool.encapsulation.startsWith(kind));

const overheadOf = ({ encapsulation, family }: Pool): number => {
  if (encapsulation === 'none') return 0;
  if (encapsulation.startsWith('ipip')) return OVERHEAD.ipip;
  return family === 4 ? OVERHEAD.vxlan : OVERHEAD.vxlan6;
};

/** What is left for pods by the encapsulation that takes most, also where a packet needs none (felix/dataplane/linux/int_dataplane.go determinePodMTU). */
export const podMtu = ({ mtu, pools }: CalicoConfig, nic: number): number =>
  mtu ?? nic - Math.max(0, ...pools.map(overheadOf));
