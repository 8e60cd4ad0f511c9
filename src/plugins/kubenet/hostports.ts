import { dport, dstType, jump, l4, mark, oif, type RulesDraft, rule, src, srcIp } from '../../linux/rules.ts';
import type { Pod } from '../../model/cluster.ts';
import { familyOf } from '../../net/ip.ts';
import { containerId, kubeHash } from '../naming.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin, podOrigin } from '../origin.ts';
import { hostPortsOf } from '../portmap.ts';
import { BRIDGE, KUBE_MARK } from './defaults.ts';

const CHAIN = 'KUBE-HOSTPORTS';

/** The chains that kubelet keeps for marking and masquerading (pkg/kubelet/kubelet_network_linux.go, up to 1.27); kube-proxy fills the same ones. */
export const addKubeMarks = (draft: NodeDraft): void => {
  const origin = nodeOrigin('kubelet', draft.node);
  const rules = draft.rules(4);
  const set = { target: 'MARK', value: KUBE_MARK, mask: KUBE_MARK } as const;
  rules.append('nat', 'KUBE-MARK-MASQ', rule([], set, { origin }));
  const comment = 'kubernetes postrouting rules';
  rules.insert('nat', 'POSTROUTING', rule([], jump('KUBE-POSTROUTING'), { comment, origin }));
  const masquerade = { target: 'MASQUERADE', fullyRandom: true } as const;
  const about = { comment: 'kubernetes service traffic requiring SNAT', commentAt: 0, origin };
  rules.append('nat', 'KUBE-POSTROUTING', rule([mark(KUBE_MARK)], masquerade, about));
};

const top = (rules: RulesDraft, draft: NodeDraft) => {
  const origin = nodeOrigin('kubenet', draft.node);
  for (const hook of ['PREROUTING', 'OUTPUT'])
    rules.append('nat', hook, rule([dstType('LOCAL')], jump(CHAIN), { comment: 'kube hostport portals', origin }));
  const loopback = src({ addr: 0x7f000000, len: 8 });
  const comment = 'SNAT for localhost access to hostports';
  const masquerade = { target: 'MASQUERADE' } as const;
  rules.append('nat', 'POSTROUTING', rule([loopback, oif(BRIDGE)], masquerade, { comment, origin }));
};

/**
 * kubelet's own host ports (pkg/kubelet/dockershim/network/hostport): a chain per port, the newest in front. The hostIP is not looked at.
 * IPv4 only here; kubelet does the same with ip6tables in dual stack.
 */
export const addHostPorts = (draft: NodeDraft, pods: readonly Pod[]): void => {
  const rules = draft.rules(4);
  const mapped = pods.flatMap((pod) => {
    const ip = pod.ips.find((one) => familyOf(one) === 4);
    return ip === undefined ? [] : hostPortsOf(pod, 4).map((port) => ({ pod, ip, port }));
  });
  if (mapped.length === 0) return;
  addKubeMarks(draft);
  top(rules, draft);
  for (const { pod, ip, port } of mapped) {
    const origin = podOrigin('kubenet', pod);
    const comment = `${pod.name}_${pod.namespace} hostport ${port.hostPort}`;
    const chain = `KUBE-HP-${kubeHash(`${containerId(pod)}${port.hostPort}${port.protocol.toUpperCase()}`)}`;
    const to = [l4(port.protocol), dport(port.hostPort)];
    rules.insert('nat', CHAIN, rule(to, jump(chain), { comment, origin }));
    rules.append('nat', chain, rule([srcIp(ip)], jump('KUBE-MARK-MASQ'), { comment, origin }));
    const dnat = { target: 'DNAT', to: { ip, port: port.port } } as const;
    rules.append('nat', chain, rule([l4(port.protocol)], dnat, { comment, origin }));
  }
};
