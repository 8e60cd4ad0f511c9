import type { Origin } from '../linux/origin.ts';
import { ACCEPT, dst, jump, multicast, not, type RulesDraft, rule, srcIp } from '../linux/rules.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import { cniChain } from './naming.ts';

/**
 * The `ipMasq` of the CNI plugins bridge and ptp: a chain per pod that masquerades what leaves the node's range. Its ACCEPT ends POSTROUTING,
 * so that rules appended behind it do not run (containernetworking/plugins:pkg/ip/ipmasq_iptables_linux.go).
 */
export const addCniMasq = (
  rules: RulesDraft,
  network: string,
  container: string,
  pod: Ip,
  subnet: Prefix,
  origin: Origin,
): void => {
  const chain = cniChain(network, container);
  const more = { comment: `name: "${network}" id: "${container}"`, origin };
  rules.append('nat', chain, rule([dst(subnet)], ACCEPT, more));
  rules.append('nat', chain, rule([not(dst(multicast(familyOf(pod))))], { target: 'MASQUERADE' }, more));
  rules.append('nat', 'POSTROUTING', rule([srcIp(pod)], jump(chain), more));
};
