import { expect, test } from 'vitest';
import { createRules } from '../../src/linux/rules.ts';
import { addIptables } from '../../src/services/iptables/index.ts';
import { type Build, type Flow, type Outcome, outcomeOf, type Suite } from './flows.ts';

type Ports = Suite['services'][number]['ports'];
type Given = Partial<Omit<Suite['services'][number], 'ports'>> & { port?: Partial<Ports[number]>; ends?: string[]; proxy?: Partial<Suite['proxy']> };

const end = (text: string) => ({ ip: text, node: 'test-node', ready: true, serving: true, terminating: false });
// One Service `default/web` of port 80 to 8080 of its endpoints.
const suite = ({ port, ends = ['10.180.0.1'], proxy, ...given }: Given): Suite => {
  const protocol = port?.protocol ?? 'TCP';
  return {
    id: 'one Service',
    proxy: { mode: 'iptables', ipFamily: 'IPv4', detectLocalMode: 'ClusterCIDR', localCIDR: '10.0.0.0/8', ...proxy },
    services: [{ namespace: 'default', name: 'web', type: 'ClusterIP', clusterIP: '172.30.0.41', ports: [{ port: 80, protocol, ...port }], ...given }],
    endpoints: [{ service: 'default/web', ports: [{ port: 8080, protocol }], endpoints: ends.map(end) }],
  };
};
const flow = (src: string, dst: string, proto: Flow['proto'] = 'tcp'): Omit<Flow, 'expect'> => {
  const [, address = '', dport = ''] = /^(.*):(\d+)$/.exec(dst) ?? [];
  return { name: `${src} to ${dst}`, src, proto, dst: address, dport: Number(dport) };
};
const dropping: Build = (site, netns) => {
  const rules = createRules(4);
  rules.policy('FORWARD', 'DROP');
  return addIptables(site, { ...netns, tables: rules.tables() });
};
const text = ({ verdict, endpoints, masquerade }: Outcome): string => [verdict, ...endpoints, ...(masquerade ? ['masquerade'] : [])].join(' ');

const POD = '10.0.0.2';
const NODE = '192.168.0.2';
const OUTSIDE = '203.0.113.2';
const IP = '172.30.0.41:80';
const VIP: Given = { type: 'LoadBalancer', loadBalancerIngress: [{ ip: '1.2.3.4' }] };
const V6 = { clusterIP: 'fd00:172:30::41', proxy: { ipFamily: 'IPv6', localCIDR: 'fd00:10::/64' } } as const;
const NODE_PORT = { type: 'NodePort', port: { nodePort: 30080 } } as const;
const MARKED = 'dnat 10.180.0.1:8080 masquerade';

test.for<[what: string, given: Given, flow: Omit<Flow, 'expect'>, outcome: string, build?: Build]>([
  ['back to the pod itself', { ends: [POD] }, flow(POD, IP), 'dnat 10.0.0.2:8080 masquerade'],
  ['to another pod', { ends: ['10.180.0.1'] }, flow(POD, IP), 'dnat 10.180.0.1:8080'],
  ['a client seen for the first time has no affinity', { sessionAffinity: { type: 'ClientIP' }, ends: ['10.180.0.2', '10.180.0.1'] }, flow(POD, IP), 'dnat 10.180.0.1:8080 10.180.0.2:8080'],
  ['UDP', { port: { protocol: 'UDP' } }, flow(POD, IP, 'udp'), 'dnat 10.180.0.1:8080'],
  ['SCTP', { port: { protocol: 'SCTP' } }, flow(POD, IP, 'sctp'), 'dnat 10.180.0.1:8080'],
  ['another protocol', {}, flow(POD, IP, 'udp'), 'none'],
  ['another port', {}, flow(POD, '172.30.0.41:81'), 'none'],
  ['no endpoints, IPv6', { ...V6, ends: [] }, flow('fd00:10::2', 'fd00:172:30::41:80'), 'reject'],
  ['back to the pod itself, IPv6', { ...V6, ends: ['fd00:10::2'] }, flow('fd00:10::2', 'fd00:172:30::41:80'), 'dnat [fd00:10::2]:8080 masquerade'],
  ['from a node, no detector', { proxy: { detectLocalMode: null, localCIDR: null } }, flow(NODE, IP), 'dnat 10.180.0.1:8080'],
  ['from outside, no detector', { proxy: { detectLocalMode: null, localCIDR: null } }, flow(OUTSIDE, IP), 'dnat 10.180.0.1:8080'],
  ['no pod is told from others: no short cut', { ...VIP, externalTrafficPolicy: 'Local', ends: [], proxy: { detectLocalMode: null, localCIDR: null } }, flow(POD, '1.2.3.4:80'), 'reject'],
  ['ipMode Proxy is left to the load balancer', { ...VIP, loadBalancerIngress: [{ ip: '1.2.3.4', ipMode: 'Proxy' }] }, flow(POD, '1.2.3.4:80'), 'none'],
  // KUBE-EXTERNAL-SERVICES is not asked in OUTPUT.
  ['no endpoints, a node to a load balancer', { ...VIP, ends: [] }, flow(NODE, '1.2.3.4:80'), 'none'],
  ['no endpoints, outside to a load balancer', { ...VIP, ends: [] }, flow(OUTSIDE, '1.2.3.4:80'), 'reject'],
  ['no endpoints, a node to its own node port', { ...NODE_PORT, ends: [] }, flow(NODE, `${NODE}:30080`), 'reject'],
  ['FORWARD policy DROP: a node port is marked and passes', NODE_PORT, flow(OUTSIDE, `${NODE}:30080`), MARKED, dropping],
  ['any local address is a node port, unless told', NODE_PORT, flow(OUTSIDE, '192.168.99.11:30080'), MARKED],
])('%s', ([, given, asked, expected, build = addIptables]) => {
  expect(text(outcomeOf(suite(given), { ...asked, expect: { verdict: 'none', endpoints: [], masquerade: false } }, build))).toBe(expected);
}); // biome-ignore format: a table

test('FORWARD policy DROP: what a pod asks for is not marked, and does not pass', () => {
  const asked = { ...flow(POD, IP), expect: { verdict: 'none' as const, endpoints: [], masquerade: false } };
  expect(() => outcomeOf(suite({}), asked, dropping)).toThrow('test-node FILTER_POLICY_DROP');
});
