import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DnsConfig } from '../../../src/model/cluster.ts';
import { type DnsSubject, dnsTypeOf, type KubeletDns, ndotsOf, type ResolvConf, resolvConfOf } from '../../../src/services/dns/resolver.ts';
import { describeWith, needs, sharedCases } from '../../support/needs.ts';

const kubelet: KubeletDns = {
  clusterDomain: 'cluster.local',
  clusterDNS: ['10.96.0.10'],
  host: { nameservers: ['192.0.2.53'], searches: ['corp.example'], options: ['edns0'] },
};

const optionOf = (text: string): DnsConfig['options'][number] => {
  const [name = '', value] = text.split(':');
  return { name, ...(value !== undefined && { value }) };
};

const own = (nameservers: string, searches = '', options = ''): DnsConfig => {
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  return { nameservers: words(nameservers), searches: words(searches), options: words(options).map(optionOf) };
};

const pod = (over: Partial<DnsSubject>): DnsSubject => ({ namespace: 'web', hostNetwork: false, ...over });

const lines = ({ nameservers, searches, options }: ResolvConf): string =>
  [
    ['nameserver', ...nameservers],
    ['search', ...searches],
    ['options', ...options],
  ]
    .filter((words) => words.length > 1)
    .map((words) => words.join(' '))
    .join('\n');

const CLUSTER = 'nameserver 10.96.0.10\nsearch web.svc.cluster.local svc.cluster.local cluster.local corp.example\noptions ndots:5';
const HOST = 'nameserver 192.0.2.53\nsearch corp.example\noptions edns0';

test.for<[what: string, pod: DnsSubject, want: string]>([
  ['no policy is ClusterFirst', pod({}), CLUSTER],
  ['ClusterFirst', pod({ dnsPolicy: 'ClusterFirst' }), CLUSTER],
  ["ClusterFirst on the host network is the node's", pod({ hostNetwork: true, dnsPolicy: 'ClusterFirst' }), HOST],
  ["no policy on the host network is the node's", pod({ hostNetwork: true }), HOST],
  ['ClusterFirstWithHostNet', pod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), CLUSTER],
  ["Default is the node's", pod({ dnsPolicy: 'Default' }), HOST],
  ['None and nothing', pod({ dnsPolicy: 'None' }), ''],
  ['None', pod({ dnsPolicy: 'None', dnsConfig: own('203.0.113.1', 'a.example', 'ndots:2') }), 'nameserver 203.0.113.1\nsearch a.example\noptions ndots:2'],
  [
    'dnsConfig adds',
    pod({ dnsConfig: own('10.96.0.10 203.0.113.1', 'a.example corp.example', 'ndots:2 debug') }),
    'nameserver 10.96.0.10 203.0.113.1\nsearch web.svc.cluster.local svc.cluster.local cluster.local corp.example a.example\noptions ndots:2 debug',
  ],
  ['three nameservers', pod({ dnsConfig: own('203.0.113.1 203.0.113.2 203.0.113.3') }), CLUSTER.replace('10.96.0.10', '10.96.0.10 203.0.113.1 203.0.113.2')],
])('%s', ([, subject, want]) => expect(lines(resolvConfOf(kubelet, subject))).toBe(want));

test.for<[what: string, kubelet: Partial<KubeletDns>, want: string]>([
  ['without an address of the cluster DNS', { clusterDNS: [] }, HOST],
  ['without a cluster domain', { clusterDomain: '' }, 'nameserver 10.96.0.10\nsearch corp.example\noptions ndots:5'],
])('a kubelet %s', ([, over, want]) => expect(lines(resolvConfOf({ ...kubelet, ...over }, pod({})))).toBe(want));

const count = (length: number, make: (i: number) => string) => Array.from({ length }, (_, i) => make(i)).join(' ');

test.for<[what: string, searches: string, kept: number, characters: number]>([
  ['32 of 33', count(33, (i) => `d${i}.a`), 32, 181],
  // Ten of 200 characters and the spaces between them are 2009; an eleventh does not fit.
  ['2048 characters', count(12, (i) => String(i).padStart(200, 'x')), 10, 2009],
  ['2048 exactly', `${count(10, (i) => String(i).padStart(200, 'x'))} ${'y'.repeat(38)}`, 11, 2048],
  ['2049', `${count(10, (i) => String(i).padStart(200, 'x'))} ${'y'.repeat(39)}`, 10, 2009],
  ['none over 253', `${'x'.repeat(253)} ${'y'.repeat(254)} z`, 2, 255],
])('search domains: %s', ([, searches, kept, characters]) => {
  const conf = resolvConfOf(kubelet, pod({ dnsPolicy: 'None', dnsConfig: own('203.0.113.1', searches) }));
  expect([conf.searches.length, conf.searches.join(' ').length]).toEqual([kept, characters]);
});

test.for<[options: string, want: number]>([
  ['', 1],
  ['ndots:5', 5],
  ['debug ndots:2', 2],
  ['ndots:0', 0],
  ['ndots:99', 15],
  ['ndots:', 1],
])('options "%s" mean ndots %d', ([options, want]) => expect(ndotsOf({ nameservers: [], searches: [], options: options.split(' ') })).toBe(want));

type Cases = {
  readonly resolvConf: {
    readonly cases: readonly {
      readonly name: string;
      readonly namespace: string;
      readonly clusterDomain: string;
      readonly clusterDNS: readonly string[];
      readonly hostResolvConf: Omit<ResolvConf, 'options'>;
      readonly hostNetwork: boolean;
      readonly dnsPolicy: string;
      readonly dnsConfig: (Omit<DnsConfig, 'options'> & { readonly options: readonly string[] }) | null;
      readonly expect: ResolvConf;
    }[];
  };
  readonly dnsType: { readonly cases: readonly { readonly dnsPolicy: string; readonly hostNetwork: boolean; readonly expect: string }[] };
};

describeWith([needs.shared()], "kubelet's own test cases", () => {
  const { podDNS }: { readonly podDNS: Cases } = JSON.parse(readFileSync(join(sharedCases ?? '', 'kubeproxy-flows.json'), 'utf8'));

  test.for(podDNS.resolvConf.cases)('$name', ({ clusterDomain, clusterDNS, hostResolvConf, dnsConfig, expect: want, ...subject }) => {
    const dns = { clusterDomain, clusterDNS, host: { ...hostResolvConf, options: [] } };
    const conf = resolvConfOf(dns, { ...subject, ...(dnsConfig && { dnsConfig: { ...dnsConfig, options: dnsConfig.options.map(optionOf) } }) });
    expect(conf).toEqual(want);
  });

  test.for(podDNS.dnsType.cases)('$dnsPolicy, host network $hostNetwork: $expect', ({ dnsPolicy, hostNetwork, expect: want }) =>
    expect(dnsTypeOf(dnsPolicy, hostNetwork) ?? 'error').toBe(want),
  );
});
