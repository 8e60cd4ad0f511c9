import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { formatPrefix } from '../../src/net/prefix.ts';

type Over = Readonly<Record<string, unknown>>;

const node = (name: string, ip: string, labels: Over = {}, spec: Over = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.azure.com/cluster': 'MC_rg_c_westeurope', ...labels } },
  spec: {
    providerID: `azure:///subscriptions/s/resourceGroups/MC_rg_c_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/p/virtualMachines/${name}`,
    ...spec,
  },
  status: { addresses: [{ type: 'InternalIP', address: ip }] },
});
const daemonSet = (name: string) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name, namespace: 'kube-system' }, spec: {} });
const systemPod = (name: string, of: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system', ownerReferences: [{ kind: 'DaemonSet', name: of }] },
  spec: { nodeName: 'aks-0', hostNetwork: true },
  status: { phase: 'Running', podIP: '10.224.0.4' },
});
const pod = (name: string, ip: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { nodeName: 'aks-0' },
  status: { phase: 'Running', podIP: ip },
});
const map = (name: string, data: Over) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data });
const nnc = (name: string, container: Over) => ({
  apiVersion: 'acn.azure.com/v1alpha',
  kind: 'NodeNetworkConfig',
  metadata: { name, namespace: 'kube-system' },
  status: { networkContainers: [container] },
});
const reconciled = (cidr: string) =>
  map('azure-ip-masq-agent-config-reconciled', { 'ip-masq-agent-reconciled': `NonMasqueradeCIDRs:\n- ${cidr}\nMasqLinkLocal: true\n` });

const read = async (...items: object[]) => {
  const { cluster, assumptions, problems } = await load({
    files: [],
    text: { name: 'dump.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) },
  });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { cluster: cluster!, assumptions };
};

const nodes = [node('aks-0', '10.224.0.4'), node('aks-1', '10.224.0.35')];
const ranged = [node('aks-0', '10.224.0.4', {}, { podCIDR: '10.244.0.0/24' }), node('aks-1', '10.224.0.5', {}, { podCIDR: '10.244.1.0/24' })];

test.for<[what: string, items: readonly object[], settings: Over]>([
  ['azure-cns and podCIDRs', [...ranged, daemonSet('azure-cns')], { mode: 'overlay' }],
  ['a pod of azure-cns, and no podCIDR', [...nodes, systemPod('azure-cns-x7k2p', 'azure-cns')], { mode: 'pod-subnet' }],
  ['azure-cni-networkmonitor alone', [...nodes, daemonSet('azure-cni-networkmonitor')], { mode: 'node-subnet' }],
  ['Azure, and nothing else', nodes, { mode: 'node-subnet' }],
  ['a label of its nodes', [node('aks-0', '10.224.0.4', { 'kubernetes.azure.com/podnetwork-type': 'overlay' })], { mode: 'overlay' }],
  ['Cilium on AKS', [...ranged, daemonSet('azure-cns'), daemonSet('cilium')], { mode: 'overlay', dataplane: 'cilium' }],
  ['Azure NPM', [...nodes, daemonSet('azure-npm')], { mode: 'node-subnet', policy: 'azure' }],
  [
    'NodeNetworkConfig of a dynamic pod subnet',
    [
      ...nodes,
      daemonSet('azure-cns'),
      nnc('aks-0', { type: 'vnet', primaryIP: '10.241.0.4', subnetAddressSpace: '10.241.0.0/16', ipAssignments: [{ name: 'a', ip: '10.241.0.5' }] }),
    ],
    { mode: 'pod-subnet', networkContainers: { 'aks-0': { primaryIP: '10.241.0.4', ips: ['10.241.0.5'] } } },
  ],
  [
    'NodeNetworkConfig of a static pod subnet',
    [
      ...nodes,
      daemonSet('azure-cns'),
      nnc('aks-0', { type: 'vnetblock', primaryIP: '10.40.0.16/28', subnetAddressSpace: '10.40.0.0/13', ipAssignments: [{ name: 'a', ip: '10.40.0.32/28' }] }),
    ],
    { mode: 'pod-subnet-static', networkContainers: { 'aks-0': { blocks: ['10.40.0.16/28', '10.40.0.32/28'] } } },
  ],
  [
    'the map of the masquerading agent that users write',
    [
      ...ranged,
      daemonSet('azure-cns'),
      map('azure-ip-masq-agent-config', { 'ip-masq-agent': 'nonMasqueradeCIDRs:\n  - 172.16.0.0/12\nmasqLinkLocal: true\n' }),
    ],
    { mode: 'overlay', nonMasqueradeCIDRs: ['172.16.0.0/12'] },
  ],
])('Azure CNI: %s', async ([, items, settings]) => {
  const { cluster, assumptions } = await read(...items);
  expect(cluster.plugin).toEqual({ name: 'azure-cni', settings, stated: false });
  for (const { evidence } of assumptions.filter(({ code }) => code === 'INFERRED_SETTING')) expect(evidence).toContain('dump.json');
});

test.for<[what: string, items: readonly object[], ranges: Over]>([
  [
    "pods share the nodes' subnet, and the agent's map has the virtual network",
    [...nodes, pod('a', '10.224.0.200'), reconciled('10.224.0.0/12')],
    { nodes: ['10.224.0.0/24'], pods: [], vnet: ['10.224.0.0/12'] },
  ],
  ["pods far from their nodes are of the nodes' subnet", [...nodes, pod('a', '10.224.7.200')], { nodes: ['10.224.0.0/21'], pods: [], vnet: undefined }],
  [
    "Overlay: the agent's map has the pod CIDR",
    [...ranged, daemonSet('azure-cns'), reconciled('10.244.0.0/15')],
    { nodes: ['10.224.0.0/24'], pods: ['10.244.0.0/15'], vnet: undefined },
  ],
  [
    "a NodeNetworkConfig has the pods' subnet",
    [...nodes, daemonSet('azure-cns'), nnc('aks-0', { type: 'vnet', primaryIP: '10.241.0.4', subnetAddressSpace: '10.241.0.0/16' })],
    { nodes: ['10.224.0.0/24'], pods: ['10.241.0.0/16'], vnet: undefined },
  ],
])('ranges of Azure: %s', async ([, items, ranges]) => {
  const { cluster } = await read(...items);
  const { subnets, fabric } = cluster;
  expect({ nodes: subnets.nodes.map(formatPrefix), pods: subnets.pods.map(formatPrefix), vnet: fabric?.vnet?.map(formatPrefix) }).toEqual(ranges);
});

test('kubenet on AKS stays kubenet, with its masquerading agent', async () => {
  const { cluster } = await read(...ranged, daemonSet('azure-ip-masq-agent'));
  expect(cluster.plugin).toMatchObject({ name: 'kubenet', settings: { cloud: 'azure' } });
});
