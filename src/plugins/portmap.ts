import { dport, dstIp, dstType, jump, l4, mark, multiport, type RulesDraft, rule, src, srcIp } from '../linux/rules.ts';
import { confKey } from '../linux/sysctl.ts';
import type { Pod } from '../model/cluster.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import { cniChain, containerId } from './naming.ts';
import type { NodeDraft } from './node.ts';
import { podOrigin } from './origin.ts';

type HostPort = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly hostPort: number;
  readonly hostIP?: Ip;
  readonly port: number;
};

/** The host ports of a pod that hold for this family. */
export const hostPortsOf = (pod: Pod, family: Family): readonly HostPort[] =>
  pod.ports.flatMap(({ protocol, hostPort, hostIP, port }) => {
    if (hostPort === undefined || (hostIP !== undefined && familyOf(hostIP) !== family)) return [];
    const name = protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : 'sctp';
    return [{ protocol: name, hostPort, port, ...(hostIP !== undefined && { hostIP }) }];
  });

const SETMARK = 'CNI-HOSTPORT-SETMARK';
const MASQ = 'CNI-HOSTPORT-MASQ';
const DNAT = 'CNI-HOSTPORT-DNAT';
const MARK = 0x2000;
/** What one `-m multiport` takes. */
const PORTS_PER_RULE = 15;

const addTopChains = (rules: RulesDraft, ownMark: boolean): void => {
  const origin = { plugin: 'portmap' };
  if (ownMark) {
    rules.insert('nat', 'POSTROUTING', rule([], jump(MASQ), { comment: 'CNI portfwd requiring masquerade', origin }));
    rules.append('nat', MASQ, rule([mark(MARK)], { target: 'MASQUERADE' }, { origin }));
    const set = { target: 'MARK', value: MARK, mask: MARK } as const;
    rules.append('nat', SETMARK, rule([], set, { comment: 'CNI portfwd masquerade mark', origin }));
  }
  for (const hook of ['PREROUTING', 'OUTPUT'])
    rules.append('nat', hook, rule([dstType('LOCAL')], jump(DNAT), { origin }));
};

const addPod = (rules: RulesDraft, network: string, setMark: string, pod: Pod, ip: Ip, subnet: Prefix): void => {
  const container = containerId(pod);
  const chain = cniChain(network, container, 'DN-');
  const origin = podOrigin('portmap', pod);
  const ports = hostPortsOf(pod, familyOf(ip));
  for (const { protocol, hostPort, hostIP, port } of ports) {
    const to = [...(hostIP === undefined ? [] : [dstIp(hostIP)]), l4(protocol), dport(hostPort)];
    // The whole range of the node's pods, not the pod alone; and what the node sends itself on 127.0.0.1.
    rules.append('nat', chain, rule([src(subnet), ...to], jump(setMark), { origin }));
    if (typeof ip === 'number') rules.append('nat', chain, rule([srcIp(0x7f000001), ...to], jump(setMark), { origin }));
    rules.append('nat', chain, rule(to, { target: 'DNAT', to: { ip, port } }, { origin }));
  }
  const comment = `dnat name: "${network}" id: "${container}"`;
  for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
    const numbers = [...new Set(ports.filter((p) => p.protocol === protocol).map((p) => p.hostPort))];
    for (let i = 0; i < numbers.length; i += PORTS_PER_RULE) {
      const some = numbers.slice(i, i + PORTS_PER_RULE);
      rules.append('nat', DNAT, rule([l4(protocol), multiport(...some)], jump(chain), { comment, origin }));
    }
  }
};

/**
 * The CNI plugin `portmap` (containernetworking/plugins:plugins/meta/portmap): DNAT for each host port, in the order in which the pods came.
 * It appends and does not reserve, so the first pod keeps a port that two ask for.
 * @param ifname the interface towards the pods, or towards one of them, which may then carry 127.0.0.0/8
 * @param markChain `externalSetMarkChain`, e.g. kube-proxy's KUBE-MARK-MASQ
 */
export const addPortmap = (
  draft: NodeDraft,
  network: string,
  ifname: string | ((pod: Pod) => string),
  pods: readonly Pod[],
  subnetOf: (ip: Ip) => Prefix | undefined,
  markChain?: string,
): void => {
  for (const family of [4, 6] as const) {
    const mapped = pods.filter((pod) => hostPortsOf(pod, family).length > 0);
    const rules = draft.rules(family);
    let started = false;
    for (const pod of mapped)
      for (const ip of pod.ips) {
        const subnet = familyOf(ip) === family ? subnetOf(ip) : undefined;
        if (!subnet) continue;
        if (!started) addTopChains(rules, markChain === undefined);
        started = true;
        addPod(rules, network, markChain ?? SETMARK, pod, ip, subnet);
        const dev = typeof ifname === 'string' ? ifname : ifname(pod);
        if (family === 4) draft.netns.sysctls[confKey(4, dev, 'route_localnet')] = 1;
      }
  }
};
