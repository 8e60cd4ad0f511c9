import { expect, test } from 'vitest';
import { k8snet } from '../cli/run.ts';

// Each text was held against the reference's tables by hand before it was committed. `vitest run test/render -u` writes them anew.
test.for([
  // cluster, name of the file, question
  ['flannel/udp-docker0', 'pod-to-pod', 'pod-a pod-b'],
  ['flannel/udp-docker0', 'pod-to-pod-brief', 'pod-a pod-b --brief'],
  ['flannel/udp-docker0', 'pod-to-pod-verbose', 'pod-a pod-b -v'],
  ['flannel/udp-docker0', 'pod-to-internet', 'pod-a internet'],
  ['flannel/udp-docker0', 'internet-to-pod', 'internet pod-b'],
  ['flannel/udp-docker0', 'node-to-pod', 'node-1 pod-b'],
  ['flannel/udp-docker0', 'no-lease', 'pod-a 10.1.99.9'],
  ['flannel/udp-docker0', 'too-long', 'pod-a pod-b --size 1473'],
  ['flannel/udp-docker0', 'in-pieces', 'pod-a pod-b --size 2000 --no-df'],
  ['flannel/udp-docker0', 'ttl-runs-out', 'pod-a pod-b --ttl 4'],
  ['flannel/vxlan-cni0', 'same-node', 'a b'],
  ['flannel/vxlan-cni0', 'pod-to-pod', 'a c'],
  ['flannel/vxlan-cni0', 'pod-to-node', 'a node-2'],
  ['flannel/vxlan-cni0', 'pod-to-internet', 'a internet --port 443'],
  ['flannel/vxlan-cni0', 'unleased', 'a 10.244.77.7'],
  ['flannel/vxlan-directrouting', 'same-segment', 'a c'],
  ['flannel/vxlan-directrouting', 'other-segment', 'a e'],
  ['flannel/dual-stack', 'pod-to-pod-ipv6', 'a c -6'],
  ['flannel/host-gw', 'pod-to-pod', 'a c'],
  ['flannel/ipip', 'pod-to-pod', 'a c'],
  ['flannel/ipsec', 'pod-to-pod', 'a c'],
  ['flannel/ipsec', 'node-to-pod', 'node-1 c'],
  ['flannel/wireguard', 'pod-to-pod', 'a c'],
  ['flannel/nftables', 'dropped', 'a c'],
  ['flannel/nftables', 'pod-to-pod', 'a e'],
  ['flannel/no-ip-masq', 'pod-to-pod', 'a c'],
  ['kubenet/generic-router', 'pod-to-pod', 'a c'],
  ['kubenet/azure', 'same-node', 'a b'],
  ['kubenet/azure', 'pod-to-pod', 'a c'],
  ['kubenet/azure', 'pod-to-internet', 'a internet'],
  ['kubenet/aws', 'source-check', 'a e'],
  ['kubenet/gce', 'no-route', 'a e'],
] as const)('%s: %s', async ([cluster, name, question]) => {
  const folder = `fixtures/${cluster}`;
  const { out, err } = await k8snet(`trace ${question} -f ${folder}/cluster.yaml`);
  expect(err).toBe('');
  await expect(`$ k8snet trace ${question}\n${out}`).toMatchFileSnapshot(`../../${folder}/traces/${name}.txt`);
});
