import {
  ACCEPT,
  dport,
  dst,
  dstIp,
  dstType,
  iif,
  jump,
  l4,
  not,
  oif,
  RETURN,
  rule,
  src,
  srcIp,
} from '../linux/rules.ts';
import type { Pod } from '../model/cluster.ts';
import { contains, type Prefix } from '../net/prefix.ts';
import { addBridge, type BridgeConfig } from './bridge.ts';
import type { NodeDraft } from './node.ts';
import { nodeOrigin, podOrigin } from './origin.ts';
import { hostPortsOf } from './portmap.ts';

/** Docker's own bridge, given flannel's subnet by `--bip` (flannel's dist/mk-docker-opts.sh). */
export type DockerConfig = {
  readonly plugin: string;
  readonly mtu: number;
  readonly subnet: Prefix;
  /** dockerd --ip-masq */
  readonly ipMasq: boolean;
  /** Docker from 1.13 sets the FORWARD policy to DROP, and lets its own bridge's flows pass. */
  readonly forwardDrop: boolean;
};

export const dockerBridge = (config: DockerConfig): BridgeConfig => ({
  plugin: config.plugin,
  ifname: 'docker0',
  mtu: config.mtu,
  subnets: [config.subnet],
  hairpin: false,
  promisc: false,
  podRoutes: [],
  // Docker makes the MAC from the address; not read in a source.
  macPrefix: '02:42',
  macAssumed: true,
});

const BRIDGE = 'docker0';

// The userland proxy is left out: the rules take what comes from elsewhere.
const addPublished = (draft: NodeDraft, pods: readonly Pod[]): void => {
  const rules = draft.rules(4);
  const published = pods.flatMap((pod) => hostPortsOf(pod, 4).map((port) => ({ pod, port })));
  if (published.length === 0) return;
  const about = { ...nodeOrigin('docker', draft.node), known: 'assumed' as const };
  rules.append('nat', 'PREROUTING', rule([dstType('LOCAL')], jump('DOCKER'), { origin: about }));
  const loopback = { addr: 0x7f000000, len: 8 };
  rules.append('nat', 'OUTPUT', rule([not(dst(loopback)), dstType('LOCAL')], jump('DOCKER'), { origin: about }));
  rules.append('nat', 'DOCKER', rule([iif(BRIDGE)], RETURN, { origin: about }));
  for (const { pod, port } of published) {
    const ip = pod.ips.find((one) => typeof one === 'number');
    if (ip === undefined) continue;
    const origin = { ...podOrigin('docker', pod), known: 'assumed' as const };
    const match = [l4(port.protocol), dport(port.port)];
    rules.append('nat', 'POSTROUTING', rule([srcIp(ip), dstIp(ip), ...match], { target: 'MASQUERADE' }, { origin }));
    const host = port.hostIP === undefined ? [] : [dstIp(port.hostIP)];
    const to = { target: 'DNAT', to: { ip, port: port.port } } as const;
    const asked = [...host, not(iif(BRIDGE)), l4(port.protocol), dport(port.hostPort)];
    rules.append('nat', 'DOCKER', rule(asked, to, { origin }));
    rules.append('filter', 'DOCKER', rule([dstIp(ip), not(iif(BRIDGE)), oif(BRIDGE), ...match], ACCEPT, { origin }));
  }
};

/** docker0 with its containers, and the rules that dockerd adds. The published ports are from memory: assumed. */
export const addDocker = (draft: NodeDraft, config: DockerConfig, pods: readonly Pod[]): void => {
  const rules = draft.rules(4);
  const origin = nodeOrigin('docker', draft.node);
  const mine = pods.filter((pod) => pod.ips.some((ip) => contains(config.subnet, ip)));
  if (config.ipMasq)
    rules.insert(
      'nat',
      'POSTROUTING',
      rule([src(config.subnet), not(oif(BRIDGE))], { target: 'MASQUERADE' }, { origin }),
    );
  if (config.forwardDrop) {
    if (draft.node.forwardPolicy === undefined) rules.policy('FORWARD', 'DROP');
    const established = { match: 'ctstate', states: ['RELATED', 'ESTABLISHED'] } as const;
    rules.chain('filter', 'DOCKER');
    rules.insert(
      'filter',
      'FORWARD',
      rule([oif(BRIDGE)], jump('DOCKER'), { origin }),
      rule([oif(BRIDGE), established], ACCEPT, { origin }),
      rule([iif(BRIDGE), not(oif(BRIDGE))], ACCEPT, { origin }),
      rule([iif(BRIDGE), oif(BRIDGE)], ACCEPT, { origin }),
    );
  }
  addBridge(draft, dockerBridge(config), mine);
  addPublished(draft, mine);
};
