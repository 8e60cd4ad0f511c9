import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';

/** Clusters as `kubectl` and support tools wrote them: the folder alone is the input. */
describeWith([needs.shared()], 'real dumps', () => {
  test.for<[dump: string, plugin: string, nodes: number, ranges: string, problems: readonly string[]]>([
    ['k3s-flannel-1.31', 'flannel', 1, '172.17.0.0/24 10.42.0.0/16 10.43.0.0/16', []],
    ['minikube-kindnet-1_35', 'kindnet', 1, '192.168.67.0/24 10.244.0.0/16 10.96.0.0/12', []],
    ['aws-calico-etcd-1.8', 'calico', 3, '10.0.0.0/19 10.96.0.0/12', []],
    ['kurl-weave-redacted-1.20', 'weave', 3, '', ['warning ADDRESS_UNREADABLE']],
  ])('%s', async ([dump, plugin, nodes, ranges, expected]) => {
    const { cluster, problems } = await load({ files: [dump], cwd: join(sharedCases ?? '', 'dumps') });
    expect(problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
    expect(cluster?.plugin.name).toBe(plugin);
    expect(cluster?.nodes).toHaveLength(nodes);
    const all = cluster ? [cluster.subnets.nodes, cluster.subnets.pods, cluster.subnets.services] : [];
    expect(all.flat().map(formatPrefix).join(' ')).toBe(ranges);
    const finished = cluster?.pods.filter(({ phase }) => phase === 'Succeeded' || phase === 'Failed') ?? [];
    expect(finished.flatMap(({ ips }) => ips)).toEqual([]);
  });

  test("k3s: what its node's annotations and the sysctl listing say", async () => {
    const { cluster } = await load({ files: ['k3s-flannel-1.31'], cwd: join(sharedCases ?? '', 'dumps') });
    expect(cluster?.plugin.settings).toEqual({ subnetManager: 'kube', backend: { type: 'vxlan', vni: 1 }, ipMasq: true });
    expect(cluster?.nodes[0]?.sysctls).toMatchObject({ 'net.ipv4.ip_forward': 1 });
    expect(cluster?.nodes[0]?.place).toMatchObject({ file: 'k3s-flannel-1.31/cluster-resources/nodes.json' });
  });
});
