import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterText, writeCluster } from './cluster.ts';

test('three nodes and seven pods: a List whose pods have distinct addresses out of the prefix of their node', () => {
  const { kind, items } = JSON.parse([...clusterText({ nodes: 3, pods: 7 })].join(''));
  const of = (wanted: string) => items.filter((item: { kind: string }) => item.kind === wanted);
  const prefixes = new Map<string, string>(of('Node').map((node: Item) => [node.metadata.name, node.spec.podCIDR.replace(/0\/24$/, '')]));
  const pods = of('Pod').map((pod: Item) => `${pod.metadata.name} ${pod.status.podIP} ${pod.status.podIP.startsWith(prefixes.get(pod.spec.nodeName)!)}`);
  expect([kind, of('ConfigMap').length, prefixes.size]).toEqual(['List', 1, 3]);
  expect(pods).toEqual([
    'app-0-5d69f4b9c7-00000 10.128.0.2 true',
    'app-1-5d69f4b9c7-00001 10.128.1.2 true',
    'app-2-5d69f4b9c7-00002 10.128.2.2 true',
    'app-3-5d69f4b9c7-00003 10.128.0.3 true',
    'app-4-5d69f4b9c7-00004 10.128.1.3 true',
    'app-5-5d69f4b9c7-00005 10.128.2.3 true',
    'app-6-5d69f4b9c7-00006 10.128.0.4 true',
  ]);
});

type Item = { metadata: { name: string }; spec: { podCIDR: string; nodeName: string }; status: { podIP: string } };

test('two Services, each with a slice of five pods', () => {
  const { items } = JSON.parse([...clusterText({ nodes: 2, pods: 6, services: 2 })].join(''));
  const of = (wanted: string) => items.filter(({ kind }: { kind: string }) => kind === wanted);
  const ips = new Map<string, string>(of('Pod').map((pod: Item) => [pod.metadata.name, pod.status.podIP]));
  expect(of('Service').map(({ spec }: { spec: { clusterIP: string } }) => spec.clusterIP)).toEqual(['10.96.1.1', '10.96.1.2']);
  const endpoints = of('EndpointSlice').flatMap(
    (slice: { endpoints: readonly { addresses: readonly string[]; targetRef: { name: string } }[] }) => slice.endpoints,
  );
  expect(endpoints).toHaveLength(10);
  for (const { addresses, targetRef } of endpoints) expect(addresses).toEqual([ips.get(targetRef.name)]);
});

test('more pods than the prefixes hold are refused', () => expect(() => [...clusterText({ nodes: 1, pods: 254 })]).toThrow('do not fit'));

test('the file has the same text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-'));
  await writeCluster(join(folder, 'cluster.json'), { nodes: 2, pods: 3 });
  expect(readFileSync(join(folder, 'cluster.json'), 'utf8')).toBe([...clusterText({ nodes: 2, pods: 3 })].join(''));
  rmSync(folder, { recursive: true });
});
