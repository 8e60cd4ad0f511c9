import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/model/cluster.ts';
import type { ProxySettings } from '../../src/model/service.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { type ResolvedProxy, resolveProxy } from '../../src/services/config.ts';
import { cluster, prefix, service } from './support.ts';

const withServices = (given: Partial<Cluster> = {}): Cluster => cluster({ services: [service()], ...given });
const stated = (settings: Omit<ProxySettings, 'stated'>): Partial<Cluster> => ({ proxy: { ...settings, stated: true } });
const codes = ({ assumptions }: ResolvedProxy) => assumptions.map(({ code }) => code).sort();

describe('whether kube-proxy runs', () => {
  test.for<[what: string, cluster: Cluster, override: 'ipvs' | 'none' | undefined, mode: string | undefined]>([
    ['Services, and nothing is said', withServices(), undefined, 'iptables'],
    ['no Services', cluster(), undefined, undefined],
    ['no Services, and a mode inferred', cluster({ proxy: { mode: 'ipvs', stated: false } }), undefined, undefined],
    ['no Services, and a mode stated', cluster(stated({ mode: 'nftables' })), undefined, 'nftables'],
    ['no Services, and a mode asked for', cluster(), 'ipvs', 'ipvs'],
    ['none', withServices(stated({ mode: 'none' })), undefined, undefined],
    ['none, and a mode asked for', withServices(stated({ mode: 'none' })), 'ipvs', 'ipvs'],
    ['a mode, and none asked for', withServices(stated({ mode: 'ipvs' })), 'none', undefined],
    ['settings without a mode', withServices(stated({ masqueradeAll: true })), undefined, 'iptables'],
  ])('%s', ([, given, override, mode]) => expect(resolveProxy(given, override).config?.mode).toBe(mode));
});

test("kube-proxy's defaults", () => {
  expect(resolveProxy(withServices()).config).toEqual({
    mode: 'iptables',
    detectLocal: { mode: 'ClusterCIDR' },
    clusterCIDRs: [prefix('10.1.0.0/16')],
    masqueradeAll: false,
    masqueradeMark: 0x4000,
    localhostNodePorts: true,
    nodePortAddresses: [],
    scheduler: 'rr',
    strictARP: false,
    serviceCIDRs: [prefix('10.96.0.0/12')],
  });
});

test('what is stated goes before them', () => {
  const settings = {
    mode: 'ipvs',
    detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'cali' },
    clusterCIDR: [prefix('10.9.0.0/16')],
    masqueradeAll: true,
    masqueradeBit: 31,
    localhostNodePorts: false,
    nodePortAddresses: [prefix('192.168.1.0/24')],
    scheduler: 'lc',
    strictARP: true,
  } as const;
  const { config, assumptions } = resolveProxy(withServices(stated(settings)));
  const { masqueradeBit: _bit, clusterCIDR: clusterCIDRs, ...rest } = settings;
  expect(config).toEqual({ ...rest, clusterCIDRs, masqueradeMark: 0x80000000, serviceCIDRs: [prefix('10.96.0.0/12')] });
  expect(assumptions).toEqual([]);
});

test.for<[what: string, settings: Omit<ProxySettings, 'stated'>, want: string]>([
  ['iptables: all', { mode: 'iptables' }, ''],
  ['ipvs: all', { mode: 'ipvs' }, ''],
  ['nftables: the primary one', { mode: 'nftables' }, 'primary'],
  ['nftables, an empty list: the primary one', { mode: 'nftables', nodePortAddresses: [] }, 'primary'],
  ['nftables, a list', { mode: 'nftables', nodePortAddresses: [prefix('0.0.0.0/0')] }, '0.0.0.0/0'],
  ['iptables, the primary one', { mode: 'iptables', nodePortAddresses: 'primary' }, 'primary'],
])('nodePortAddresses, %s', ([, settings, want]) => {
  const addresses = resolveProxy(withServices(stated(settings))).config?.nodePortAddresses;
  expect(typeof addresses === 'string' ? addresses : addresses?.map(formatPrefix).join()).toBe(want);
});

test.for<[what: string, settings: ProxySettings | undefined, override: 'ipvs' | undefined, want: readonly string[]]>([
  ['nothing is said', undefined, undefined, ['ASSUMED_CLUSTER_CIDR', 'ASSUMED_PROXY_MODE']],
  ['a mode asked for', undefined, 'ipvs', ['ASSUMED_CLUSTER_CIDR']],
  ['a mode stated', { mode: 'ipvs', stated: true }, undefined, ['ASSUMED_CLUSTER_CIDR']],
  ['no clusterCIDR, and known to be none', { mode: 'ipvs', clusterCIDR: [], stated: false }, undefined, []],
  ['clusterCIDR not used', { mode: 'ipvs', detectLocal: { mode: 'NodeCIDR' }, stated: true }, undefined, []],
])('assumed: %s', ([, proxy, override, want]) => {
  expect(codes(resolveProxy(withServices(proxy && { proxy }), override))).toEqual(want);
});

test('without a range of pods, no clusterCIDR', () => {
  const { config, assumptions } = resolveProxy(withServices({ subnets: { nodes: [], pods: [], services: [] } }));
  expect(config?.clusterCIDRs).toEqual([]);
  expect(assumptions.map(({ text }) => text)).toContain('kube-proxy has no clusterCIDR, for no range of pods is known: it takes no traffic for that of pods');
});

test.for<[what: string, clusterCIDR: readonly string[], pods: readonly string[], problems: number]>([
  ['holds the pods', ['10.0.0.0/8'], ['10.1.0.0/16'], 0],
  ['does not', ['10.2.0.0/16'], ['10.1.0.0/16'], 1],
  ['holds a part of them', ['10.1.0.0/17'], ['10.1.0.0/16'], 1],
  ['only the first of a family counts', ['10.2.0.0/16', '10.1.0.0/16'], ['10.1.0.0/16'], 1],
  ['is empty', [], ['10.1.0.0/16'], 0],
  ['has the families in another order', ['fd00::/16', '10.1.0.0/16'], ['10.1.0.0/16', 'fd00::/48'], 0],
])('clusterCIDR %s', ([, clusterCIDR, pods, count]) => {
  const given = { ...stated({ clusterCIDR: clusterCIDR.map(prefix) }), subnets: { nodes: [], pods: pods.map(prefix), services: [] } };
  expect(resolveProxy(withServices(given)).problems.map(({ code }) => code)).toEqual(Array(count).fill('PROXY_CLUSTER_CIDR'));
});
