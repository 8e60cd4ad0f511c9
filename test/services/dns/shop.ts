import type { Cluster, OtherObject, Pod } from '../../../src/model/cluster.ts';
import type { Service } from '../../../src/model/service.ts';
import { answer } from '../../../src/services/dns/answer.ts';
import { type RecordType, recordText } from '../../../src/services/dns/record.ts';
import { createZone, KUBEADM_ZONE, type ZoneConfig } from '../../../src/services/dns/zone.ts';
import { createServiceTable } from '../../../src/services/table.ts';
import { cluster, ip, pod, portSpec, service, slice } from '../support.ts';

const place = { file: 'cluster.yaml', line: 1, column: 1 };

export const object = (kind: string, name: string, given: Partial<OtherObject> = {}): OtherObject => ({
  kind,
  apiVersion: 'v1',
  namespace: '',
  name,
  value: {},
  place,
  ...given,
});

const inShop = (name: string, given: Partial<Service>): Service => service({ name, namespace: 'shop', selector: { app: name }, ...given });

const podOf = (app: string, name: string, address: string, given: Partial<Pod> = {}): Pod =>
  pod({ name, namespace: 'shop', ips: [ip(address)], labels: { app }, ...given });

const pg = portSpec({ name: 'pg', port: 5432 });
const alias = (name: string, externalName: string) => inShop(name, { type: 'ExternalName', ports: [], externalName });

/** Namespaces shop, web and empty: Services of each kind in shop, api and a pod `client` in web. */
export const shop = (given: Partial<Cluster> = {}): Cluster =>
  cluster({
    others: [object('Namespace', 'empty')],
    services: [
      service({ name: 'kube-dns', namespace: 'kube-system', clusterIPs: [ip('10.96.0.10')], ports: [portSpec({ name: 'dns', port: 53, protocol: 'UDP' })] }),
      service({ name: 'api', namespace: 'web', clusterIPs: [ip('10.96.0.30')] }),
      inShop('payments', {
        clusterIPs: [ip('10.96.0.20')],
        ports: [portSpec({ name: 'http', port: 80, targetPort: 8080 }), portSpec({ name: 'grpc', port: 9000 })],
      }),
      inShop('dual', { clusterIPs: [ip('10.96.0.21'), ip('fd00:96::21')] }),
      inShop('six', { clusterIPs: [ip('fd00:96::22')] }),
      inShop('unassigned', { clusterIPs: [] }),
      inShop('db', { headless: true, ports: [pg] }),
      inShop('early', { headless: true, ports: [pg], selector: { app: 'db' }, publishNotReadyAddresses: true }),
      inShop('none', { headless: true }),
      inShop('portless', { headless: true, ports: [] }),
      inShop('both', { headless: true, ports: [portSpec({ name: 'http' })], ipFamilies: [4, 6] }),
      alias('ext', 'ext.example.com'),
      alias('inner', 'Payments.shop.svc.cluster.local.'),
      alias('twice', 'inner.shop.svc.cluster.local'),
      alias('loop', 'loop.shop.svc.cluster.local'),
      alias('ring', 'gnir.shop.svc.cluster.local'),
      alias('gnir', 'ring.shop.svc.cluster.local'),
      alias('gone', 'nothing.shop.svc.cluster.local'),
      alias('number', '203.0.113.7'),
    ],
    pods: [
      pod({ name: 'client', namespace: 'web', ips: [ip('10.1.3.5')] }),
      podOf('payments', 'payments-1', '10.1.1.4'),
      podOf('db', 'db-0', '10.1.1.10', { hostname: 'db-0', subdomain: 'db' }),
      podOf('db', 'db-1', '10.1.2.11'),
      podOf('db', 'db-2', '10.1.2.12', { ready: false }),
      podOf('none', 'none-0', '10.1.1.13', { ready: false }),
      podOf('portless', 'portless-0', '10.1.1.14'),
      podOf('both', 'both-0', '10.1.1.15', { ips: [ip('10.1.1.15'), ip('fd00:1::15')] }),
    ],
    ...given,
  });

/** One line per record, or what there is instead, as in `NXDOMAIN: there is no namespace x`. */
export const ask = (name: string, type: RecordType, { on = shop(), ...config }: Partial<ZoneConfig> & { readonly on?: Cluster } = {}): string => {
  const { rcode, records, because } = answer(createZone(on, createServiceTable(on), { domain: 'cluster.local', ...KUBEADM_ZONE, ...config }), name, type);
  return records.length > 0 ? records.map((record) => recordText(record, type)).join('\n') : `${rcode}: ${because}`;
};

export { slice };
