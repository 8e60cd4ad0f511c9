import { expect, test } from 'vitest';
import type { Cluster, Pod } from '../../src/model/cluster.ts';
import type { EndpointSlice, Service } from '../../src/model/service.ts';
import { resolveProxy } from '../../src/services/config.ts';
import { type Cause, type Client, diagnose, type Question } from '../../src/services/diagnose/index.ts';
import { createServiceTable } from '../../src/services/table.ts';
import type { ProxyConfig } from '../../src/services/types.ts';
import { cluster, ip, node, pod, portSpec, prefix, service, slice } from './support.ts';

const web = (name: string, on: string, address: string, given: Partial<Pod> = {}): Pod =>
  pod({ name, node: on, ips: [ip(address)], labels: { app: 'web' }, ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], ...given });

const nodes = [node('n1', { ips: [ip('192.168.1.11')] }), node('n2', { ips: [ip('192.168.1.12')] })];
const one = web('one', 'n1', '10.1.1.1');
const two = web('two', 'n2', '10.1.2.2');
const http = portSpec({ targetPort: 8080, nodePort: 30080 });
const clientPod: Client = { kind: 'pod', namespace: 'default', name: 'client', node: 'n1', ips: [ip('10.1.1.9')] };
const outsider: Client = { kind: 'outside', ips: [ip('198.51.100.7')] };

type Given = {
  /** What differs from a NodePort Service of two ready pods on two nodes. */
  readonly service?: Partial<Service>;
  readonly pods?: readonly Pod[];
  readonly slices?: readonly EndpointSlice[];
  readonly cluster?: Partial<Cluster>;
  readonly proxy?: Partial<ProxyConfig> | 'none';
  readonly ask?: Partial<Omit<Question, 'cluster' | 'table' | 'service' | 'proxy'>>;
};

const causesOf = (given: Given): readonly Cause[] => {
  const asked = service({ type: 'NodePort', selector: { app: 'web' }, ports: [http], ...given.service });
  const all = cluster({
    nodes,
    pods: given.pods ?? [one, two],
    slices: given.slices ?? [],
    ...given.cluster,
    services: [asked, ...(given.cluster?.services ?? [])],
  });
  const { config } = resolveProxy(all);
  const proxy = given.proxy === 'none' || !config ? undefined : { ...config, ...given.proxy };
  return diagnose({ table: createServiceTable(all), cluster: all, service: asked, protocol: 'tcp', client: clientPod, via: 'clusterIP', ...given.ask, proxy });
};

/** `CODE text`, and what is not certain with a question mark. */
const lines = (causes: readonly Cause[]): readonly string[] => causes.map(({ code, text, certain }) => `${code}${certain ? '' : '?'} ${text}`);

const etp = { externalTrafficPolicy: 'Local' } as const;
const itp = { internalTrafficPolicy: 'Local' } as const;
const lb = { type: 'LoadBalancer', ingress: [{ ip: ip('203.0.113.9') }] } as const;
const headless = { type: 'ClusterIP', headless: true, clusterIPs: [], ports: [portSpec({ port: 80, targetPort: 8080 })] } as const;
const nodePort = { via: 'nodePort', client: outsider, targetNode: 'n2' } as const;
const at = (address: string) => ({ addresses: [ip(address)], ready: true, serving: true, terminating: false });
const filled = (given: Partial<EndpointSlice> = {}) => slice({ endpoints: [at('10.1.7.7')], ...given });
const bare = { selector: {} } as const;

test.for<[what: string, given: Given]>([
  ['from a pod', {}],
  ['at a port that it has', { ask: { port: 80 } }],
  ['at a nodePort', { ask: { ...nodePort, port: 30080 } }],
  ['at a nodePort with externalTrafficPolicy Local and an endpoint there', { service: etp, ask: nodePort }],
  ['the same, from a pod to its own node without endpoint', { service: etp, pods: [two], ask: { via: 'nodePort', targetNode: 'n1' } }],
  [
    'the same, from the node itself',
    { service: etp, pods: [two], ask: { via: 'nodePort', targetNode: 'n1', client: { kind: 'node', node: 'n1', ips: [ip('192.168.1.11')] } } },
  ],
  ['with internalTrafficPolicy Local and an endpoint here', { service: itp }],
  ['at its load balancer', { service: lb, ask: { via: 'vip', client: outsider } }],
  ['admitted by the source ranges', { service: { ...lb, loadBalancerSourceRanges: [prefix('198.51.100.0/24')] }, ask: { via: 'vip', client: outsider } }],
  ['source ranges count for the load balancer alone', { service: { ...lb, loadBalancerSourceRanges: [prefix('203.0.113.0/24')] }, ask: nodePort }],
  ['one pod of two is ready', { pods: [one, { ...two, ready: false }] }],
  ['the last pod ends while it serves', { pods: [{ ...one, terminating: true }] }],
  ['pods that declare no ports', { pods: [{ ...one, ports: [] }] }],
  ['by the name of its port', { service: { ports: [portSpec({ targetPort: 'http' })] } }],
  [
    'by the name of a port of its sidecar',
    { service: { ports: [portSpec({ targetPort: 'mesh' })] }, pods: [{ ...one, sidecarPorts: [{ name: 'mesh', port: 15001, protocol: 'TCP' }] }] },
  ],
  ['headless, at the port of its pods', { service: headless, ask: { via: 'name', port: 8080 } }],
  ['without selector, with a slice', { service: bare, slices: [filled()] }],
  ['no selector, named otherwise', { service: { ...bare, type: 'ExternalName', externalName: 'db.example.com' } }],
  ['bridged packets pass netfilter', { cluster: { nodes: [node('n1', { sysctls: { 'net.bridge.bridge-nf-call-iptables': 1 } }), node('n2')] } }],
  ['FORWARD drops, but masqueraded packets are accepted', { cluster: { nodes: [node('n1'), node('n2', { forwardPolicy: 'DROP' })] }, ask: nodePort }],
])('nothing is wrong: %s', ([, given]) => expect(lines(causesOf(given))).toEqual([]));

test.for<[given: Given, want: string]>([
  // 1: the selector
  [{ pods: [] }, 'SERVICE_SELECTOR_MATCHES_NOTHING? no pod of namespace default has the label app=web that default/web selects'],
  [
    { service: { selector: { app: 'web', tier: 'x' } } },
    'SERVICE_SELECTOR_MATCHES_NOTHING no pod of namespace default has the labels app=web,tier=x that default/web selects',
  ],
  // 2: not ready
  [{ pods: [{ ...one, ready: false }] }, 'SERVICE_PODS_NOT_READY the only pod that default/web selects gets no traffic: one (Running, not ready)'],
  [
    { pods: [{ ...one, phase: 'Pending', ready: false, ips: [] }, { ...two, phase: 'Failed' }, web('three', 'n9', '10.1.9.9')] },
    'SERVICE_PODS_NOT_READY none of the 3 pods that default/web selects gets traffic: one (Pending, no address), two (Failed) and three (its node n9 does not exist)',
  ],
  [
    { pods: [{ ...one, ready: false, terminating: true }] },
    'SERVICE_PODS_NOT_READY the only pod that default/web selects gets no traffic: one (Running, ends and is not ready)',
  ],
  [
    { service: bare, slices: [slice({ endpoints: [{ ...at('10.1.7.7'), ready: false, serving: false }] })] },
    'SERVICE_PODS_NOT_READY no endpoint in the EndpointSlices of default/web is ready: 10.1.7.7',
  ],
  [{ pods: [{ ...one, ips: [] }] }, 'SERVICE_PODS_NOT_READY? the only pod that default/web selects gets no traffic: one (Running, no address)'],
  // 3, 4: the port of the pods
  [{ service: { ports: [portSpec()] } }, 'SERVICE_TARGET_PORT_UNDECLARED? port 80 goes to TCP port 80 of the pods, and one and two declare 8080 "http"'],
  [
    { service: { ports: [portSpec({ name: 'web', targetPort: 'htpp' })] } },
    'SERVICE_TARGET_PORT_NAME port "web" (80) goes to the port of the pods that is named "htpp", and pods one and two have no TCP port of that name',
  ],
  [
    { service: { ports: [portSpec({ targetPort: 'http' })] }, pods: [one, { ...two, ports: [{ name: 'http', port: 8080, protocol: 'UDP' }] }] },
    'SERVICE_TARGET_PORT_NAME? port 80 goes to the port of the pods that is named "http", and pod two, 1 of 2, has no TCP port of that name',
  ],
  // 5: the port that was asked for
  [{ ask: { port: 81 } }, 'SERVICE_WRONG_PORT default/web has port 80, not 81'],
  [{ ask: { port: 8080 } }, 'SERVICE_WRONG_PORT default/web has port 80, not 8080, which is the port of its pods'],
  [{ ask: { port: 30080 } }, 'SERVICE_WRONG_PORT default/web has port 80, not 30080, which is its nodePort, at which nodes answer'],
  [{ ask: { port: 80, protocol: 'udp' } }, 'SERVICE_WRONG_PORT default/web has port 80, not 80 for UDP: that is for TCP'],
  [{ ask: { ...nodePort, port: 80 } }, 'SERVICE_WRONG_PORT default/web has nodePort 30080, not 80, which is the port of its ClusterIP'],
  [{ ask: { ...nodePort, port: 30081 } }, 'SERVICE_WRONG_PORT default/web has nodePort 30080, not 30081'],
  [
    { service: headless, ask: { via: 'name', port: 80 } },
    'SERVICE_WRONG_PORT? default/web is headless, so port 80 is not translated: its pods are reached at port 8080',
  ],
  [{ service: headless, ask: { via: 'name', port: 81 } }, 'SERVICE_WRONG_PORT? the pods of default/web are reached at port 8080, not 81'],
  [
    { service: { type: 'ClusterIP', ports: [portSpec({ targetPort: 8080 })] }, ask: nodePort },
    'SERVICE_NO_NODE_PORT default/web is of type ClusterIP and has no nodePort',
  ],
  [
    { proxy: { nodePortAddresses: [prefix('172.16.0.0/12')] }, ask: nodePort },
    'SERVICE_NODE_PORT_ADDRESSES kube-proxy takes nodePorts at 172.16.0.0/12, and n2 is 192.168.1.12',
  ],
  // 9: FORWARD
  [
    { proxy: { mode: 'nftables' }, cluster: { nodes: [node('n1'), node('n2', { forwardPolicy: 'DROP' })] }, ask: nodePort },
    'SERVICE_FORWARD_DROP? the policy of FORWARD on n2 is DROP, and kube-proxy in nftables mode accepts nothing there',
  ],
  [
    { service: etp, cluster: { nodes: [node('n1'), node('n2', { forwardPolicy: 'DROP' })] }, ask: nodePort },
    'SERVICE_FORWARD_DROP? the policy of FORWARD on n2 is DROP, and with externalTrafficPolicy Local kube-proxy accepts only answers there',
  ],
  // 10: Local
  [
    { service: itp, pods: [two, web('three', 'n2', '10.1.2.3')] },
    'SERVICE_NO_LOCAL_ENDPOINTS internalTrafficPolicy of default/web is Local, and n1 has no endpoint of default/web; there are some on n2 (2)',
  ],
  [
    { service: etp, pods: [one], ask: nodePort },
    'SERVICE_NO_LOCAL_ENDPOINTS externalTrafficPolicy of default/web is Local, and n2 has no endpoint of default/web; there are some on n1 (1)',
  ],
  [
    { service: etp, pods: [one], ask: nodePort, proxy: { mode: 'ipvs' } },
    'SERVICE_NO_LOCAL_ENDPOINTS? externalTrafficPolicy of default/web is Local, and n2 has no endpoint of default/web; there are some on n1 (1)',
  ],
  [
    { service: etp, pods: [one], ask: { via: 'nodePort', targetNode: 'n2' }, proxy: { detectLocal: { mode: 'NodeCIDR' } } },
    'SERVICE_NO_LOCAL_ENDPOINTS externalTrafficPolicy of default/web is Local, and n2 has no endpoint of default/web; there are some on n1 (1)',
  ],
  [
    { service: { ...itp, type: 'ClusterIP', ports: [portSpec({ targetPort: 8080 })] }, pods: [two], proxy: { mode: 'ipvs' } },
    'SERVICE_NO_LOCAL_ENDPOINTS internalTrafficPolicy of default/web is Local, and n1 has no endpoint of default/web; there are some on n2 (1)',
  ],
  // 11: load balancers
  [
    { service: { type: 'LoadBalancer' }, ask: { via: 'vip', client: outsider } },
    'SERVICE_LB_PENDING default/web is of type LoadBalancer and has no address yet: status.loadBalancer.ingress is empty',
  ],
  [
    { service: { ...lb, ingress: [{ ip: ip('203.0.113.9'), ipMode: 'Proxy' }] }, ask: { via: 'vip' } },
    'SERVICE_LB_OUTSIDE? kube-proxy leaves 203.0.113.9 to the load balancer, for its ipMode is Proxy: packets from inside leave the node too',
  ],
  [
    { service: { ...lb, ingress: [{ hostname: 'lb.example.com' }] }, ask: { via: 'vip' } },
    'SERVICE_LB_OUTSIDE? the load balancer of default/web has a name only (lb.example.com), and kube-proxy serves addresses',
  ],
  [
    { service: { ...lb, loadBalancerSourceRanges: [prefix('203.0.113.0/25')] }, ask: { via: 'vip', client: outsider } },
    'SERVICE_SOURCE_RANGES loadBalancerSourceRanges of default/web admit 203.0.113.0/25, and the client is 198.51.100.7',
  ],
  // 12: the bridge
  [
    { cluster: { nodes: [node('n1', { sysctls: { 'net.bridge.bridge-nf-call-iptables': 0 } }), node('n2')] } },
    'SERVICE_BRIDGE_NF? net.bridge.bridge-nf-call-iptables is 0 on n1, so answers of 10.1.1.1:8080 on the same bridge as the client are not translated back',
  ],
  // 14, 15: ranges and addresses
  [
    {
      cluster: { subnets: { nodes: [prefix('192.168.1.0/24')], pods: [prefix('10.100.0.0/16')], services: [prefix('10.96.0.0/12')] } },
      proxy: { clusterCIDRs: [] },
    },
    'SERVICE_RANGES_OVERLAP? the range of Services 10.96.0.0/12 overlaps the range of pods 10.100.0.0/16',
  ],
  [
    { cluster: { nodes: [node('n1', { interfaces: [{ name: 'eth1', ips: [{ ip: ip('10.97.0.5'), len: 16 }] }] }), node('n2')] } },
    'SERVICE_RANGES_OVERLAP? the range of Services 10.96.0.0/12 overlaps the network of eth1 on n1 10.97.0.0/16',
  ],
  [
    { service: { clusterIPs: [ip('10.200.0.1')] } },
    'SERVICE_CLUSTER_IP_OUTSIDE? the ClusterIP 10.200.0.1 of default/web is outside of the range of Services 10.96.0.0/12',
  ],
  [
    { cluster: { services: [service({ name: 'other' })] } },
    'SERVICE_ADDRESS_CLASH? the ClusterIP 10.96.0.10 with tcp port 80 belongs to default/other as well as to default/web',
  ],
  [
    { cluster: { services: [service({ name: 'other', clusterIPs: [ip('10.96.0.11')], ports: [http] })] } },
    'SERVICE_ADDRESS_CLASH? tcp nodePort 30080 belongs to default/other as well as to default/web',
  ],
  // 16: another node's nodePort
  [
    { service: etp, ask: { via: 'nodePort', targetNode: 'n2' } },
    'SERVICE_LOCAL_FROM_POD? n2 takes the client for a pod of its own and sends to any endpoint of default/web without changing the source: one elsewhere, as 10.1.1.1:8080 on n1, answers the client directly, which did not ask it',
  ],
  // 17: nobody serves it
  [{ proxy: 'none' }, 'SERVICE_NO_PROXY? no kube-proxy runs, so nothing that is modelled translates the addresses of default/web'],
  [
    { service: { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } } },
    'SERVICE_OTHER_PROXY? the label service.kubernetes.io/service-proxy-name=x leaves default/web to another proxy: kube-proxy does not serve it',
  ],
  // 20, 22
  [
    { service: { affinitySeconds: 10800 } },
    'SERVICE_AFFINITY? sessionAffinity of default/web is ClientIP: a client keeps the endpoint it got, for 10800 seconds after its last connection',
  ],
  [
    { service: { ...bare, type: 'ExternalName', externalName: '10.0.0.5', clusterIPs: [] } },
    'SERVICE_EXTERNAL_NAME_ADDRESS externalName of default/web is "10.0.0.5": DNS answers with an alias to that as a name, and there is no such name',
  ],
  // 23, 24: slices
  [
    { service: bare },
    'SERVICE_NO_ENDPOINT_SLICES default/web has no selector, and no EndpointSlice of its namespace has the label kubernetes.io/service-name: web',
  ],
  [
    { service: { ...bare, short: false } },
    'SERVICE_NO_ENDPOINT_SLICES? default/web has no selector, and no EndpointSlice of its namespace has the label kubernetes.io/service-name: web',
  ],
  [{ service: bare, slices: [slice()] }, 'SERVICE_NO_ENDPOINT_SLICES default/web has no selector, and its EndpointSlices list no endpoint'],
  [{ slices: [slice()] }, 'SERVICE_NO_ENDPOINT_SLICES the EndpointSlices of default/web list no endpoint, though pods one and two would match'],
  [
    { service: { ...bare, ports: [portSpec({ name: 'http' })] }, slices: [filled({ ports: [{ name: 'web', protocol: 'TCP', port: 8080 }] })] },
    'SERVICE_SLICE_PORT no EndpointSlice of default/web has a port "http" (TCP) for port "http" (80): they have "web" (TCP)',
  ],
  [
    { service: bare, slices: [filled({ ports: [{ name: '', protocol: 'UDP', port: 8080 }] })] },
    'SERVICE_SLICE_PORT no EndpointSlice of default/web has a port "" (TCP) for port 80: they have "" (UDP)',
  ],
  [
    { service: bare, slices: [filled({ labels: { 'service.kubernetes.io/headless': '' } })] },
    'SERVICE_SLICE_HEADLESS the EndpointSlices of default/web carry the label service.kubernetes.io/headless, and kube-proxy ignores such slices',
  ],
  [
    { service: bare, slices: [filled({ addressType: 'FQDN' })] },
    'SERVICE_SLICE_ADDRESS_TYPE the EndpointSlices of default/web have addressType FQDN, and its ClusterIP is 10.96.0.10',
  ],
  // 25, 26
  [{ ask: { client: { ...clientPod, ips: [ip('fd00:1::9')] } } }, 'SERVICE_FAMILY default/web has a ClusterIP of IPv4 alone, and the client has IPv6 alone'],
  [
    { service: { clusterIPs: [ip('fd00:96::1')] }, ask: { client: { ...clientPod, ips: [ip('10.1.1.9'), ip('fd00:1::9')] } } },
    'SERVICE_FAMILY the ClusterIP of default/web is IPv6, and its pods have addresses of IPv4 alone',
  ],
  [{ ask: { protocol: 'icmp' } }, 'SERVICE_PING a ping to default/web finds no pod: kube-proxy in iptables mode translates TCP for it, and no ICMP'],
  [
    { ask: { protocol: 'icmp' }, proxy: { mode: 'nftables' } },
    'SERVICE_PING a ping to default/web finds no pod: kube-proxy in nftables mode translates TCP for it, and no ICMP',
  ],
  [
    { ask: { protocol: 'icmp' }, proxy: { mode: 'ipvs' } },
    'SERVICE_PING a ping to default/web finds no pod: kube-proxy in ipvs mode translates TCP for it, and no ICMP',
  ],
])('%#: $1', ([given, want]) => expect(lines(causesOf(given))).toEqual([want]));

test.for<[what: string, given: Given, hint: string]>([
  ['a label mistyped', { service: { selector: { app: 'wbe' } } }, 'the selector wants app=wbe, and pods carry app=web: one and two'],
  ['a label that goes on', { service: { selector: { app: 'webapp' } } }, 'the selector wants app=webapp, and pods carry app=web: one and two'],
  [
    'another key',
    { service: { selector: { 'app.kubernetes.io/name': 'web' } } },
    'the selector wants app.kubernetes.io/name=web, and pods carry app=web: one and two',
  ],
  [
    'all but one',
    { service: { selector: { app: 'web', tier: 'front' } }, pods: [{ ...one, labels: { app: 'web', tier: 'back' } }] },
    'the selector wants tier=front, and pods carry tier=back: one',
  ],
  ['one missing', { service: { selector: { app: 'web', tier: 'front' } } }, 'the selector wants tier=front, and there is no label tier: one and two'],
  [
    'another namespace',
    {
      pods: [
        { ...one, namespace: 'shop' },
        { ...two, labels: { app: 'db' } },
      ],
    },
    'pod one of namespace shop would match, but a Service selects in its own namespace',
  ],
  ['nothing near', { service: { selector: { app: 'queue' } } }, "compare the selector with the labels of the pods' template"],
  ['no pods there', { pods: [{ ...one, namespace: 'shop', labels: {} }] }, 'the input has no pods in namespace default'],
  [
    'a port named for another protocol',
    { service: { ports: [portSpec({ targetPort: 'http', protocol: 'UDP' })] } },
    'their port 8080 has that name, for TCP and not for UDP',
  ],
  ['a port name mistyped', { service: { ports: [portSpec({ targetPort: 'htpp' })] } }, 'did you mean "http"?'],
  ['no port name near', { service: { ports: [portSpec({ targetPort: 'metrics' })] } }, 'the names there are: http'],
  [
    'a wrong port in iptables mode',
    { ask: { port: 81 } },
    'ask for port 80; in iptables mode kube-proxy leaves packets for other ports alone, and they take the default route',
  ],
  ['a slice without the label', { service: bare, slices: [filled({ service: undefined })] }, 'the slice "web-abc12" has no such label'],
  ['a slice with another label', { service: bare, slices: [filled({ name: 'x', service: 'wbe' })] }, 'the slice "x" has kubernetes.io/service-name: wbe'],
  [
    "a slice of another Service's",
    { service: bare, slices: [filled({ service: 'other' })], cluster: { services: [service({ name: 'other', clusterIPs: [ip('10.96.0.11')] })] } },
    'add an EndpointSlice with that label, or a selector',
  ],
])('hint: %s', ([, given, hint]) => expect(causesOf(given)[0]?.hint).toBe(hint));

test('what is certain comes first, and each in the order of how often it is the cause', () => {
  const causes = causesOf({
    service: { affinitySeconds: 60, ports: [portSpec({ nodePort: 30080 })], clusterIPs: [ip('10.200.0.1')] },
    ask: { port: 8080, client: { ...clientPod, ips: [ip('fd00::1')] } },
  });
  expect(causes.map(({ code, certain }) => `${code}${certain ? '' : '?'}`)).toEqual([
    'SERVICE_WRONG_PORT',
    'SERVICE_FAMILY',
    'SERVICE_CLUSTER_IP_OUTSIDE?',
    'SERVICE_AFFINITY?',
  ]);
});

test.for<[form: string, short: boolean, path: string]>([
  ['the short form', true, 'selector'],
  ['a Kubernetes object', false, 'spec.selector'],
])('a cause stands where the key is, in %s', ([, short, want]) => {
  const found = (path: readonly (string | number)[]) => (path.join('.') === want ? { file: 'a.yaml', line: 7, column: 3, length: 8 } : undefined);
  const [cause] = causesOf({ service: { selector: { app: 'x' }, short, at: found } });
  expect(cause?.place).toMatchObject({ file: 'a.yaml', line: 7 });
});
