import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { formatPrefix } from '../../src/net/prefix.ts';

type Thing = { readonly kind: string; readonly metadata: { readonly name: string }; readonly spec?: object };

const node = (name: string, { annotations = {}, labels = {}, providerID = '', podCIDR = '', ip = '10.0.0.1' } = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, annotations, labels },
  spec: { providerID, podCIDR },
  status: { addresses: [{ type: 'InternalIP', address: ip }] },
});
const flannelNode = (annotations: object = {}) =>
  node('n', { podCIDR: '10.244.0.0/24', annotations: { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true', ...annotations } });
const daemonSet = (name: string, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'kube-system' },
  spec: { template: { spec: { containers: [container] } } },
});
const systemPod = (name: string, container: object, owner?: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system', ...(owner ? { ownerReferences: [owner] } : {}) },
  spec: { nodeName: 'n', containers: [container] },
  status: { phase: 'Running' },
});
const configMap = (name: string, data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data });
const netConf = (conf: object) => configMap('kube-flannel-cfg', { 'net-conf.json': JSON.stringify(conf) });

const read = (items: readonly Thing[], pluginOverride?: string) =>
  load({
    files: [],
    text: { name: 'dump.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) },
    ...(pluginOverride === undefined ? {} : { pluginOverride }),
  });

test.for<[plugin: string, sign: string, items: readonly Thing[]]>([
  ['flannel', 'annotations of its nodes', [flannelNode()]],
  ['flannel', 'its DaemonSet', [node('n'), daemonSet('kube-flannel-ds')]],
  ['flannel', 'its ConfigMap', [node('n'), netConf({})]],
  ['flannel', 'Canal: flannel carries, Calico filters', [flannelNode(), daemonSet('canal'), daemonSet('calico-node')]],
  ['calico', 'its DaemonSet', [node('n'), daemonSet('calico-node')]],
  ['calico', 'annotations of its nodes', [node('n', { annotations: { 'projectcalico.org/IPv4Address': '10.0.0.1/24' } })]],
  ['weave', 'its image', [node('n'), systemPod('w-x', { image: 'docker.io/weaveworks/weave-kube:2.6.5' })]],
  ['kindnet', 'a pod of its DaemonSet', [node('n'), systemPod('kindnet-abcde', {}, { kind: 'DaemonSet', name: 'kindnet' })]],
  ['cilium', 'its DaemonSet', [node('n'), daemonSet('cilium')]],
  ['aws-vpc-cni', 'aws-node', [node('n', { providerID: 'aws:///a/i-1' }), daemonSet('aws-node')]],
  ['antrea', 'its DaemonSet', [node('n'), daemonSet('antrea-agent')]],
  ['ovn-kubernetes', 'annotations of its nodes', [node('n', { annotations: { 'k8s.ovn.org/node-subnets': '{}' } })]],
  ['nsx', 'its node agent', [node('n'), daemonSet('nsx-node-agent')]],
  ['azure-cni', 'Azure, and no podCIDR', [node('n', { providerID: 'azure:///x', labels: { 'kubernetes.azure.com/cluster': 'c' } })]],
  ['kubenet', 'Azure, and podCIDRs', [node('n', { providerID: 'azure:///x', podCIDR: '10.244.0.0/24' })]],
  ['kubenet', 'Azure with Calico for policy', [node('n', { providerID: 'azure:///x', podCIDR: '10.244.0.0/24' }), daemonSet('calico-node')]],
  ['kubenet', 'another cloud, podCIDRs and no daemon', [node('n', { providerID: 'gce://p/z/n', podCIDR: '10.4.0.0/24' })]],
])('%s is inferred from %s', async ([plugin, , items]) => {
  const { cluster, assumptions, problems } = await read(items);
  expect(problems).toEqual([]);
  expect(cluster?.plugin).toMatchObject({ name: plugin, stated: false });
  expect(assumptions[0]).toMatchObject({
    code: 'INFERRED_PLUGIN',
    text: `the plugin is ${plugin}`,
    change: 'plugin',
    evidence: expect.stringContaining('dump.json'),
  });
});

test('nothing to infer from is an error that says what to do', async () => {
  const { problems } = await read([node('n')]);
  expect(problems.map(({ code, hint }) => `${code} ${hint}`)).toEqual([expect.stringMatching(/^PLUGIN_UNKNOWN add plugin: NAME/)]);
});

const vxlan = { 'flannel.alpha.coreos.com/backend-type': 'vxlan', 'flannel.alpha.coreos.com/backend-data': '{"VNI":7,"VtepMAC":"3a:5a:3d:4f:cc:94"}' };

test.for<[what: string, items: readonly Thing[], settings: object]>([
  ['what flanneld wrote on its nodes', [flannelNode(vxlan)], { backend: { type: 'vxlan', vni: 7 }, ipMasq: true }],
  ['an empty type is udp', [flannelNode({ 'flannel.alpha.coreos.com/backend-type': '' })], { backend: { type: 'udp' }, ipMasq: true }],
  [
    'null data',
    [flannelNode({ 'flannel.alpha.coreos.com/backend-type': 'host-gw', 'flannel.alpha.coreos.com/backend-data': 'null' })],
    { backend: { type: 'host-gw' }, ipMasq: true },
  ],
  [
    'net-conf.json, in any case',
    [flannelNode(vxlan), netConf({ Network: '10.244.0.0/16', backend: { TYPE: 'VXLAN', vni: 4096, DirectRouting: true, MTU: 1400 } })],
    {
      backend: { type: 'vxlan', vni: 4096, directRouting: true, mtu: 1400 },
      network: '10.244.0.0/16',
      ipMasq: true,
    },
  ],
  ['no Backend is udp', [flannelNode(), netConf({ Network: '10.244.0.0/16' })], { backend: { type: 'udp' }, network: '10.244.0.0/16', ipMasq: true }],
  [
    'dual stack and nftables',
    [flannelNode(), netConf({ Network: '10.244.0.0/16', EnableIPv6: true, IPv6Network: 'fd01::/56', EnableNFTables: true, Backend: { Type: 'host-gw' } })],
    {
      backend: { type: 'host-gw' },
      network: '10.244.0.0/16',
      network6: 'fd01::/56',
      nftables: true,
      ipMasq: true,
    },
  ],
  [
    'secrets are not taken',
    [flannelNode(), netConf({ Network: '10.244.0.0/16', Backend: { Type: 'wireguard', PSK: 'secret', ListenPort: 51830 } })],
    {
      backend: { type: 'wireguard', listenPort: 51830 },
      network: '10.244.0.0/16',
      ipMasq: true,
    },
  ],
  [
    "the DaemonSet's arguments",
    [
      flannelNode(vxlan),
      daemonSet('kube-flannel-ds', { image: 'docker.io/flannel/flannel:v0.27.4', args: ['--ip-masq', '--kube-subnet-mgr', '--iface=eth1'] }),
    ],
    {
      backend: { type: 'vxlan', vni: 7 },
      ipMasq: true,
      iface: 'eth1',
      version: '0.27.4',
    },
  ],
  [
    'no --ip-masq',
    [flannelNode(vxlan), daemonSet('kube-flannel-ds', { command: ['/opt/bin/flanneld'], args: ['--kube-subnet-mgr'] })],
    { backend: { type: 'vxlan', vni: 7 }, ipMasq: false },
  ],
  [
    '--ip-masq in a shell line',
    [flannelNode(vxlan), daemonSet('kube-flannel-ds', { command: ['/bin/sh', '-c', 'exec flanneld --kube-subnet-mgr --ip-masq'] })],
    {
      backend: { type: 'vxlan', vni: 7 },
      ipMasq: true,
    },
  ],
])("flannel's settings: %s", async ([, items, settings]) => {
  const { cluster } = await read(items);
  expect(cluster?.plugin.settings).toEqual({ subnetManager: 'kube', ...settings });
});

const weaveNet = (...env: object[]) => [node('n'), daemonSet('weave-net', { name: 'weave', image: 'weaveworks/weave-kube:2.8.1', env })];
const secret = { name: 'WEAVE_PASSWORD', valueFrom: { secretKeyRef: { name: 'weave-passwd', key: 'weave-passwd' } } };
const range = '10.32.0.0/12';

test.for<[what: string, items: readonly Thing[], settings: object, pods: string]>([
  ['nothing said', weaveNet(), { range }, range],
  ['IPALLOC_RANGE', weaveNet({ name: 'IPALLOC_RANGE', value: '10.200.0.0/16' }), { range: '10.200.0.0/16' }, '10.200.0.0/16'],
  ['a range that is blotted out', weaveNet({ name: 'IPALLOC_RANGE', value: '***HIDDEN***/20' }), {}, ''],
  ['a password', weaveNet(secret), { range, encryption: true }, range],
  [
    'a password, and trusted subnets',
    weaveNet(secret, { name: 'WEAVE_TRUSTED_SUBNETS', value: '10.0.0.0/8,192.168.0.0/16' }),
    { range, encryption: { trustedSubnets: ['10.0.0.0/8', '192.168.0.0/16'] } },
    range,
  ],
  ['WEAVE_NO_FASTDP', weaveNet({ name: 'WEAVE_NO_FASTDP', value: 'true' }), { range, mode: 'bridge' }, range],
  ['EXTRA_ARGS', weaveNet({ name: 'EXTRA_ARGS', value: '--log-level=info --no-fastdp' }), { range, mode: 'bridge' }, range],
  [
    'numbers and switches',
    weaveNet(
      { name: 'WEAVE_MTU', value: '8916' },
      { name: 'CONN_LIMIT', value: '500' },
      { name: 'NO_MASQ_LOCAL', value: '0' },
      { name: 'EXPECT_NPC', value: '0' },
      { name: 'HAIRPIN_MODE', value: 'true' },
    ),
    { range, mtu: 8916, connLimit: 500, noMasqLocal: false, npc: false, hairpin: true },
    range,
  ],
  ['IPALLOC_INIT', weaveNet({ name: 'IPALLOC_INIT', value: 'consensus=3' }), { range, init: 'consensus=3' }, range],
])("Weave's settings: %s", async ([, items, settings, pods]) => {
  const { cluster, assumptions } = await read(items);
  expect(cluster?.plugin).toMatchObject({ name: 'weave', settings });
  expect(Object.keys(cluster?.plugin.settings ?? {})).toHaveLength(Object.keys(settings).length);
  expect(cluster?.subnets.pods.map(formatPrefix).join(' ')).toBe(pods);
  const concluded = assumptions.filter(({ change }) => change?.startsWith('plugin.'));
  expect(concluded.every(({ evidence }) => evidence?.includes('DaemonSet weave-net in dump.json'))).toBe(true);
});

const controller = (...args: string[]) => systemPod('kube-controller-manager-n', { command: ['kube-controller-manager', ...args] });
const service = (clusterIP: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: `s-${clusterIP}` }, spec: { clusterIP } });

test.for<[key: 'nodes' | 'pods' | 'services', from: string, items: readonly Thing[], want: string]>([
  ['nodes', 'one node', [node('n', { ip: '192.168.67.2' })], '192.168.67.0/24'],
  ['nodes', 'nodes far apart', [node('a', { ip: '10.0.9.16' }), node('b', { ip: '10.0.26.239' })], '10.0.0.0/19'],
  ['nodes', 'IPv6', [node('n', { ip: 'fd00::5' })], 'fd00::/64'],
  ['pods', 'podCIDRs', [node('a', { podCIDR: '10.244.0.0/24' }), node('b', { podCIDR: '10.244.7.0/24' })], '10.244.0.0/16'],
  ['pods', 'podCIDRs beyond a /16', [node('a', { podCIDR: '10.244.0.0/24' }), node('b', { podCIDR: '10.245.0.0/24' })], '10.244.0.0/15'],
  ['pods', '--cluster-cidr', [node('a', { podCIDR: '10.244.0.0/24' }), controller('--cluster-cidr=10.240.0.0/12')], '10.240.0.0/12'],
  [
    'pods',
    "kubeadm's podSubnet",
    [
      node('a', { podCIDR: '10.244.0.0/24' }),
      configMap('kubeadm-config', { ClusterConfiguration: 'networking:\n  dnsDomain: x\n  podSubnet: 10.244.0.0/14\n' }),
    ],
    '10.244.0.0/14',
  ],
  ['pods', "k3s's default", [node('a', { podCIDR: '10.42.0.0/24', providerID: 'k3s://a' })], '10.42.0.0/16'],
  ['pods', 'net-conf.json', [flannelNode(), netConf({ Network: '10.244.0.0/15' })], '10.244.0.0/15'],
  ['services', 'ClusterIPs', [node('n'), service('10.43.0.1'), service('10.43.0.10'), service('None')], '10.43.0.0/16'],
  [
    'services',
    'ServiceCIDRs, the first one first',
    [
      node('n'),
      { kind: 'ServiceCIDR', metadata: { name: 'more' }, spec: { cidrs: ['10.97.0.0/24'] } },
      { kind: 'ServiceCIDR', metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/24', 'fd02::/112'] } },
      controller('--service-cluster-ip-range', '10.96.0.0/16'),
    ],
    '10.96.0.0/24 fd02::/112 10.97.0.0/24',
  ],
  ['services', '--service-cluster-ip-range', [node('n'), controller('--service-cluster-ip-range', '10.96.0.0/12,fd02::/112')], '10.96.0.0/12 fd02::/112'],
])('subnets.%s from %s', async ([key, , items, want]) => {
  const { cluster, assumptions } = await read(items, 'flannel');
  expect(cluster?.subnets[key].map(formatPrefix).join(' ')).toBe(want);
  expect(assumptions.filter(({ change }) => change === `subnets.${key}`)).toHaveLength(1);
});

test.for<[what: string, file: string, asked: string | undefined, want: object]>([
  ['--plugin another one drops the settings', 'plugin: {name: flannel, backend: {type: vxlan}}', 'kubenet', { name: 'kubenet', settings: {}, stated: true }],
  [
    '--plugin the same one keeps them',
    'plugin: {name: flannel, backend: {type: vxlan}}',
    'flannel',
    { name: 'flannel', settings: { backend: { type: 'vxlan' } } },
  ],
])('%s', async ([, plugin, asked, want]) => {
  const text = `${plugin}\nnodes: [{name: a, ip: 10.0.0.1}]\n`;
  const { cluster } = await load({ files: [], text: { name: 'a.yaml', text }, ...(asked === undefined ? {} : { pluginOverride: asked }) });
  expect(cluster?.plugin).toMatchObject(want);
});

test('a dump fills in the settings that a short form beside it leaves out', async () => {
  const text = `plugin: {name: flannel, backend: {type: host-gw}}\n---\n${JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [flannelNode(vxlan)] })}\n`;
  const { cluster, assumptions } = await load({ files: [], text: { name: 'a.yaml', text } });
  expect(cluster?.plugin.settings).toEqual({ backend: { type: 'host-gw' }, subnetManager: 'kube', ipMasq: true });
  expect(assumptions.map(({ change }) => change)).not.toContain('plugin');
});
