import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../../../src/load/index.ts';
import { resolveName } from '../../../src/services/dns/resolve.ts';
import { createServiceTable } from '../../../src/services/table.ts';
import { describeWith, needs, sharedCases } from '../../support/needs.ts';

/** Names in clusters as `kubectl` and support tools wrote them, asked for by the first pod that asks the cluster DNS. */
describeWith([needs.shared()], 'names in real dumps', () => {
  test.for<[dump: string, name: string, nameserver: string, answer: string]>([
    ['k3s-flannel-1.31', 'kube-dns.kube-system', '10.43.0.10', '10.43.0.10'],
    ['k3s-flannel-1.31', 'kubernetes.default.svc', '10.43.0.10', '10.43.0.1'],
    ['minikube-kindnet-1_35', 'kube-dns.kube-system', '10.96.0.10', '10.96.0.10'],
    ['minikube-kindnet-1_35', 'kubernetes.default.svc', '10.96.0.10', '10.96.0.1'],
    ['aws-calico-etcd-1.8', 'kube-dns.kube-system', '10.96.0.10', '10.96.0.10'],
    ['aws-calico-etcd-1.8', 'kubernetes.default.svc', '10.96.0.10', '10.96.0.1'],
  ])('%s: %s', async ([dump, name, nameserver, answer]) => {
    const { cluster } = await load({ files: [dump], cwd: join(sharedCases ?? '', 'dumps') });
    if (!cluster) throw Error('no cluster');
    const pod = cluster.pods.find(({ hostNetwork, dnsPolicy }) => !hostNetwork && dnsPolicy !== 'Default');
    if (!pod) throw Error('no pod asks the cluster DNS');
    const { resolver, steps, assumptions } = resolveName({ cluster, table: createServiceTable(cluster), client: { pod }, name, family: 4 });
    expect(resolver.nameservers).toEqual([nameserver]);
    expect(steps.at(-1)).toMatchObject({ name: `${name.replace(/\.svc$/, '')}.svc.cluster.local`, rcode: 'NOERROR', answers: [answer] });
    // Its Service and its pods are there; only the ConfigMaps are not.
    expect(assumptions.map(({ code }) => code)).toEqual(['ASSUMED_CLUSTER_DOMAIN']);
  });
});
