import { expect, test } from 'vitest';
import { k8snet } from '../cli/run.ts';

// What test/goldens.test.ts does not ask: other levels, other packets, packets that end on the way. Each text was held against the
// reference by hand before it was committed; `npx vitest run test/render -u` writes them anew.
test.for([
  // cluster, name of the file, question
  ['flannel/udp-docker0', 'pod-to-pod-brief', 'pod-a pod-b --brief'],
  ['flannel/udp-docker0', 'pod-to-pod-verbose', 'pod-a pod-b -v'],
  ['flannel/udp-docker0', 'internet-to-pod', 'internet pod-b'],
  ['flannel/udp-docker0', 'no-lease', 'pod-a 10.1.99.9'],
  ['flannel/udp-docker0', 'too-long', 'pod-a pod-b --size 1473'],
  ['flannel/udp-docker0', 'in-pieces', 'pod-a pod-b --size 2000 --no-df'],
  ['flannel/udp-docker0', 'ttl-runs-out', 'pod-a pod-b --ttl 4'],
  ['flannel/vxlan-cni0', 'pod-to-node', 'a node-2'],
  ['flannel/vxlan-cni0', 'https-to-internet', 'a internet --port 443'],
  ['flannel/vxlan-cni0', 'unleased', 'a 10.244.77.7'],
  ['flannel/dual-stack', 'pod-to-pod-ipv6', 'a c -6'],
] as const)('%s: %s', async ([cluster, name, question]) => {
  const folder = `fixtures/${cluster}`;
  const { out, err } = await k8snet(`trace ${question} -f ${folder}/cluster.yaml`);
  expect(err).toBe('');
  await expect(`$ k8snet trace ${question}\n${out}`).toMatchFileSnapshot(`../../${folder}/traces/${name}.txt`);
});
