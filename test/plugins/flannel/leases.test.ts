import { describe, expect, test } from 'vitest';
import { formatIp, parseIp } from '../../../src/net/ip.ts';
import { formatPrefix, parsePrefix } from '../../../src/net/prefix.ts';
import { type Allocation, allocateSubnets } from '../../../src/plugins/flannel/allocate.ts';
import { type Lease, parseFlannelStore, parseSubnetKey, subnetKey } from '../../../src/plugins/flannel/leases.ts';
import { parseNetConf } from '../../../src/plugins/flannel/netconf.ts';
import { subnetEnv } from '../../../src/plugins/flannel/subnet-env.ts';

const P = '/coreos.com/network';
const ip = (text: string) => parseIp(text)!;
const prefix = (text: string) => parsePrefix(text)!;
const shown = (messages: readonly { severity: string; message: string }[]) => messages.map((p) => `${p.severity}: ${p.message}`);

describe('the key of a lease', () => {
  test.for([
    ['/coreos.com/network/subnets/10.1.15.0-24', '10.1.15.0/24', undefined],
    ['/coreos.com/network/subnets/10.5.34.0-24&fd00:5:0:22::-64', '10.5.34.0/24', 'fd00:5:0:22::/64'],
    ['/elsewhere/10.1.15.0-24', '10.1.15.0/24', undefined],
    // Lengths are read into 5 and 7 bits.
    ['subnets/10.1.15.0-31', '10.1.15.0/31', undefined],
    ['subnets/10.1.15.0-32', undefined, undefined],
    ['subnets/10.1.15.0-24&fd00::-127', '10.1.15.0/24', 'fd00::/127'],
    ['subnets/10.1.15.0-24&fd00::-128', undefined, undefined],
    // Not this syntax.
    ['subnets/10.1.15.0/24', undefined, undefined],
    ['subnets/10.1.15.0-24/more', undefined, undefined],
    ['subnets/10.1.300.0-24', undefined, undefined],
    ['subnets/010.1.15.0-24', undefined, undefined],
    ['subnets/fd00:5::-64', undefined, undefined],
    // The expression wants lower case, and is anchored behind only.
    ['subnets/10.1.15.0-24&FD00::-64', undefined, undefined],
  ] as const)('%s: %s %s', ([key, subnet, subnet6]) => {
    const parsed = parseSubnetKey(key);
    expect(parsed && formatPrefix(parsed.subnet)).toBe(subnet);
    expect(parsed?.subnet6 && formatPrefix(parsed.subnet6)).toBe(subnet6);
  });

  test.for([
    ['10.1.15.0/24', undefined, 'subnets/10.1.15.0-24'],
    ['10.5.34.0/24', 'fd00:5:0:22::/64', 'subnets/10.5.34.0-24&fd00:5:0:22::-64'],
  ] as const)('%s %s is written %s', ([subnet, subnet6, key]) => {
    expect(subnetKey(prefix(subnet), subnet6 === undefined ? undefined : prefix(subnet6))).toBe(key);
  });
});

describe('the value of a lease', () => {
  const read = (value: string, leaseId = '7587') =>
    parseFlannelStore(P, [
      { key: `${P}/config`, value: '{"Network":"10.1.0.0/16"}', leaseId: '0' },
      { key: `${P}/subnets/10.1.15.0-24`, value, leaseId },
    ]);

  test.for([
    ['udp before dual stack', '{"PublicIP":"192.168.1.11"}', '192.168.1.11', undefined, '', undefined],
    ['udp', '{"PublicIP":"192.168.1.11","PublicIPv6":null}', '192.168.1.11', undefined, '', undefined],
    ['host-gw', '{"PublicIP":"192.168.1.11","PublicIPv6":null,"BackendType":"host-gw"}', '192.168.1.11', undefined, 'host-gw', undefined],
    [
      'vxlan',
      '{"PublicIP":"192.168.64.3","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"c6:d2:32:6f:8f:44"}}',
      '192.168.64.3',
      undefined,
      'vxlan',
      { VNI: 1, VtepMAC: 'c6:d2:32:6f:8f:44' },
    ],
    [
      'wireguard',
      '{"PublicIP":"1.2.3.4","PublicIPv6":"fd00::1","BackendType":"wireguard","BackendData":{"PublicKey":"k","Port":51820}}',
      '1.2.3.4',
      'fd00::1',
      'wireguard',
      { PublicKey: 'k', Port: 51820 },
    ],
    ['field names in any case', '{"publicip":"1.2.3.4","BACKENDTYPE":"ipip","backenddata":null}', '1.2.3.4', undefined, 'ipip', null],
  ] as const)('%s', ([, value, publicIp, publicIp6, backendType, backendData]) => {
    const { leases, problems } = read(value);
    expect(problems).toEqual([]);
    expect(leases).toHaveLength(1);
    const lease = leases[0]!;
    expect(lease.publicIp !== undefined && formatIp(lease.publicIp)).toBe(publicIp);
    expect(lease.publicIp6 === undefined ? undefined : formatIp(lease.publicIp6)).toBe(publicIp6);
    expect([lease.backendType, lease.backendData, lease.backendV6Data]).toEqual([backendType, backendData, undefined]);
    expect([lease.reservation, lease.value]).toEqual([false, value]);
  });

  test('a key without an etcd lease is a reservation', () => {
    expect(read('{"PublicIP":"192.168.1.11"}', '0').leases[0]?.reservation).toBe(true);
  });

  test.for([
    ['', 'is not JSON'],
    ['not json', 'is not JSON'],
    ['[]', 'the value is a list, not an object'],
    ['"192.168.1.11"', 'the value is the string "192.168.1.11", not an object'],
    ['{"PublicIP":"192.168.1"}', 'PublicIP "192.168.1" is not an IPv4 address'],
    ['{"PublicIP":null}', 'PublicIP null is not an IPv4 address'],
    ['{"PublicIP":"fd00::1"}', 'PublicIP "fd00::1" is not an IPv4 address'],
    ['{"PublicIP":"1.2.3.4","PublicIPv6":"x"}', 'PublicIPv6 "x" is not an IPv6 address'],
    ['{"PublicIP":"1.2.3.4","BackendType":5}', 'BackendType is 5, not a string'],
  ] as const)('%s is skipped with one warning', ([value, why]) => {
    const { leases, problems } = read(value);
    expect(leases).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'warning', code: 'FLANNEL_LEASE_INVALID' });
    expect(problems[0]?.message).toContain(`${P}/subnets/10.1.15.0-24: `);
    expect(problems[0]?.message).toContain(why);
    expect(problems[0]?.message).toContain('flanneld ignores this lease');
  });

  test('without a public address nobody can send there', () => {
    const { leases, problems } = read('{}');
    expect(leases[0]).not.toHaveProperty('publicIp');
    expect(problems.map((p) => p.code)).toEqual(['FLANNEL_LEASE_NO_PUBLIC_IP']);
  });
});

describe('what lies under the prefix', () => {
  const kv = (key: string, value: string) => ({ key, value, leaseId: '0' });
  test.for([
    [[], [`error: ${P}/config: no such key; flanneld waits for it`]],
    [
      [kv(`${P}/config`, '{"Network":"10.1.0.0/16"}'), kv(`${P}/blue/config`, '{}')],
      [`warning: ${P}/blue/config: flanneld reads neither a config nor a lease there`],
    ],
    [
      [kv(`${P}/config`, '{"Network":"10.1.0.0/16"}'), kv(`${P}/subnets/10.2.0.0-24`, '{"PublicIP":"1.2.3.4"}')],
      [`warning: ${P}/subnets/10.2.0.0-24: outside of 10.1.0.0/16, the network of the config`],
    ],
    [
      [kv(`${P}/config`, '{"Network":"10.1.0.0/16"}'), kv(`${P}/subnets/10.1.15.1-24`, '{"PublicIP":"1.2.3.4"}')],
      [`warning: ${P}/subnets/10.1.15.1-24: 10.1.15.1/24 has host bits set; flanneld ignores this lease`],
    ],
    [[kv(`${P}/config`, '{"Network":"10.1.0.0"}')], [`error: ${P}/config: Network "10.1.0.0" is not an IPv4 CIDR`]],
  ] as const)('case %#', ([kvs, problems]) => {
    expect(shown(parseFlannelStore(`${P}/`, kvs).problems)).toEqual(problems);
  });
});

describe('net-conf.json', () => {
  const udp = { type: 'udp', port: 8285 };
  test.for([
    // The sizes of the etcd manager.
    ['{"Network":"10.1.0.0/16"}', '10.1.1.0-10.1.255.0/24', udp],
    ['{"Network":"10.1.2.3/16"}', '10.1.1.0-10.1.255.0/24', udp],
    ['{"Network":"10.1.0.0/22"}', '10.1.1.0-10.1.3.0/24', udp],
    ['{"Network":"10.1.0.0/23"}', '10.1.0.128-10.1.1.128/25', udp],
    ['{"Network":"10.1.0.0/28"}', '10.1.0.4-10.1.0.12/30', udp],
    ['{"Network":"10.0.0.0/8","SubnetLen":20,"SubnetMin":"10.10.0.0","SubnetMax":"10.99.0.0"}', '10.10.0.0-10.99.0.0/20', udp],
    ['{"network":"10.1.0.0/16","subnetLEN":28,"SUBNETMIN":"10.1.0.0"}', '10.1.0.0-10.1.255.240/28', udp],
    ['{"Network":"255.0.0.0/8"}', '255.0.1.0-255.255.255.0/24', udp],
    // Backends.
    [
      '{"Network":"10.1.0.0/16","Backend":{"Type":"VXLAN"}}',
      '10.1.1.0-10.1.255.0/24',
      { type: 'vxlan', vni: 1, port: 0, gbp: false, learning: false, directRouting: false },
    ],
    [
      '{"Network":"10.1.0.0/16","Backend":{"type":"vxlan","vni":42,"PORT":4789,"mtu":1400,"gbp":true,"Learning":true,"directrouting":true}}',
      '10.1.1.0-10.1.255.0/24',
      { type: 'vxlan', vni: 42, port: 4789, mtu: 1400, gbp: true, learning: true, directRouting: true },
    ],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"udp","Port":7890}}', '10.1.1.0-10.1.255.0/24', { type: 'udp', port: 7890 }],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"host-gw"}}', '10.1.1.0-10.1.255.0/24', { type: 'host-gw' }],
    [
      '{"Network":"10.1.0.0/16","Backend":{"Type":"wireguard","PSK":"x"}}',
      '10.1.1.0-10.1.255.0/24',
      { type: 'wireguard', listenPort: 51820, listenPortV6: 51821, persistentKeepaliveInterval: 0, mode: 'separate' },
    ],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"ipip","DirectRouting":null}}', '10.1.1.0-10.1.255.0/24', { type: 'ipip', directRouting: false }],
    [
      `{"Network":"10.1.0.0/16","Backend":{"Type":"ipsec","PSK":"${'x'.repeat(96)}"}}`,
      '10.1.1.0-10.1.255.0/24',
      { type: 'ipsec', udpEncap: false, espProposal: 'aes128gcm16-sha256-prfsha256-ecp256' },
    ],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"alloc"}}', '10.1.1.0-10.1.255.0/24', { type: 'alloc' }],
  ] as const)('%s', ([text, range, backend]) => {
    const { config, problems } = parseNetConf(text, 'etcd', 'config');
    expect(problems).toEqual([]);
    const { min, max, len } = config!.subnets!;
    expect(`${formatIp(min)}-${formatIp(max)}/${len}`).toBe(range);
    expect(config?.backend).toEqual(backend);
    expect(JSON.stringify(config?.backend)).not.toContain('xxx');
  });

  test.for([
    ['2001:cafe:42::/56', {}, '2001:cafe:42:1::-2001:cafe:42:ff::/64'],
    ['2001:cafe:42::/62', {}, '2001:cafe:42:1::-2001:cafe:42:3::/64'],
    ['2001:cafe:42::/64', {}, '2001:cafe:42:0:4000::-2001:cafe:42:0:c000::/66'],
    ['2001:cafe:42::/48', { IPv6SubnetLen: 80, IPv6SubnetMin: '2001:cafe:42:8::' }, '2001:cafe:42:8::-2001:cafe:42:ffff:ffff::/80'],
  ] as const)('dual stack %s %o', ([IPv6Network, more, range]) => {
    const text = JSON.stringify({ Network: '10.1.0.0/16', EnableIPv6: true, IPv6Network, ...more, Backend: { Type: 'vxlan' } });
    const { min, max, len } = parseNetConf(text, 'etcd', 'config').config!.ipv6Subnets!;
    expect(`${formatIp(min)}-${formatIp(max)}/${len}`).toBe(range);
  });

  test.for([
    ['{', 'is not JSON'],
    ['{}', 'Network is missing'],
    ['{"Network":""}', 'Network "" is not an IPv4 CIDR'],
    ['{"Network":"10.1.0.0/29"}', 'Network is too small: at most /28'],
    ['{"Network":"10.1.0.0/16","SubnetLen":31}', 'SubnetLen 31 is over 30'],
    ['{"Network":"10.1.0.0/16","SubnetLen":17}', 'SubnetLen 17 gives fewer than four subnets'],
    ['{"Network":"10.1.0.0/16","SubnetLen":"24"}', 'SubnetLen is the string "24", not a whole number from 0'],
    ['{"Network":"10.1.0.0/16","SubnetLen":-1}', 'SubnetLen is -1, not a whole number from 0'],
    ['{"Network":"10.1.0.0/16","SubnetMin":"10.2.0.0"}', 'SubnetMin 10.2.0.0 is not in Network'],
    ['{"Network":"10.1.0.0/16","SubnetMax":"10.1.9.4"}', 'SubnetMax 10.1.9.4 is not the first address of a /24'],
    ['{"Network":"10.1.0.0/16","EnableIPv6":true,"Backend":{"Type":"vxlan"}}', 'IPv6Network is missing, and EnableIPv6 is true'],
    ['{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00::/48","Backend":{"Type":"vxlan"}}', 'EnableIPv4 is false'],
    ['{"Network":"10.1.0.0/16","Backend":{}}', 'Backend has no Type'],
    ['{"Network":"10.1.0.0/16","Backend":null}', 'Backend has no Type'],
    ['{"Network":"10.1.0.0/16","Backend":"vxlan"}', 'Backend is the string "vxlan", not an object'],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"vxlam"}}', 'Backend.Type "vxlam" is unknown'],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"aws-vpc"}}', 'Backend.Type "aws-vpc" is unknown'],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"vxlan","VNI":"1"}}', 'Backend.VNI is the string "1", not a whole number'],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"vxlan","VNI":16777216}}', 'Backend.VNI 16777216 is not between 0 and 16777215'],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"wireguard","Mode":"Auto"}}', 'Backend.Mode "Auto" is unknown'],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"ipsec","PSK":"short"}}', 'Backend.PSK is shorter than 96 characters'],
  ] as const)('%s: flanneld would not start', ([text, message]) => {
    const { config, problems } = parseNetConf(text, 'etcd', 'config');
    expect(config).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'error', code: 'FLANNEL_CONFIG_INVALID' });
    expect(problems[0]?.message).toContain(`config: ${message}`);
  });

  test.for([
    ['{"Network":"10.1.0.0/16","SubnetLenght":24}', "SubnetLenght is no key of flannel's configuration; flanneld skips it"],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"udp","VNI":1}}', 'Backend.VNI is no option of this backend; flanneld skips it'],
    ['{"Network":"10.1.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48"}', 'backend udp carries no IPv6'],
  ] as const)('%s: a warning', ([text, message]) => {
    const { config, problems } = parseNetConf(text, 'etcd', 'config');
    expect(config).toBeDefined();
    expect(shown(problems)).toEqual([`warning: config: ${message}`]);
  });

  test('the kube manager has no subnet sizes', () => {
    const { config, problems } = parseNetConf('{"Network":"10.244.0.0/29","SubnetLen":31,"Backend":{"Type":"vxlan"}}', 'kube', 'net-conf.json');
    expect(problems).toEqual([]);
    expect(config).not.toHaveProperty('subnets');
  });
});

describe('leases for nodes that start', () => {
  const lease = (subnet: string, publicIp: string, subnet6?: string): Lease => ({
    subnet: prefix(subnet),
    ...(subnet6 === undefined ? {} : { subnet6: prefix(subnet6) }),
    publicIp: ip(publicIp),
    backendType: '',
    backendData: undefined,
    backendV6Data: undefined,
    key: `${P}/subnets/${subnet}`,
    value: '',
    reservation: false,
  });
  const conf = (text: string) => parseNetConf(text, 'etcd', 'config').config!;
  const show = (a: Allocation) => (a.basis === 'out-of-subnets' ? [a.node, a.basis] : [a.node, formatPrefix(a.subnet), a.basis]);
  const node = (name: string, publicIp: string, previous?: string) => ({
    node: name,
    publicIp: ip(publicIp),
    ...(previous === undefined ? {} : { previous: { subnet: prefix(previous) } }),
  });

  test('own lease, previous subnet, then the first free ones upward', () => {
    const held = [lease('10.1.1.0/24', '192.168.1.1'), lease('10.1.3.0/24', '192.168.1.3'), lease('10.1.4.0/23', '192.168.1.99')];
    const nodes = [
      node('new-1', '192.168.1.7'),
      node('has-lease', '192.168.1.3'),
      node('had-free', '192.168.1.8', '10.1.6.0/24'),
      node('had-taken', '192.168.1.9', '10.1.1.0/24'),
      node('had-misfit', '192.168.1.10', '10.9.0.0/24'),
    ];
    expect(allocateSubnets(conf('{"Network":"10.1.0.0/16"}'), held, nodes).map(show)).toEqual([
      ['new-1', '10.1.2.0/24', 'assumed'],
      ['has-lease', '10.1.3.0/24', 'lease'],
      ['had-free', '10.1.6.0/24', 'previous'],
      ['had-taken', '10.1.7.0/24', 'assumed'],
      ['had-misfit', '10.1.8.0/24', 'assumed'],
    ]);
  });

  test('a lease that no longer fits the config is given up, and its subnet is free again', () => {
    const held = [lease('10.1.1.0/26', '192.168.1.1')];
    expect(allocateSubnets(conf('{"Network":"10.1.0.0/16"}'), held, [node('a', '192.168.1.1')]).map(show)).toEqual([['a', '10.1.1.0/24', 'assumed']]);
  });

  test('two nodes with one public address get the same lease', () => {
    const held = [lease('10.1.1.0/24', '10.0.2.15')];
    const nodes = [node('a', '10.0.2.15'), node('b', '10.0.2.15')];
    expect(allocateSubnets(conf('{"Network":"10.1.0.0/16"}'), held, nodes).map(show)).toEqual([
      ['a', '10.1.1.0/24', 'lease'],
      ['b', '10.1.1.0/24', 'lease'],
    ]);
  });

  test('three subnets for four nodes', () => {
    const nodes = ['1', '2', '3', '4'].map((n) => node(n, `192.168.1.${n}`));
    expect(allocateSubnets(conf('{"Network":"10.1.0.0/22"}'), [], nodes).map(show)).toEqual([
      ['1', '10.1.1.0/24', 'assumed'],
      ['2', '10.1.2.0/24', 'assumed'],
      ['3', '10.1.3.0/24', 'assumed'],
      ['4', 'out-of-subnets'],
    ]);
  });

  test('dual stack: both families are drawn, each past its own taken ones', () => {
    const config = conf('{"Network":"10.1.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48","Backend":{"Type":"vxlan"}}');
    const held = [lease('10.1.1.0/24', '192.168.1.1', 'fd00:0:0:2::/64')];
    const [mine, other] = allocateSubnets(config, held, [node('a', '192.168.1.1'), node('b', '192.168.1.2')]);
    expect(mine).toMatchObject({ basis: 'lease', subnet6: prefix('fd00:0:0:2::/64') });
    expect(other).toMatchObject({ basis: 'assumed', subnet: prefix('10.1.2.0/24'), subnet6: prefix('fd00:0:0:1::/64') });
  });

  test('5,000 nodes at once', () => {
    const nodes = Array.from({ length: 5000 }, (_, i) => node(`n${i}`, `172.16.${i >> 8}.${i & 255}`));
    const held = nodes.slice(0, 2500).map((n, i) => ({ ...lease(`10.${i >> 7}.${(i & 127) * 2}.0/24`, '1.2.3.4'), publicIp: n.publicIp }));
    const all = allocateSubnets(conf('{"Network":"10.0.0.0/8"}'), held, nodes);
    expect(new Set(all.map((a) => (a.basis === 'out-of-subnets' ? '' : formatPrefix(a.subnet)))).size).toBe(5000);
    expect(all.filter((a) => a.basis === 'lease').length).toBe(2499);
  });
});

describe('subnet.env', () => {
  test.for([
    [
      '{"Network":"10.244.0.0/16"}',
      { subnet: prefix('10.244.0.0/24') },
      1450,
      true,
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.0.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
    ],
    [
      '{"Network":"10.244.0.0/16","EnableIPv6":true,"IPv6Network":"2001:cafe:42::/56","Backend":{"Type":"vxlan"}}',
      { subnet: prefix('10.244.0.0/24'), subnet6: prefix('2001:cafe:42::/64') },
      1450,
      false,
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.0.1/24\nFLANNEL_IPV6_NETWORK=2001:cafe:42::/56\nFLANNEL_IPV6_SUBNET=2001:cafe:42::1/64\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=false\n',
    ],
  ] as const)('%s', ([text, lease, mtu, ipMasq, env]) => {
    expect(subnetEnv(parseNetConf(text, 'kube', 'x').config!, lease, mtu, ipMasq)).toBe(env);
  });
});
