import type { Step } from '../dataplane/walk.ts';
import { familyOf, formatIp } from '../net/ip.ts';
import { keyOf } from './brief.ts';
import { insideOf } from './packet.ts';
import { endpointSlices, netfilterCommands, virtualServers } from './verify-netfilter.ts';
import { netnsOf, type View } from './view.ts';

const ip = (step: Step): string => (familyOf(step.packet.dst) === 4 ? 'ip' : 'ip -6');

const routeGet = (step: Extract<Step, { kind: 'route' }>): string => {
  const from = step.iif === undefined ? '' : ` from ${formatIp(step.packet.src)} iif ${step.iif}`;
  const mark = step.mark === undefined ? '' : ` mark 0x${step.mark.toString(16)}`;
  return `ip route get ${formatIp(step.lookup)}${from}${mark}`;
};

const capture = (step: Step & { readonly dev: string }): string => {
  const { l4, dst } = step.packet;
  if (l4.proto === 'udp' && insideOf(l4)) return `tcpdump -ni ${step.dev} udp port ${l4.dport}`;
  return `tcpdump -ni ${step.dev} host ${formatIp(dst)}`;
};

const encapsulated = (step: Extract<Step, { kind: 'encapsulate' }>): string[] => {
  switch (step.tunnel) {
    case 'vxlan':
      if (step.because[0]?.of === 'flow') return ['ovs-dpctl --names dump-flows'];
      return [`bridge fdb show dev ${step.dev}`, `ip -d link show dev ${step.dev}`];
    case 'wireguard':
      return [`wg show ${step.dev}`];
    case 'esp':
      return ['ip xfrm policy', 'ip xfrm state'];
    case 'ipip':
    case 'geneve':
      return [`ip -d link show dev ${step.dev}`];
    case 'udp':
      return [];
  }
};

const lookedUp = (step: Extract<Step, { kind: 'lookup' }>): string[] => {
  const [first] = step.because;
  const key = keyOf(first?.line ?? '');
  if (key.startsWith('/')) return [`etcdctl get ${key}`];
  const { kind, name } = first?.origin ?? {};
  return kind === 'Node' && name !== undefined ? [`kubectl get node ${name} -o yaml`] : [];
};

const overlayCommand = (view: View, step: Extract<Step, { kind: 'lookup' }>): string[] | undefined => {
  const found = netnsOf(view, step)?.overlays?.find(({ daemon }) => daemon === step.daemon);
  return found && [found.command];
};

const sysctls = (step: Step): string[] =>
  step.because.filter((b) => b.of === 'sysctl').map((b) => `sysctl ${keyOf(b.line)}`);

/** Options of ss. */
const SOCKETS = { tcp: 't', udp: 'u', sctp: 'S' } as const;

const commands = (view: View, step: Step): string[] => {
  switch (step.kind) {
    case 'route':
      return [routeGet(step)];
    case 'filter':
    case 'translate':
    case 'skip':
      return netfilterCommands(view, step);
    case 'resolve':
      return [`${ip(step)} neigh show dev ${step.dev}`];
    case 'bridge':
      if (step.because[0]?.of === 'flow') return ['ovs-dpctl --names dump-flows'];
      return [`bridge fdb show br ${step.dev}`];
    case 'encapsulate':
      return encapsulated(step);
    case 'lookup':
      return overlayCommand(view, step) ?? lookedUp(step);
    case 'fragment':
      return [`ip link show dev ${step.dev}`];
    case 'transmit':
    case 'receive':
      return [capture(step)];
    case 'deliver': {
      const { l4 } = step.packet;
      return 'dport' in l4 ? [`ss -ln${SOCKETS[l4.proto]} sport = :${l4.dport}`] : [];
    }
    case 'drop':
      return [...sysctls(step), ...virtualServers(step), ...endpointSlices(step)];
    case 'originate':
    case 'mark':
    case 'forward':
    case 'decapsulate':
    case 'fabric':
    case 'icmp':
      return [];
  }
};

/** The commands that show a step's state on the live cluster: on the node as they are, in a pod by kubectl exec. */
export const verifyOf = (view: View, step: Step): string[] => {
  const all = commands(view, step);
  if (view.names.hostOf(step.netns).kind !== 'pod') return all;
  const [namespace = '', pod = ''] = step.netns.split('/');
  return all.map((command) => `kubectl exec -n ${namespace} ${pod} -- ${command}`);
};
