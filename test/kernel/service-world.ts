import { lab, type Question, type Scenario } from './lab.ts';
import { plannedCluster } from './worlds/planned.ts';
import { type Options, servicesText } from './worlds/services.ts';

export const a = 'default/a';
export const c = 'default/c';
export const NODE1 = '192.168.1.11';
export const NODE2 = '192.168.1.12';

export const VXLAN = '{name: flannel, backend: {type: vxlan}}';
export const HOST_GW = '{name: flannel, backend: {type: host-gw}}';
export const KUBENET = '{name: kubenet, cloud: none}';

export const tcp = (from: string, to: string, port = 80): Question => ({ from, to, tcp: port });
export const udp = (from: string, to: string, port = 53): Question => ({ from, to, udp: port, size: 20 });
/** To where nobody listens, or nothing arrives. */
export const sends = (from: string, to: string, port = 80): Question => ({ from, to, tcp: port, closed: true });

/** By a rule, with an ICMP error. */
export const rejected = (by: string): string => `${by}: Destination Port Unreachable`;
/** By a host where nobody listens, with a reset. */
export const refused = (by: string): string => `${by}: Connection refused`;

/** A further key of a node. */
export const sysctl = (name: string, value: number): string => `, sysctls: {${name}: ${value}}`;

type Modes = { readonly iptables?: readonly Scenario[]; readonly nftables?: readonly Scenario[] };

/** The Services of `servicesText`, set up in one way; flows that go alike in both modes, and those of one mode. */
export const serviceWorld = (title: string, plugin: string, options: Options, alike: readonly Scenario[], only: Modes = {}): void => {
  for (const mode of ['iptables', 'nftables'] as const)
    lab(`${title}, ${mode}`, () => plannedCluster(servicesText(plugin, options), mode), [...alike, ...(only[mode] ?? [])]);
};
