import { describe, expect, test } from 'vitest';
import { answer } from '../../../src/services/dns/answer.ts';
import type { RecordType } from '../../../src/services/dns/record.ts';
import { createZone, KUBEADM_ZONE } from '../../../src/services/dns/zone.ts';
import { createServiceTable } from '../../../src/services/table.ts';
import { ip } from '../support.ts';
import { ask, shop, slice } from './shop.ts';

type Row = readonly [name: string, type: RecordType, want: string];

/** Names are relative to the cluster domain. */
const rows = (title: string, table: readonly Row[]) =>
  describe(title, () => {
    test.for(table)('%s %s', ([name, type, want]) => expect(ask(name === '' ? 'cluster.local' : `${name}.cluster.local`, type)).toBe(want));
  });

rows('a Service', [
  ['payments.shop.svc', 'A', '10.96.0.20'],
  ['payments.shop.svc', 'AAAA', 'NODATA: Service payments has no IPv6 address'],
  ['PAYMENTS.Shop.SVC', 'A', '10.96.0.20'],
  ['dual.shop.svc', 'A', '10.96.0.21'],
  ['dual.shop.svc', 'AAAA', 'fd00:96::21'],
  ['six.shop.svc', 'A', 'NODATA: Service six has no IPv4 address'],
  ['six.shop.svc', 'AAAA', 'fd00:96::22'],
  ['unassigned.shop.svc', 'A', 'NODATA: the input gives Service unassigned no ClusterIP'],
  // Without endpoints all the same.
  ['api.web.svc', 'A', '10.96.0.30'],
  ['payments.shop.svc', 'CNAME', 'NODATA: Service payments has no CNAME record'],
]);

rows('what is not there', [
  ['payment.shop.svc', 'A', 'NXDOMAIN: namespace shop has no Service payment'],
  ['payments.shopp.svc', 'A', 'NXDOMAIN: there is no namespace shopp'],
  ['api.empty.svc', 'A', 'NXDOMAIN: namespace empty has no Service api'],
  ['shop.svc', 'A', 'NODATA: shop is a namespace, not a Service'],
  ['empty.svc', 'A', 'NODATA: empty is a namespace, not a Service'],
  ['kube-public.svc', 'A', 'NODATA: kube-public is a namespace, not a Service'],
  ['shopp.svc', 'A', 'NXDOMAIN: there is no namespace shopp'],
  ['', 'A', 'NODATA: a part of the domain, not a name with an address'],
  ['svc', 'A', 'NODATA: a part of the domain, not a name with an address'],
  ['pod', 'A', 'NODATA: a part of the domain, not a name with an address'],
  ['shop', 'A', 'NXDOMAIN: names below cluster.local end in svc or pod, and have no more labels'],
  ['payments.shop', 'A', 'NXDOMAIN: names below cluster.local end in svc or pod, and have no more labels'],
  ['a.b.c.payments.shop.svc', 'A', 'NXDOMAIN: names below cluster.local end in svc or pod, and have no more labels'],
]);

rows('a headless Service', [
  ['db.shop.svc', 'A', '10.1.1.10\n10.1.2.11'],
  ['db.shop.svc', 'AAAA', 'NODATA: Service db has no IPv6 address'],
  ['early.shop.svc', 'A', '10.1.1.10\n10.1.2.11\n10.1.2.12'],
  ['none.shop.svc', 'A', 'NXDOMAIN: Service none has no ready endpoint'],
  ['portless.shop.svc', 'A', '10.1.1.14'],
  ['both.shop.svc', 'A', '10.1.1.15'],
  ['both.shop.svc', 'AAAA', 'fd00:1::15'],
]);

rows('an endpoint', [
  ['db-0.db.shop.svc', 'A', '10.1.1.10'],
  ['10-1-2-11.db.shop.svc', 'A', '10.1.2.11'],
  // It has a host name: that is its only label.
  ['10-1-1-10.db.shop.svc', 'A', 'NXDOMAIN: Service db has no ready endpoint 10-1-1-10'],
  ['db-1.db.shop.svc', 'A', 'NXDOMAIN: Service db has no ready endpoint db-1'],
  ['10-1-2-12.db.shop.svc', 'A', 'NXDOMAIN: Service db has no ready endpoint 10-1-2-12'],
  // The host name belongs to the Service that the pod names as its subdomain.
  ['10-1-1-10.early.shop.svc', 'A', '10.1.1.10'],
  ['fd00-1--15.both.shop.svc', 'AAAA', 'fd00:1::15'],
  ['fd00-1--15.both.shop.svc', 'A', 'NODATA: Service both has no IPv4 address'],
  // Also of a Service with a ClusterIP.
  ['10-1-1-4.payments.shop.svc', 'A', '10.1.1.4'],
  ['10-1-1-14.portless.shop.svc', 'A', '10.1.1.14'],
]);

rows('SRV', [
  ['_http._tcp.payments.shop.svc', 'SRV', '0 100 80 payments.shop.svc.cluster.local'],
  ['_grpc._tcp.payments.shop.svc', 'SRV', '0 100 9000 payments.shop.svc.cluster.local'],
  ['_http._udp.payments.shop.svc', 'SRV', 'NXDOMAIN: Service payments has no port http of protocol udp'],
  ['_web._tcp.payments.shop.svc', 'SRV', 'NXDOMAIN: Service payments has no port web of protocol tcp'],
  ['http.tcp.payments.shop.svc', 'SRV', '0 100 80 payments.shop.svc.cluster.local'],
  ['payments.shop.svc', 'SRV', '0 50 80 payments.shop.svc.cluster.local\n0 50 9000 payments.shop.svc.cluster.local'],
  ['dual.shop.svc', 'SRV', '0 50 80 dual.shop.svc.cluster.local'],
  ['_pg._tcp.db.shop.svc', 'SRV', '0 50 5432 db-0.db.shop.svc.cluster.local\n0 50 5432 10-1-2-11.db.shop.svc.cluster.local'],
  ['_x._tcp.db.shop.svc', 'SRV', 'NXDOMAIN: Service db has no ready endpoint with a port x'],
  ['portless.shop.svc', 'SRV', 'NODATA: Service portless has no ports'],
  ['ext.shop.svc', 'SRV', 'NODATA: Service ext is an ExternalName: it has no SRV record'],
  // The port chooses, the address answers.
  ['_http._tcp.payments.shop.svc', 'A', '10.96.0.20'],
]);

rows('ExternalName', [
  ['ext.shop.svc', 'A', 'CNAME ext.example.com'],
  ['ext.shop.svc', 'CNAME', 'ext.example.com'],
  ['inner.shop.svc', 'A', 'CNAME payments.shop.svc.cluster.local\n10.96.0.20'],
  ['inner.shop.svc', 'AAAA', 'NODATA: Service inner is an ExternalName of payments.shop.svc.cluster.local, which has no address'],
  ['twice.shop.svc', 'A', 'CNAME inner.shop.svc.cluster.local\nCNAME payments.shop.svc.cluster.local\n10.96.0.20'],
  ['loop.shop.svc', 'A', 'NODATA: Service loop is an ExternalName of loop.shop.svc.cluster.local, which has no address'],
  ['ring.shop.svc', 'A', 'NODATA: Service ring is an ExternalName of gnir.shop.svc.cluster.local, which has no address'],
  ['gone.shop.svc', 'A', 'NODATA: Service gone is an ExternalName of nothing.shop.svc.cluster.local, which has no address'],
  ['number.shop.svc', 'A', 'NXDOMAIN: externalName of Service number is an address'],
  ['a.ext.shop.svc', 'A', 'NXDOMAIN: Service ext is an ExternalName: it has no endpoints'],
]);

rows('a pod', [
  ['10-1-3-5.web.pod', 'A', '10.1.3.5'],
  // Insecure: whether there is such a pod is not looked at.
  ['192-0-2-1.web.pod', 'A', '192.0.2.1'],
  ['fd00-1--15.shop.pod', 'AAAA', 'fd00:1::15'],
  ['fd00-1--15.shop.pod', 'A', 'NODATA: the name has no IPv4 address'],
  ['--1.shop.pod', 'AAAA', '::1'],
  ['10-1-3-5.nowhere.pod', 'A', 'NXDOMAIN: there is no namespace nowhere'],
  ['client.web.pod', 'A', 'NXDOMAIN: client is no address with dashes'],
  ['10-1-3-256.web.pod', 'A', 'NXDOMAIN: 10-1-3-256 is no address with dashes'],
  ['web.pod', 'A', 'NODATA: web is a namespace, not a Service'],
]);

test.for<[name: string, want: string]>([
  ['20.0.96.10.in-addr.arpa', 'payments.shop.svc.cluster.local'],
  // It is an endpoint of two Services.
  ['10.1.1.10.in-addr.arpa', 'db-0.db.shop.svc.cluster.local\n10-1-1-10.early.shop.svc.cluster.local'],
  ['4.1.1.10.in-addr.arpa', '10-1-1-4.payments.shop.svc.cluster.local'],
  ['1.2.0.192.in-addr.arpa', 'FORWARDED: CoreDNS passes this on, as 192.0.2.1 belongs to no Service (fallthrough in-addr.arpa ip6.arpa)'],
  ['12.2.1.10.in-addr.arpa', '10-1-2-12.early.shop.svc.cluster.local'],
  ['1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.0.d.f.ip6.arpa', 'dual.shop.svc.cluster.local'],
  ['96.10.in-addr.arpa', 'FORWARDED: CoreDNS passes this on (fallthrough in-addr.arpa ip6.arpa)'],
])('%s PTR', ([name, want]) => expect(ask(name, 'PTR')).toBe(want));

test('names of elsewhere are passed on', () => expect(ask('payments.shop.', 'A')).toBe('FORWARDED: not below cluster.local'));

test('a domain of its own', () => {
  expect(ask('payments.shop.svc.k8s.example', 'A', { domain: 'k8s.example' })).toBe('10.96.0.20');
  expect(ask('payments.shop.svc.cluster.local', 'A', { domain: 'k8s.example' })).toBe('FORWARDED: not below k8s.example');
});

test.for<[pods: 'verified' | 'disabled', name: string, want: string]>([
  ['verified', '10-1-3-5.web.pod', '10.1.3.5'],
  ['verified', '10-1-3-5.shop.pod', 'NXDOMAIN: namespace shop has no pod with that address'],
  ['disabled', '10-1-3-5.web.pod', 'NXDOMAIN: CoreDNS gives pods no names here'],
])('pods %s: %s', ([pods, name, want]) => expect(ask(`${name}.cluster.local`, 'A', { pods })).toBe(want));

test.for<[name: string, want: string]>([
  ['payments.shop.svc', '10.96.0.20'],
  ['api.web.svc', 'NXDOMAIN: Service api has no ready endpoint, and CoreDNS ignores such'],
])('ignore empty_service: %s', ([name, want]) => expect(ask(`${name}.cluster.local`, 'A', { ignoreEmpty: true })).toBe(want));

test('endpoints of slices that the user wrote', () => {
  const endpoint = { ready: true, serving: true, terminating: false };
  const on = shop({
    slices: [
      slice({ namespace: 'shop', service: 'db', endpoints: [{ ...endpoint, addresses: [ip('192.0.2.7')], hostname: 'Old-DB' }], ports: [] }),
      slice({ namespace: 'shop', service: 'db', addressType: 'FQDN', endpoints: [{ ...endpoint, addresses: [] }] }),
    ],
  });
  expect(ask('db.shop.svc.cluster.local', 'A', { on })).toBe('192.0.2.7');
  expect(ask('old-db.db.shop.svc.cluster.local', 'A', { on })).toBe('192.0.2.7');
});

test('three endpoints share the weight', () => {
  const on = shop({
    slices: [
      slice({
        namespace: 'shop',
        service: 'db',
        endpoints: ['192.0.2.7', '192.0.2.8', '192.0.2.9'].map((text) => ({ addresses: [ip(text)], ready: true, serving: true, terminating: false })),
        ports: [{ name: 'pg', protocol: 'TCP', port: 5432 }],
      }),
    ],
  });
  expect(ask('_pg._tcp.db.shop.svc.cluster.local', 'SRV', { on }).split('\n')[0]).toBe('0 33 5432 192-0-2-7.db.shop.svc.cluster.local');
});

test("the name of the zone's own server, its lifetime, and the Service that decided", () => {
  const on = shop();
  const [dnsService] = on.services;
  const zone = createZone(on, createServiceTable(on), { domain: 'cluster.local', ...KUBEADM_ZONE }, dnsService && { dnsService });
  expect(answer(zone, 'ns.dns.cluster.local', 'A').records).toMatchObject([{ ip: ip('10.96.0.10'), ttl: 30 }]);
  expect(answer(zone, 'db-0.db.shop.svc.cluster.local', 'A')).toMatchObject({
    about: { kind: 'endpoints', service: { name: 'db' }, backends: [{ ip: ip('10.1.1.10'), pod: { namespace: 'shop', name: 'db-0' } }] },
    place: { file: 'cluster.yaml' },
  });
});
