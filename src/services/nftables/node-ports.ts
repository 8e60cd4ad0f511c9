import { isLoopback } from '../../net/ip.ts';
import { contains, familyOfPrefix, hostPrefix, type Prefix } from '../../net/prefix.ts';
import type { ProxySite } from '../types.ts';

// Ranges of the other family say nothing, and none at all means every address (kubernetes pkg/proxy/util/nodeport_addresses.go).
const rangesOf = ({ config, family, node }: ProxySite): readonly Prefix[] => {
  const { nodePortAddresses: stated } = config;
  if (stated === 'primary') return node.primary === undefined ? [] : [hostPrefix(node.primary)];
  const ranges = stated.filter((range) => familyOfPrefix(range) === family);
  return ranges.some(({ len }) => len === 0) ? [] : ranges;
};

/** The addresses of the node that take NodePorts, as text is made of them in `nodeport-ips`; undefined: all but loopback, without such a set. */
export const nodePortIps = (site: ProxySite) => {
  const ranges = rangesOf(site);
  if (ranges.length === 0) return undefined;
  return site.node.ips.filter((ip) => !isLoopback(ip) && ranges.some((range) => contains(range, ip)));
};
