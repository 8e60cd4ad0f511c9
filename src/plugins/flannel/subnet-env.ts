import { addToIp, formatIp } from '../../net/ip.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { NetConf } from './netconf.ts';

/**
 * The text of /run/flannel/subnet.env, which the CNI plugin and Docker's start-up read: the subnet's first address is the bridge's
 * (flannel-io/flannel:pkg/subnet/subnet.go, WriteSubnetFile).
 */
export const subnetEnv = (
  config: Pick<NetConf, 'network' | 'ipv6Network'>,
  lease: { readonly subnet?: Prefix; readonly subnet6?: Prefix },
  mtu: number,
  ipMasq: boolean,
): string => {
  const lines: string[] = [];
  const gateway = (p: Prefix) => `${formatIp(addToIp(p.addr, 1))}/${p.len}`;
  if (config.network && lease.subnet) {
    lines.push(`FLANNEL_NETWORK=${formatPrefix(config.network)}`, `FLANNEL_SUBNET=${gateway(lease.subnet)}`);
  }
  if (config.ipv6Network && lease.subnet6) {
    lines.push(
      `FLANNEL_IPV6_NETWORK=${formatPrefix(config.ipv6Network)}`,
      `FLANNEL_IPV6_SUBNET=${gateway(lease.subnet6)}`,
    );
  }
  lines.push(`FLANNEL_MTU=${mtu}`, `FLANNEL_IPMASQ=${ipMasq}`);
  return `${lines.join('\n')}\n`;
};
