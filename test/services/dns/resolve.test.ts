import { describe, expect, test } from 'vitest';
import type { Cluster, Pod } from '../../../src/model/cluster.ts';
import { type Family, formatIp } from '../../../src/net/ip.ts';
import type { NameQuestion, Resolution } from '../../../src/services/dns/resolution.ts';
import { resolveName } from '../../../src/services/dns/resolve.ts';
import { createServiceTable } from '../../../src/services/table.ts';
import { ip, node, pod, service } from '../support.ts';
import { object, shop } from './shop.ts';

type Over = Partial<Omit<NameQuestion, 'cluster' | 'table' | 'name' | 'family'>> & {
  readonly family?: Family | undefined;
  readonly on?: Cluster;
  readonly pod?: Partial<Pod>;
};

/** Asks in a pod `client` of namespace web, for IPv4, but for what is given. */
const resolve = (name: string, { on = shop(), pod: given = {}, ...over }: Over = {}): Resolution => {
  const client = { pod: pod({ name: 'client', namespace: 'web', ips: [ip('10.1.3.5')], ...given }) };
  const { family, ...rest } = { family: 4 as const, ...over };
  return resolveName({ cluster: on, table: createServiceTable(on), client, ...(family && { family }), ...rest, name });
};

const resultText = ({ result }: Resolution): string => {
  switch (result.kind) {
    case 'service':
      return `service ${result.service.namespace}/${result.service.name} ${result.ips.map(formatIp).join(' ')}${result.port === undefined ? '' : ` port ${result.port}`}`;
    case 'endpoints': {
      const backends = result.backends.map(({ ip, port, pod }) => `${formatIp(ip)}${port === undefined ? '' : `:${port}`}${pod ? ` (${pod.name})` : ''}`);
      return `endpoints of ${result.service.namespace}/${result.service.name} ${backends.join(', ')}`;
    }
    case 'external':
      return `external ${result.name}${result.hint === undefined ? '' : `; ${result.hint}`}`;
    case 'pod':
    case 'address':
      return `${result.kind} ${formatIp(result.ip)}`;
    case 'nothing':
      return `nothing: ${result.hint}`;
  }
};

/** One line per query, and the result. */
const lines = (resolution: Resolution): readonly string[] => [
  ...resolution.steps.map(({ name, type, rcode, answers }) => [name, type, rcode, ...answers].join(' ')),
  resultText(resolution),
];

test.for<[typed: string, want: readonly string[]]>([
  ['api', ['api.web.svc.cluster.local A NOERROR 10.96.0.30', 'service web/api 10.96.0.30']],
  [
    'payments.shop',
    ['payments.shop.web.svc.cluster.local A NXDOMAIN', 'payments.shop.svc.cluster.local A NOERROR 10.96.0.20', 'service shop/payments 10.96.0.20'],
  ],
  [
    'payments.shop.svc',
    [
      'payments.shop.svc.web.svc.cluster.local A NXDOMAIN',
      'payments.shop.svc.svc.cluster.local A NXDOMAIN',
      'payments.shop.svc.cluster.local A NOERROR 10.96.0.20',
      'service shop/payments 10.96.0.20',
    ],
  ],
  [
    'payments.shop.svc.cluster.local',
    [
      'payments.shop.svc.cluster.local.web.svc.cluster.local A NXDOMAIN',
      'payments.shop.svc.cluster.local.svc.cluster.local A NXDOMAIN',
      'payments.shop.svc.cluster.local.cluster.local A NXDOMAIN',
      'payments.shop.svc.cluster.local A NOERROR 10.96.0.20',
      'service shop/payments 10.96.0.20',
    ],
  ],
  ['payments.shop.svc.cluster.local.', ['payments.shop.svc.cluster.local A NOERROR 10.96.0.20', 'service shop/payments 10.96.0.20']],
  [
    'payments.svc',
    [
      'payments.svc.web.svc.cluster.local A NXDOMAIN',
      'payments.svc.svc.cluster.local A NXDOMAIN',
      'payments.svc.cluster.local A NXDOMAIN',
      'payments.svc A FORWARDED',
      'nothing: payments.svc is a Service payments in a namespace svc, which does not exist; did you mean payments.shop or svc/payments.shop?',
    ],
  ],
  [
    'db-0.db.shop',
    ['db-0.db.shop.web.svc.cluster.local A NXDOMAIN', 'db-0.db.shop.svc.cluster.local A NOERROR 10.1.1.10', 'endpoints of shop/db 10.1.1.10 (db-0)'],
  ],
  [
    '_http._tcp.payments.shop',
    [
      '_http._tcp.payments.shop.web.svc.cluster.local SRV NXDOMAIN',
      '_http._tcp.payments.shop.svc.cluster.local SRV NOERROR 0 100 80 payments.shop.svc.cluster.local',
      'service shop/payments 10.96.0.20 port 80',
    ],
  ],
  [
    'db.shop',
    [
      'db.shop.web.svc.cluster.local A NXDOMAIN',
      'db.shop.svc.cluster.local A NOERROR 10.1.1.10 10.1.2.11',
      'endpoints of shop/db 10.1.1.10 (db-0), 10.1.2.11 (db-1)',
    ],
  ],
  [
    'inner.shop.svc.cluster.local.',
    ['inner.shop.svc.cluster.local A NOERROR CNAME payments.shop.svc.cluster.local 10.96.0.20', 'service shop/payments 10.96.0.20'],
  ],
  ['ext.shop.svc.cluster.local.', ['ext.shop.svc.cluster.local A NOERROR CNAME ext.example.com', 'external ext.example.com']],
  ['10-1-9-9.web.pod.cluster.local.', ['10-1-9-9.web.pod.cluster.local A NOERROR 10.1.9.9', 'pod 10.1.9.9']],
  [
    'www.example.com',
    [
      'www.example.com.web.svc.cluster.local A NXDOMAIN',
      'www.example.com.svc.cluster.local A NXDOMAIN',
      'www.example.com.cluster.local A NXDOMAIN',
      'www.example.com A FORWARDED',
      'external www.example.com',
    ],
  ],
  ['www.example.com.', ['www.example.com A FORWARDED', 'external www.example.com']],
  // Five dots: as it is comes first.
  [
    'a.b.c.d.example.com',
    [
      'a.b.c.d.example.com A FORWARDED',
      'a.b.c.d.example.com.web.svc.cluster.local A NXDOMAIN',
      'a.b.c.d.example.com.svc.cluster.local A NXDOMAIN',
      'a.b.c.d.example.com.cluster.local A NXDOMAIN',
      'external a.b.c.d.example.com',
    ],
  ],
  ['10.96.0.20', ['address 10.96.0.20']],
  ['localhost', ['localhost A NOERROR 127.0.0.1', 'address 127.0.0.1']],
  // Its own host name stands in /etc/hosts.
  ['client', ['client A NOERROR 10.1.3.5', 'address 10.1.3.5']],
])('%s in namespace web', ([typed, want]) => expect(lines(resolve(typed))).toEqual(want));

test.for<[typed: string, family: 4 | 6 | undefined, want: readonly string[]]>([
  [
    'dual.shop.svc.cluster.local.',
    undefined,
    ['dual.shop.svc.cluster.local A NOERROR 10.96.0.21', 'dual.shop.svc.cluster.local AAAA NOERROR fd00:96::21', 'service shop/dual 10.96.0.21 fd00:96::21'],
  ],
  ['dual.shop.svc.cluster.local.', 6, ['dual.shop.svc.cluster.local AAAA NOERROR fd00:96::21', 'service shop/dual fd00:96::21']],
  [
    'six.shop.svc.cluster.local.',
    undefined,
    ['six.shop.svc.cluster.local A NODATA', 'six.shop.svc.cluster.local AAAA NOERROR fd00:96::22', 'service shop/six fd00:96::22'],
  ],
  ['six.shop.svc.cluster.local.', 4, ['six.shop.svc.cluster.local A NODATA', 'nothing: Service six has no IPv4 address']],
  [
    'both.shop.svc.cluster.local.',
    undefined,
    [
      'both.shop.svc.cluster.local A NOERROR 10.1.1.15',
      'both.shop.svc.cluster.local AAAA NOERROR fd00:1::15',
      'endpoints of shop/both 10.1.1.15 (both-0), fd00:1::15 (both-0)',
    ],
  ],
  [
    '_http._tcp.both.shop.svc.cluster.local.',
    6,
    [
      '_http._tcp.both.shop.svc.cluster.local SRV NOERROR 0 50 80 10-1-1-15.both.shop.svc.cluster.local 0 50 80 fd00-1--15.both.shop.svc.cluster.local',
      'endpoints of shop/both [fd00:1::15]:80 (both-0)',
    ],
  ],
])('%s for family %s', ([typed, family, want]) => {
  const { steps, result, ...rest } = resolve(typed, { family });
  expect(lines({ ...rest, steps, result }).map((line) => line.replace('fd00:1::15:80', '[fd00:1::15]:80'))).toEqual(want);
});

const last = (typed: string, over?: Over): string | undefined => lines(resolve(typed, over)).at(-1);

const ofHost = { name: 'client', namespace: 'web', hostNetwork: true } as const;
const own = (nameservers: readonly string[], options: { name: string; value?: string }[] = [], searches: readonly string[] = []) => ({
  nameservers,
  searches,
  options,
});

describe('who asks', () => {
  test.for<[what: string, typed: string, over: Over, want: readonly string[]]>([
    [
      'ClusterFirst on the host network knows no names of the cluster',
      'payments.shop.svc.cluster.local',
      { pod: ofHost },
      [
        'payments.shop.svc.cluster.local A NXDOMAIN',
        "nothing: pod client is on the host network, where dnsPolicy ClusterFirst means the node's nameservers; set dnsPolicy: ClusterFirstWithHostNet",
      ],
    ],
    [
      'nor short ones',
      'payments.shop',
      { pod: ofHost },
      [
        'payments.shop A FORWARDED',
        "nothing: pod client is on the host network, where dnsPolicy ClusterFirst means the node's nameservers; set dnsPolicy: ClusterFirstWithHostNet",
      ],
    ],
    ['but those of the world', 'www.example.com', { pod: ofHost }, ['www.example.com A FORWARDED', 'external www.example.com']],
    [
      'ClusterFirstWithHostNet',
      'api',
      { pod: { ...ofHost, dnsPolicy: 'ClusterFirstWithHostNet' } },
      ['api.web.svc.cluster.local A NOERROR 10.96.0.30', 'service web/api 10.96.0.30'],
    ],
    [
      'Default',
      'api',
      { pod: { dnsPolicy: 'Default' } },
      ['api A FORWARDED', "nothing: pod client has dnsPolicy Default, which means the node's nameservers; set dnsPolicy: ClusterFirst"],
    ],
    [
      'None with a server outside',
      'api.web.svc.cluster.local',
      { pod: { dnsPolicy: 'None', dnsConfig: own(['203.0.113.53']) } },
      [
        'api.web.svc.cluster.local A NXDOMAIN',
        'nothing: pod client asks 203.0.113.53 and not the cluster DNS; set dnsPolicy: ClusterFirst, or its dnsConfig.nameservers',
      ],
    ],
    [
      'None with another server inside: it may know',
      'api.web.svc.cluster.local',
      { pod: { dnsPolicy: 'None', dnsConfig: own(['10.96.7.7']) } },
      ['api.web.svc.cluster.local A FORWARDED', 'external api.web.svc.cluster.local'],
    ],
    [
      'None with the cluster DNS',
      'api.web.svc.cluster.local',
      { pod: { dnsPolicy: 'None', dnsConfig: own(['10.96.0.10']) } },
      ['api.web.svc.cluster.local A NOERROR 10.96.0.30', 'service web/api 10.96.0.30'],
    ],
    [
      'None with the cache on each node',
      'api.web.svc.cluster.local',
      { pod: { dnsPolicy: 'None', dnsConfig: own(['169.254.20.10']) } },
      ['api.web.svc.cluster.local A NOERROR 10.96.0.30', 'service web/api 10.96.0.30'],
    ],
    ['None without a server', 'api', { pod: { dnsPolicy: 'None' } }, ['nothing: pod client has no nameserver; give it dnsConfig.nameservers']],
    [
      'a node',
      'api.web.svc.cluster.local',
      { client: { node: node('node-1') } },
      ['api.web.svc.cluster.local A NXDOMAIN', 'nothing: only pods ask the cluster DNS; name the Service as svc/NAME, or its address'],
    ],
    // On the host network /etc/hosts is the node's.
    [
      'no host name of its own',
      'client',
      { pod: { ...ofHost, dnsPolicy: 'ClusterFirstWithHostNet' } },
      [
        'client.web.svc.cluster.local A NXDOMAIN',
        'client.svc.cluster.local A NXDOMAIN',
        'client.cluster.local A NXDOMAIN',
        'client A FORWARDED',
        'nothing: there is no Service client in namespace web; client is a pod, and pods have no such name',
      ],
    ],
    ['a pod that has the name of a Service finds itself', 'api', { pod: { name: 'api' } }, ['api A NOERROR 10.1.3.5', 'address 10.1.3.5']],
    [
      'and by its whole name',
      'box.inner.web.svc.cluster.local',
      { pod: { hostname: 'box', subdomain: 'inner' } },
      ['box.inner.web.svc.cluster.local A NOERROR 10.1.3.5', 'address 10.1.3.5'],
    ],
  ])('%s: %s', ([, typed, over, want]) => expect(lines(resolve(typed, over))).toEqual(want));

  test.for<[what: string, over: Over, nameserver: string, source: string]>([
    ['a pod', {}, '10.96.0.10', 'dnsPolicy ClusterFirst'],
    ['with dnsConfig', { pod: { dnsConfig: own([], [{ name: 'ndots', value: '2' }]) } }, '10.96.0.10', 'dnsPolicy ClusterFirst, with dnsConfig'],
    ['on the host network', { pod: ofHost }, "the node's", "dnsPolicy ClusterFirst on the host network: the node's resolv.conf"],
    ['a node', { client: {} }, "the node's", "the node's resolv.conf"],
  ])('the resolver of %s', ([, over, nameserver, source]) => {
    expect(resolve('x', over).resolver).toMatchObject({ nameservers: [nameserver], source });
  });
});

describe('ndots and the C library', () => {
  const ndots = (value: string) => ({ pod: { dnsConfig: own([], [{ name: 'ndots', value }]) } });

  test.for<[what: string, typed: string, over: Over, want: readonly string[]]>([
    [
      'ndots:1 asks for a name with a dot as it is first',
      'payments.shop',
      ndots('1'),
      [
        'payments.shop A FORWARDED',
        'payments.shop.web.svc.cluster.local A NXDOMAIN',
        'payments.shop.svc.cluster.local A NOERROR 10.96.0.20',
        'service shop/payments 10.96.0.20',
      ],
    ],
    ['but not for one without', 'api', ndots('1'), ['api.web.svc.cluster.local A NOERROR 10.96.0.30', 'service web/api 10.96.0.30']],
    [
      'ndots:4 finds a whole name at once',
      'payments.shop.svc.cluster.local',
      ndots('4'),
      ['payments.shop.svc.cluster.local A NOERROR 10.96.0.20', 'service shop/payments 10.96.0.20'],
    ],
    [
      'musl has no search domains for a name with ndots dots',
      'payments.shop',
      { ...ndots('1'), libc: 'musl' },
      ['payments.shop A FORWARDED', 'nothing: glibc finds payments.shop by a search domain, and musl does not with ndots:1'],
    ],
    [
      'musl searches like glibc otherwise',
      'payments.shop',
      { libc: 'musl' },
      ['payments.shop.web.svc.cluster.local A NXDOMAIN', 'payments.shop.svc.cluster.local A NOERROR 10.96.0.20', 'service shop/payments 10.96.0.20'],
    ],
    // A namespace `shop` answers for shop.svc.cluster.local: glibc asks on, musl takes that for the end.
    [
      'glibc goes on after NODATA',
      'shop',
      { pod: { dnsConfig: own([], [], ['example.com']) } },
      [
        'shop.web.svc.cluster.local A NXDOMAIN',
        'shop.svc.cluster.local A NODATA',
        'shop.cluster.local A NXDOMAIN',
        'shop.example.com A FORWARDED',
        'shop A FORWARDED',
        'external shop.example.com; there is no Service shop in namespace web',
      ],
    ],
    [
      'musl stops there',
      'shop',
      { pod: { dnsConfig: own([], [], ['example.com']) }, libc: 'musl' },
      ['shop.web.svc.cluster.local A NXDOMAIN', 'shop.svc.cluster.local A NODATA', 'nothing: there is no Service shop in namespace web'],
    ],
    [
      'no-tld-query',
      'nowhere',
      { pod: { dnsConfig: own([], [{ name: 'no-tld-query' }]) } },
      [
        'nowhere.web.svc.cluster.local A NXDOMAIN',
        'nowhere.svc.cluster.local A NXDOMAIN',
        'nowhere.cluster.local A NXDOMAIN',
        'nothing: there is no Service nowhere in namespace web',
      ],
    ],
  ])('%s: %s', ([, typed, over, want]) => expect(lines(resolve(typed, over))).toEqual(want));
});

const withServices = (...names: readonly string[]): Cluster => {
  const on = shop();
  const more = names.map((key) => {
    const [namespace = '', name = ''] = key.split('/');
    return service({ namespace, name, clusterIPs: [ip('10.96.9.9')] });
  });
  return { ...on, services: [...on.services, ...more] };
};

describe('slips', () => {
  test.for<[typed: string, want: string]>([
    ['apl', 'there is no Service apl in namespace web; did you mean api?'],
    ['payments', 'there is no Service payments in namespace web; did you mean payments.shop?'],
    ['payment', 'there is no Service payment in namespace web; did you mean payments.shop?'],
    ['payment.shop', 'there is no Service payment in namespace shop; did you mean payments.shop?'],
    ['payments.shopp.svc', 'there is no namespace shopp; did you mean payments.shop?'],
    ['payments.web', 'there is no Service payments in namespace web; did you mean payments.shop?'],
    ['payments.shop.svc.cluster.locl', 'the cluster domain is cluster.local, not cluster.locl; did you mean payments.shop.svc.cluster.local?'],
    ['payments.shop.svc.cluster', 'the cluster domain is cluster.local, not cluster; did you mean payments.shop.svc.cluster.local?'],
    ['api.svc', 'api.svc is a Service api in a namespace svc, which does not exist; did you mean api.web or svc/api?'],
    ['none.shop', 'Service none has no ready endpoint'],
    ['number.shop', 'externalName of Service number is an address'],
    ['gone.shop', 'Service gone is an ExternalName of nothing.shop.svc.cluster.local, which has no address'],
    ['db-7.db.shop', 'Service db has no ready endpoint db-7; its ready endpoints are db-0, 10-1-2-11'],
    ['db-1.db.shop', 'Service db has no ready endpoint db-1; pod db-1 has this name only with hostname: db-1 and subdomain: db in its spec'],
    ['db-0.bd.shop', 'there is no Service bd in namespace shop; did you mean db-0.db.shop?'],
    ['_web._tcp.payments.shop', 'Service payments has no port web of protocol tcp'],
    ['payments-1.shop', 'there is no Service payments-1 in namespace shop; payments-1 is a pod, and pods have no such name'],
  ])('%s', ([typed, want]) => expect(last(typed)).toBe(`nothing: ${want}`));

  test('x.svc where a namespace svc exists', () => {
    const on = withServices('svc/payments');
    expect(last('payments.svc', { on })).toBe('service svc/payments 10.96.9.9');
    expect(last('paymnts.svc', { on })).toBe('nothing: there is no Service paymnts in namespace svc; did you mean payments.svc?');
  });

  test('a name that could be one outside keeps its hint where a search domain made it', () => {
    const over = { pod: { dnsConfig: own([], [], ['corp.example']) } };
    expect(last('apl', over)).toBe('external apl.corp.example; there is no Service apl in namespace web; did you mean api?');
  });

  test('without the dump of default and kube-system', () => {
    const on = { ...shop(), services: [] };
    expect(last('kubernetes.default', { on })).toBe('address 10.96.0.1');
    expect(last('kube-dns.kube-system', { on })).toBe('address 10.96.0.10');
    expect(resolve('kubernetes.default', { on }).assumptions.map(({ code }) => code)).toEqual([
      'ASSUMED_CLUSTER_DOMAIN',
      'ASSUMED_CLUSTER_DNS',
      'ASSUMED_API_SERVICE',
    ]);
  });
});

describe('what is known of the cluster DNS', () => {
  const corefile = (text: string) => object('ConfigMap', 'coredns', { namespace: 'kube-system', value: { data: { Corefile: text } } });
  const kubelet = (text: string) => object('ConfigMap', 'kubelet-config', { namespace: 'kube-system', value: { data: { kubelet: text } } });
  const KUBEADM = `.:53 {
    errors
    kubernetes k8s.example in-addr.arpa ip6.arpa { # names
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . /etc/resolv.conf
}`;

  test('the domain stands in the Corefile', () => {
    const on = shop({ others: [corefile(KUBEADM)] });
    expect(lines(resolve('api', { on }))).toEqual(['api.web.svc.k8s.example A NOERROR 10.96.0.30', 'service web/api 10.96.0.30']);
    expect(resolve('api', { on }).assumptions.map(({ code }) => code)).toEqual(['ASSUMED_CLUSTER_DNS_RUNS']);
  });

  test('kubelet says another: its pods then ask for names that nobody has', () => {
    const on = shop({ others: [corefile(KUBEADM), kubelet('kind: KubeletConfiguration\nclusterDNS:\n- 10.96.0.10\nclusterDomain: cluster.local\n')] });
    expect(lines(resolve('api', { on }))).toEqual([
      'api.web.svc.cluster.local A FORWARDED',
      'api.svc.cluster.local A FORWARDED',
      'api.cluster.local A FORWARDED',
      'api A FORWARDED',
      'nothing: pods search below cluster.local, and CoreDNS answers for k8s.example',
    ]);
  });

  test('kubelet names a server that is not there', () => {
    const on = shop({ others: [kubelet('clusterDNS:\n  - "10.43.0.10"\nclusterDomain: "cluster.local"\n')] });
    expect(resolve('api', { on }).resolver.nameservers).toEqual(['10.43.0.10']);
    expect(last('api', { on })).toBe('nothing: pods ask 10.43.0.10, and the cluster DNS is 10.96.0.10');
  });
});
