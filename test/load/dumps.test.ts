import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { formatIp } from '../../src/net/ip.ts';
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

  test.for<[dump: string, services: number, dns: string, api: string, slices: number, proxy: string]>([
    ['k3s-flannel-1.31', 4, '10.43.0.10', '172.17.0.2 https:6443', 4, 'kube-proxy runs in iptables mode, clusterCIDR 10.42.0.0/16'],
    ['minikube-kindnet-1_35', 7, '10.96.0.10', '192.168.67.2 https:8443', 1, 'kube-proxy runs in iptables mode, its default'],
    ['aws-calico-etcd-1.8', 5, '10.96.0.10', '10.0.9.206 https:6443', 1, 'kube-proxy runs in iptables mode, its default, no clusterCIDR'],
    ['kurl-weave-redacted-1.20', 12, '', '', 0, 'kube-proxy runs in iptables mode, its default'],
  ])('%s: its Services', async ([dump, services, dns, api, slices, proxy]) => {
    const { cluster, assumptions } = await load({ files: [dump], cwd: join(sharedCases ?? '', 'dumps') });
    expect(cluster?.services).toHaveLength(services);
    const kubeDns = cluster?.services.find(({ namespace, name }) => namespace === 'kube-system' && name === 'kube-dns');
    expect(kubeDns?.clusterIPs.map(formatIp).join()).toBe(dns);
    expect(kubeDns).toMatchObject({ type: 'ClusterIP', selector: { 'k8s-app': 'kube-dns' } });
    expect(kubeDns?.ports.slice(0, 2).map(({ name, port, protocol }) => `${name} ${port} ${protocol}`)).toEqual(['dns 53 UDP', 'dns-tcp 53 TCP']);
    expect(cluster?.slices).toHaveLength(slices);
    const own = cluster?.slices.find(({ namespace, service }) => namespace === 'default' && service === 'kubernetes');
    const where = own?.endpoints.flatMap(({ addresses }) => addresses.map(formatIp)) ?? [];
    expect([...where, ...(own?.ports ?? []).map(({ name, port }) => `${name}:${port}`)].join(' ')).toBe(api);
    expect(assumptions.filter(({ change }) => change === 'proxy').map(({ text }) => text)).toEqual([proxy]);
    expect(cluster?.others.filter(({ kind }) => /^(Service|Endpoints|EndpointSlice)$/.test(kind))).toEqual([]);
  });

  test('k3s: what the slices say of the pods', async () => {
    const { cluster } = await load({ files: ['k3s-flannel-1.31'], cwd: join(sharedCases ?? '', 'dumps') });
    const traefik = cluster?.slices.find(({ service }) => service === 'traefik');
    expect(traefik).toMatchObject({
      addressType: 'IPv4',
      endpoints: [{ ready: true, serving: true, terminating: false, nodeName: 'primary-node', targetRef: { kind: 'Pod', namespace: 'kube-system' } }],
    });
    expect(traefik?.ports.map(({ name, port }) => `${name}:${port}`)).toEqual(['web:8000', 'websecure:8443']);
    // The load balancer has no address yet.
    expect(cluster?.services.find(({ name }) => name === 'traefik')).toMatchObject({ type: 'LoadBalancer', ports: [{ nodePort: 30885 }, { nodePort: 30687 }] });
  });

  test('kURL: what the pods of Weave Net say, as far as it is not blotted out', async () => {
    const { cluster, assumptions } = await load({ files: ['kurl-weave-redacted-1.20'], cwd: join(sharedCases ?? '', 'dumps') });
    expect(cluster?.plugin.settings).toEqual({ encryption: true, noMasqLocal: true });
    expect(assumptions.find(({ change }) => change === 'plugin.encryption')?.evidence).toMatch(/^WEAVE_PASSWORD in pod weave-net-/);
  });

  test("k3s: what its node's annotations and the sysctl listing say", async () => {
    const { cluster } = await load({ files: ['k3s-flannel-1.31'], cwd: join(sharedCases ?? '', 'dumps') });
    expect(cluster?.plugin.settings).toEqual({ subnetManager: 'kube', backend: { type: 'vxlan', vni: 1 }, ipMasq: true });
    expect(cluster?.nodes[0]?.sysctls).toMatchObject({ 'net.ipv4.ip_forward': 1 });
    expect(cluster?.nodes[0]?.place).toMatchObject({ file: 'k3s-flannel-1.31/cluster-resources/nodes.json' });
  });
});
