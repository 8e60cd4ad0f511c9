import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { formatIp } from '../../src/net/ip.ts';
import { resolveProxy } from '../../src/services/config.ts';
import { diagnose } from '../../src/services/diagnose/index.ts';
import { createDerivation } from '../../src/services/endpoints/derive.ts';
import { hasSelector } from '../../src/services/endpoints/select.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';

const clusterOf = async (dump: string): Promise<Cluster> => {
  const { cluster } = await load({ files: [dump], cwd: join(sharedCases ?? '', 'dumps') });
  if (!cluster) throw new Error('no cluster');
  return cluster;
};

/** `IPv4 dns=53 10.42.0.6 on primary-node (coredns-x)`, in any order of ports and endpoints. */
const line = ({ addressType, ports, endpoints }: Cluster['slices'][number]): string =>
  [
    addressType,
    ...ports.map(({ name, protocol, port }) => `${name}=${port}/${protocol}`).sort(),
    ...endpoints
      .map(({ addresses, nodeName, targetRef, ready, serving, terminating }) =>
        [addresses.map(formatIp), 'on', nodeName, targetRef?.name, ready, serving, terminating].join(' '),
      )
      .sort(),
  ].join('; ');

describeWith([needs.shared()], 'clusters as tools wrote them', () => {
  test('the slices that a real controller made are those that are derived from its pods', async () => {
    const cluster = await clusterOf('k3s-flannel-1.31');
    const derive = createDerivation(cluster);
    const selecting = cluster.services.filter(({ selector }) => hasSelector(selector));
    expect(selecting.map(({ name }) => name)).toEqual(['kube-dns', 'metrics-server', 'traefik']);
    for (const service of selecting) {
      const recorded = cluster.slices.filter((slice) => slice.namespace === service.namespace && slice.service === service.name);
      expect(recorded.length).toBeGreaterThan(0);
      expect(derive(service).map(line)).toEqual(recorded.map(line));
    }
  });

  test.for<[dump: string, want: readonly string[]]>([
    ['k3s-flannel-1.31', []],
    ['minikube-kindnet-1_35', ['e2e-lb SERVICE_NO_ENDPOINT_SLICES']],
    ['aws-calico-etcd-1.8', []],
  ])('what is wrong with the Services of %s', async ([dump, want]) => {
    const cluster = await clusterOf(dump);
    const table = createServiceTable(cluster);
    const proxy = resolveProxy(cluster).config;
    const pod = cluster.pods.find(({ hostNetwork, node }) => !hostNetwork && node !== undefined);
    if (pod?.node === undefined) throw new Error('no pod');
    const client = { kind: 'pod', node: pod.node, ips: pod.ips } as const;
    const found = cluster.services.flatMap((service) =>
      diagnose({ cluster, table, service, protocol: 'tcp', client, proxy, via: 'clusterIP' })
        .filter(({ certain }) => certain)
        .map(({ code }) => `${service.name} ${code}`),
    );
    expect(found).toEqual(want);
  });
});
