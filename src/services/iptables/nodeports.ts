import type { Match, NfRule } from '../../linux/netfilter.ts';
import { dst, dstIp, dstType, jump, not, rule } from '../../linux/rules.ts';
import { type Ip, isLoopback } from '../../net/ip.ts';
import { contains, familyOfPrefix, hostPrefix, type Prefix } from '../../net/prefix.ts';
import { KUBE_PROXY } from '../kube-chains.ts';
import type { ProxySite } from '../types.ts';

const LOOPBACK: Prefix = { addr: 0x7f000000, len: 8 };
const LOCALHOST = 0x7f000001;
const LOCALHOST6: Prefix = { addr: 1n, len: 128 };

/** The ranges of nodePortAddresses in the family; without one all addresses count (kubernetes pkg/proxy/util/nodeport_addresses.go). */
export const rangesOf = ({ config, family, node }: ProxySite): readonly Prefix[] => {
  if (config.nodePortAddresses === 'primary') return node.primary === undefined ? [] : [hostPrefix(node.primary)];
  return config.nodePortAddresses.filter((range) => familyOfPrefix(range) === family);
};

/** Whether such ranges leave nothing out. */
export const matchesAll = (ranges: readonly Prefix[]): boolean =>
  ranges.length === 0 || ranges.some(({ len }) => len === 0);

/** Whether node ports answer on 127.0.0.0/8: IPv4 only, and only where nodePortAddresses covers it. */
export const hasLocalhost = (site: ProxySite): boolean => {
  const ranges = rangesOf(site);
  const covered =
    matchesAll(ranges) || ranges.some((range) => isLoopback(range.addr) || contains(range, LOOPBACK.addr));
  return site.family === 4 && site.config.localhostNodePorts && covered;
};

// The node's addresses in the ranges, each a rule of its own.
const destinations = (site: ProxySite): readonly Ip[] => {
  const ranges = rangesOf(site);
  const ips = hasLocalhost(site) ? [LOCALHOST, ...site.node.ips] : site.node.ips;
  return [...new Set(ips)].filter((ip) => ranges.some((range) => contains(range, ip)));
};

/** The end of nat KUBE-SERVICES: what is for the node itself may be for a node port. */
export const nodePortJumps = (site: ProxySite): readonly NfRule[] => {
  const comment = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain';
  const to = (matches: readonly Match[]) => rule(matches, jump('KUBE-NODEPORTS'), { comment, origin: KUBE_PROXY });
  if (!matchesAll(rangesOf(site))) return destinations(site).map((ip) => to([dstIp(ip)]));
  if (site.family === 6) return [to([not(dst(LOCALHOST6)), dstType('LOCAL')])];
  return [to(hasLocalhost(site) ? [dstType('LOCAL')] : [not(dst(LOOPBACK)), dstType('LOCAL')])];
};
