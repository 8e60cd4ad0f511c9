import type { Cluster, Node } from '../model/cluster.ts';
import { flagValue } from './component.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import { isK3s } from './infer-flannel.ts';
import { type FoundProxy, readProxyFlags } from './kube-proxy-config.ts';
import { listOf } from './read.ts';

/** A kube-proxy that runs inside something else, so that no pod shows it. */
export const embeddedProxy = (cluster: Cluster, evidence: Evidence): FoundProxy | undefined => {
  const k3s = evidence.nodes.filter(isK3s);
  const [first] = k3s;
  if (first) return ofK3s(cluster, k3s.find((node) => argsOf(node)[0] === 'server') ?? first);
  const other = evidence.nodes.find(
    ({ labels, annotations }) =>
      labels['microk8s.io/cluster'] !== undefined || annotations['rke.cattle.io/internal-ip'] !== undefined,
  );
  if (other) {
    const isMicro = other.labels['microk8s.io/cluster'] !== undefined;
    const what = isMicro
      ? 'MicroK8s, which runs kube-proxy inside itself'
      : 'RKE, which runs kube-proxy outside of pods';
    return { keys: {}, evidence: `node ${other.name} in ${other.place.file} is of ${what}` };
  }
  const sdn = findComponent(evidence, /^sdn$/);
  return sdn?.namespace === 'openshift-sdn'
    ? { keys: {}, evidence: `${labelOf(sdn)} has kube-proxy in it` }
    : undefined;
};

/**
 * k3s starts kube-proxy in iptables mode with its own cluster-cidr (k3s-io/k3s:pkg/daemons/agent/agent.go), then with what
 * --kube-proxy-arg says.
 */
const ofK3s = ({ subnets }: Cluster, node: Node): FoundProxy => {
  const args = argsOf(node);
  const from = `node ${node.name} in ${node.place.file}`;
  if (flagValue({ args }, '--disable-kube-proxy') === 'true')
    return { keys: { mode: 'none' }, evidence: `--disable-kube-proxy among the arguments of k3s on ${from}` };
  const given = args.flatMap((arg, i) => {
    if (arg === '--kube-proxy-arg') return [`--${args[i + 1]}`];
    return arg.startsWith('--kube-proxy-arg=') ? [`--${arg.slice('--kube-proxy-arg='.length)}`] : [];
  });
  // Of one flag given twice, the last counts.
  const keys = readProxyFlags({ args: given.toReversed() });
  return {
    keys: { mode: 'iptables', ...(subnets.pods.length > 0 ? { clusterCIDR: subnets.pods } : {}), ...keys },
    evidence: `${from} is of k3s, which runs kube-proxy inside itself`,
  };
};

/** How k3s was started on a node, as it writes it there: a JSON list. */
const argsOf = ({ annotations }: Node): readonly string[] => {
  try {
    return listOf(JSON.parse(annotations['k3s.io/node-args'] ?? '[]')).map(String);
  } catch {
    return [];
  }
};
