import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** A big cluster as `kubectl get nodes,pods,services,endpointslices,configmaps -A -o json` writes it: flannel with vxlan, one /24 per node. */
type Size = { readonly nodes: number; readonly pods: number /** Each with a slice of five of the pods; default none. */; readonly services?: number };

/**
 * The size that the benchmarks use.
 * @public
 */
export const big: Size = { nodes: 5_000, pods: 150_000 };

/** Writes the cluster to a file, item by item: the text of a big one is longer than V8's strings may be. */
export async function writeCluster(path: string, size: Size): Promise<void> {
  const file = createWriteStream(path);
  for (const text of clusterText(size)) if (!file.write(text)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
}

/** The text of the List, in pieces of one item. */
export function* clusterText(size: Size): Generator<string> {
  yield '{\n    "apiVersion": "v1",\n    "items": [\n';
  let separator = '';
  for (const item of items(size)) {
    yield `${separator}${JSON.stringify(item, null, 4).replaceAll(/^/gm, '        ')}`;
    separator = ',\n';
  }
  yield '\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n';
}

function* items({ nodes, pods, services = 0 }: Size): Generator<object> {
  // 10.128.0.0/9 has a /24 for 32,768 nodes; a /24 has addresses for 253 pods.
  if (nodes > 32_768 || pods > nodes * 253) throw new Error(`${pods} pods on ${nodes} nodes do not fit`);
  yield flannelConfig;
  for (let at = 0; at < nodes; at++) yield node(at);
  for (let at = 0; at < pods; at++) yield pod(at, at % nodes, Math.floor(at / nodes));
  for (let at = 0; at < services; at++) {
    yield service(at);
    yield slice(
      at,
      Array.from({ length: 5 }, (_, i) => (5 * at + i) % pods),
      nodes,
    );
  }
}

const flannelConfig = {
  apiVersion: 'v1',
  data: { 'net-conf.json': '{\n  "Network": "10.128.0.0/9",\n  "Backend": {\n    "Type": "vxlan"\n  }\n}\n' },
  kind: 'ConfigMap',
  metadata: { labels: { app: 'flannel' }, name: 'kube-flannel-cfg', namespace: 'kube-flannel' },
};

function node(at: number) {
  const name = nodeName(at);
  const ip = nodeIp(at);
  const podCIDR = `${podPrefix(at)}.0/24`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      annotations: {
        'flannel.alpha.coreos.com/backend-data': JSON.stringify({ VNI: 1, VtepMAC: mac(at) }),
        'flannel.alpha.coreos.com/backend-type': 'vxlan',
        'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
        'flannel.alpha.coreos.com/public-ip': ip,
      },
      labels: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      name,
      uid: uid(0xa, at),
    },
    spec: { podCIDR, podCIDRs: [podCIDR] },
    status: {
      addresses: [
        { address: ip, type: 'InternalIP' },
        { address: name, type: 'Hostname' },
      ],
      conditions: [{ reason: 'KubeletReady', status: 'True', type: 'Ready' }],
      nodeInfo: { containerRuntimeVersion: 'containerd://1.7.24', kernelVersion: '6.1.0-28-amd64', kubeletVersion: 'v1.31.4' },
    },
  };
}

function pod(at: number, onNode: number, slot: number) {
  const app = `app-${at % 997}`;
  const podIP = podIp(onNode, slot);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      labels: { app, 'pod-template-hash': '5d69f4b9c7', tier: at % 3 === 0 ? 'front' : 'back' },
      name: podName(at),
      namespace: `team-${at % 101}`,
      ownerReferences: [{ apiVersion: 'apps/v1', controller: true, kind: 'ReplicaSet', name: `${app}-5d69f4b9c7`, uid: uid(0xc, at % 997) }],
      uid: uid(0xb, at),
    },
    spec: {
      containers: [{ image: `example.org/${app}:1.4.2`, name: 'main', ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }] }],
      nodeName: nodeName(onNode),
      serviceAccountName: 'default',
    },
    status: {
      conditions: [{ status: 'True', type: 'Ready' }],
      hostIP: nodeIp(onNode),
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
    },
  };
}

const serviceMeta = (at: number, name = `svc-${at}`) => ({ name, namespace: `team-${at % 101}`, uid: uid(0xd, at), resourceVersion: `${at}` });

function service(at: number) {
  // 10.96.0.0/12, from above the first 256.
  const clusterIP = `10.${96 + ((at + 257) >> 16)}.${((at + 257) >> 8) & 255}.${(at + 257) & 255}`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...serviceMeta(at), labels: { app: `app-${at}` } },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
      selector: { app: `app-${at}` },
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  };
}

function slice(at: number, pods: readonly number[], nodes: number) {
  return {
    addressType: 'IPv4',
    apiVersion: 'discovery.k8s.io/v1',
    endpoints: pods.map((number) => ({
      addresses: [podIp(number % nodes, Math.floor(number / nodes))],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: nodeName(number % nodes),
      targetRef: { kind: 'Pod', name: podName(number), namespace: `team-${number % 101}`, uid: uid(0xb, number) },
    })),
    kind: 'EndpointSlice',
    metadata: { ...serviceMeta(at, `svc-${at}-x7k2p`), labels: { 'kubernetes.io/service-name': `svc-${at}` } },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

// .1 is the bridge cni0, so pods begin at .2.
const podIp = (node: number, slot: number) => `${podPrefix(node)}.${slot + 2}`;

const podName = (at: number) => `app-${at % 997}-5d69f4b9c7-${at.toString(36).padStart(5, '0')}`;

const nodeName = (at: number) => `node-${at}`;

/** 172.16.0.10 and up: the network's own address and its gateway are nobody's. */
const nodeIp = (at: number) => `172.16.${(at + 10) >> 8}.${(at + 10) & 255}`;

const podPrefix = (node: number) => `10.${128 + (node >> 8)}.${node & 255}`;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

const mac = (at: number) => `7e:5c:00:00:${hex(at >> 8, 2)}:${hex(at & 255, 2)}`;

const uid = (kind: number, at: number) => `${hex(kind, 8)}-0000-4000-8000-${hex(at, 12)}`;
