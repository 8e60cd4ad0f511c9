import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { parsePrefix } from '../../src/net/prefix.ts';

type Thing = Readonly<Record<string, unknown>>;
const range = (text: string) => parsePrefix(text)!;

const short = async (proxy: string) => {
  const text = `plugin: flannel\nnodes: [{name: n, ip: 192.168.1.11}]\nproxy: ${proxy}\n`;
  const { cluster, problems } = await load({ files: [], text: { name: 'a.yaml', text } });
  return { proxy: cluster?.proxy, problems };
};

test.for<[what: string, proxy: string, want: object]>([
  ['a mode', 'nftables', { mode: 'nftables', stated: true }],
  ['none', 'none', { mode: 'none' }],
  ['a mapping', '{mode: ipvs, scheduler: sh, strictARP: true}', { mode: 'ipvs', scheduler: 'sh', strictARP: true }],
  ['no mode', '{masqueradeAll: true, masqueradeBit: 15, localhostNodePorts: false}', { masqueradeAll: true, masqueradeBit: 15, localhostNodePorts: false }],
  ['ranges', '{clusterCIDR: [10.1.0.0/16, "fd01::/48"]}', { clusterCIDR: [range('10.1.0.0/16'), range('fd01::/48')] }],
  ['node addresses', '{nodePortAddresses: [192.168.1.0/24, 10.9.0.0/16]}', { nodePortAddresses: [range('192.168.1.0/24'), range('10.9.0.0/16')] }],
  ['the primary one', '{nodePortAddresses: primary}', { nodePortAddresses: 'primary' }],
  ['the primary one, as KubeProxyConfiguration has it', '{nodePortAddresses: [primary]}', { nodePortAddresses: 'primary' }],
  ['pods by their range', '{detectLocalMode: NodeCIDR}', { detectLocal: { mode: 'NodeCIDR' } }],
  ['pods by their bridge', '{detectLocalMode: BridgeInterface, bridgeInterface: cni0}', { detectLocal: { mode: 'BridgeInterface', bridge: 'cni0' } }],
  [
    'pods by their interfaces',
    '{detectLocalMode: InterfaceNamePrefix, interfaceNamePrefix: cali}',
    { detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'cali' } },
  ],
])('proxy in the short form: %s', async ([, text, want]) => {
  const { proxy, problems } = await short(text);
  expect(problems).toEqual([]);
  expect(proxy).toMatchObject({ ...want, place: { line: 3 } });
});

const node = (name: string, annotations: object = {}, labels: object = {}): Thing => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, annotations: { 'flannel.alpha.coreos.com/backend-type': 'vxlan', ...annotations }, labels },
  spec: { podCIDR: '10.42.0.0/24' },
});
const pod = (name: string, args: readonly string[] = [], on = 'n', meta: object = { uid: 'u' }): Thing => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system', ownerReferences: [{ kind: 'DaemonSet', name: name.replace(/-x$/, ''), controller: true }], ...meta },
  spec: { nodeName: on, containers: [{ command: [name.replace(/-x$/, ''), ...args] }] },
  status: { phase: 'Running' },
});
const configMap = (name: string, data: object): Thing => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data });
const config = (text: string): Thing => configMap('kube-proxy', { 'config.conf': text, 'kubeconfig.conf': 'apiVersion: v1\n' });
const parts = [pod('kube-flannel-ds-x'), pod('coredns-x'), pod('etcd-x')];

const dump = async (items: readonly Thing[], before = '') => {
  const { cluster, assumptions, problems } = await load({
    files: [],
    text: { name: 'dump.yaml', text: `${before}---\n${JSON.stringify({ kind: 'List', apiVersion: 'v1', items })}\n` },
  });
  expect(problems).toEqual([]);
  const said = assumptions.filter(({ code }) => code === 'INFERRED_PROXY');
  return { proxy: cluster?.proxy, said };
};

const kubeadm = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clusterCIDR: 10.244.0.0/16,fd01::/48
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
ipvs:
  scheduler: ""
  strictARP: false
kind: KubeProxyConfiguration
mode: ""
nodePortAddresses: null
`;

test.for<[what: string, items: readonly Thing[], want: object | undefined, text: string | undefined, evidence: string]>([
  [
    "kubeadm's ConfigMap",
    [node('n'), pod('kube-proxy-x', ['--config=/var/lib/kube-proxy/config.conf']), config(kubeadm)],
    { clusterCIDR: [range('10.244.0.0/16'), range('fd01::/48')], masqueradeAll: false, strictARP: false, stated: false },
    'kube-proxy runs in iptables mode, its default, clusterCIDR 10.244.0.0/16 and fd01::/48, masqueradeAll false, strictARP false',
    'ConfigMap kube-proxy in dump.yaml, pod kube-proxy-x in dump.yaml',
  ],
  [
    'ipvs',
    [
      node('n'),
      config('mode: ipvs\nipvs: {scheduler: lc, strictARP: true}\niptables: {masqueradeAll: true, masqueradeBit: 15}\nnftables: {masqueradeAll: false}\n'),
    ],
    { mode: 'ipvs', scheduler: 'lc', strictARP: true, masqueradeAll: true, masqueradeBit: 15 },
    'kube-proxy runs in ipvs mode, no clusterCIDR, masqueradeAll true, masqueradeBit 15, scheduler lc, strictARP true',
    'ConfigMap kube-proxy in dump.yaml',
  ],
  [
    'nftables has a block of its own',
    [node('n'), config('mode: nftables\nnftables: {masqueradeAll: true, masqueradeBit: 13}\niptables: {masqueradeAll: false}\nnodePortAddresses: [primary]\n')],
    { mode: 'nftables', masqueradeAll: true, masqueradeBit: 13, nodePortAddresses: 'primary' },
    'kube-proxy runs in nftables mode, no clusterCIDR, masqueradeAll true, masqueradeBit 13, nodePortAddresses primary',
    'ConfigMap kube-proxy in dump.yaml',
  ],
  [
    'how pods are told from others',
    [node('n'), config('detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}\n')],
    { detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'veth' } },
    'kube-proxy runs in iptables mode, its default, no clusterCIDR, detectLocalMode InterfaceNamePrefix',
    'ConfigMap kube-proxy in dump.yaml',
  ],
  [
    'the ConfigMap of EKS',
    [node('n'), pod('kube-proxy-x', ['--v=2', '--config=/var/lib/kube-proxy-config/config']), configMap('kube-proxy-config', { config: 'mode: "ipvs"\n' })],
    { mode: 'ipvs' },
    'kube-proxy runs in ipvs mode, no clusterCIDR',
    'ConfigMap kube-proxy-config in dump.yaml, pod kube-proxy-x in dump.yaml',
  ],
  [
    'arguments',
    [
      node('n'),
      pod('kube-proxy-x', [
        '--proxy-mode=ipvs',
        '--cluster-cidr=10.4.0.0/14',
        '--masquerade-all',
        '--iptables-masquerade-bit=15',
        '--nodeport-addresses=10.0.0.0/8,192.168.0.0/16',
      ]),
    ],
    {
      mode: 'ipvs',
      clusterCIDR: [range('10.4.0.0/14')],
      masqueradeAll: true,
      masqueradeBit: 15,
      nodePortAddresses: [range('10.0.0.0/8'), range('192.168.0.0/16')],
    },
    'kube-proxy runs in ipvs mode, clusterCIDR 10.4.0.0/14, masqueradeAll true, masqueradeBit 15, nodePortAddresses 10.0.0.0/8 and 192.168.0.0/16',
    'arguments of pod kube-proxy-x in dump.yaml',
  ],
  [
    'with --config, other arguments do not count',
    [node('n'), pod('kube-proxy-x', ['--config=/x', '--proxy-mode=ipvs'])],
    { stated: false },
    'kube-proxy runs in iptables mode, its default',
    'pod kube-proxy-x in dump.yaml; its ConfigMap is not in the input',
  ],
  [
    'k3s',
    [node('n', { 'k3s.io/node-args': '["server","--cluster-cidr","10.42.0.0/16"]' })],
    { mode: 'iptables', clusterCIDR: [range('10.42.0.0/16')] },
    'kube-proxy runs in iptables mode, clusterCIDR 10.42.0.0/16',
    'node n in dump.yaml is of k3s, which runs kube-proxy inside itself',
  ],
  [
    'k3s with arguments for kube-proxy',
    [node('n', { 'k3s.io/node-args': '["server","--kube-proxy-arg","proxy-mode=iptables","--kube-proxy-arg=proxy-mode=nftables"]' })],
    { mode: 'nftables' },
    'kube-proxy runs in nftables mode, clusterCIDR 10.42.0.0/16',
    'node n in dump.yaml is of k3s, which runs kube-proxy inside itself',
  ],
  [
    'k3s without it',
    [node('n', { 'k3s.io/node-args': '["server","--disable-kube-proxy"]' })],
    { mode: 'none' },
    'no kube-proxy runs',
    '--disable-kube-proxy among the arguments of k3s on node n in dump.yaml',
  ],
  [
    'MicroK8s',
    [node('n', {}, { 'microk8s.io/cluster': 'true' }), ...parts],
    { stated: false },
    'kube-proxy runs in iptables mode, its default',
    'node n in dump.yaml is of MicroK8s, which runs kube-proxy inside itself',
  ],
  [
    'Cilium stands in for it',
    [node('n'), configMap('cilium-config', { 'kube-proxy-replacement': 'true' })],
    { mode: 'none' },
    'no kube-proxy runs',
    'kube-proxy-replacement true of ConfigMap cilium-config in dump.yaml',
  ],
  ['Cilium does not', [node('n'), configMap('cilium-config', { 'kube-proxy-replacement': 'false' })], undefined, undefined, ''],
  [
    'a whole cluster, and none in it',
    [node('n'), ...parts],
    { mode: 'none' },
    'no kube-proxy runs',
    'the input has pods of kube-system on every node (kube-flannel-ds, coredns, etcd, …), and none of kube-proxy',
  ],
  ['a part of a cluster', [node('n'), { ...node('m'), spec: {} }, ...parts], undefined, undefined, ''],
  ['a few pods', [node('n'), pod('coredns-x')], undefined, undefined, ''],
  ['manifests of somebody', [node('n'), ...parts.map((part) => ({ ...part, metadata: { name: 'x', namespace: 'kube-system' } }))], undefined, undefined, ''],
])('kube-proxy in a dump: %s', async ([, items, want, text, evidence]) => {
  const { proxy, said } = await dump(items);
  if (want === undefined) expect(proxy).toBeUndefined();
  else expect(proxy).toMatchObject({ ...want, evidence });
  expect(said).toEqual(text === undefined ? [] : [{ code: 'INFERRED_PROXY', text, change: 'proxy', evidence }]);
});

test.for<[what: string, stated: string, want: object, said: readonly string[]]>([
  [
    'fills in what the short form leaves out',
    'nftables',
    { mode: 'nftables', clusterCIDR: [range('10.244.0.0/16')], stated: true },
    ['clusterCIDR 10.244.0.0/16'],
  ],
  ['does not change what it states', '{clusterCIDR: 10.9.0.0/16}', { mode: 'ipvs', clusterCIDR: [range('10.9.0.0/16')] }, ['kube-proxy runs in ipvs mode']],
  ['means nothing where there is none', 'none', { mode: 'none', stated: true }, []],
])('a dump %s', async ([, stated, want, said]) => {
  const found = await dump([node('n'), config('mode: ipvs\nclusterCIDR: 10.244.0.0/16\n')], `proxy: ${stated}\n`);
  expect(found.proxy).toMatchObject(want);
  expect(found.said.map(({ text }) => text)).toEqual(said);
});

test('a whole cluster without kube-proxy does not overrule what is stated', async () => {
  const { proxy, said } = await dump([node('n'), ...parts], 'proxy: ipvs\n');
  expect(proxy).toMatchObject({ mode: 'ipvs', stated: true });
  expect(said).toEqual([]);
});
