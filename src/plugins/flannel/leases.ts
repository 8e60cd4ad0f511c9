import type { Problem } from '../../model/place.ts';
import { formatIp, type Ip, isUnspecified, parseIp } from '../../net/ip.ts';
import { covers, formatPrefix, networkOf, type Prefix } from '../../net/prefix.ts';
import { goObject } from './gojson.ts';
import { type NetConf, parseNetConf } from './netconf.ts';

/** A subnet lease as flanneld keeps it in etcd (flannel-io/flannel:pkg/lease/lease.go, pkg/subnet/etcd/registry.go). */
export type Lease = {
  readonly subnet?: Prefix;
  readonly subnet6?: Prefix;
  /** Where other nodes send this subnet's packets. */
  readonly publicIp?: Ip;
  readonly publicIp6?: Ip;
  /** As written; '' for udp, alloc and tencent-vpc, which write none. */
  readonly backendType: string;
  /** vxlan: {VNI, VtepMAC}; wireguard: {PublicKey, Port}; undefined where absent. */
  readonly backendData: unknown;
  readonly backendV6Data: unknown;
  readonly key: string;
  readonly value: string;
  /** True without an etcd lease: the key never expires (flannel's Documentation/reservations.md). */
  readonly reservation: boolean;
};

export type FlannelStore = {
  readonly config?: NetConf;
  /** In key order: the order in which a starting flanneld learns them, and so the order of the udp backend's table. */
  readonly leases: readonly Lease[];
  readonly problems: readonly Problem[];
};

type KeyValue = { readonly key: string; readonly value: string; readonly leaseId: string };

/** Reads what lies under flanneld's --etcd-prefix. Bad entries are problems, one each; the rest still counts, as it does for flanneld. */
export const parseFlannelStore = (prefix: string, kvs: readonly KeyValue[]): FlannelStore => {
  const base = prefix.replace(/\/+$/, '');
  const problems: Problem[] = [];
  const leases: Lease[] = [];
  let config: NetConf | undefined;
  let configured = false;
  for (const kv of kvs) {
    if (kv.key === `${base}/config`) {
      const read = parseNetConf(kv.value, 'etcd', kv.key);
      configured = true;
      config = read.config;
      problems.push(...read.problems);
    } else if (kv.key.startsWith(`${base}/subnets`)) {
      // Without a slash behind it, because flanneld asks etcd for that prefix.
      const lease = parseLease(kv, problems);
      if (lease) leases.push(lease);
    } else {
      problems.push(warning('FLANNEL_UNKNOWN_KEY', kv.key, 'flanneld reads neither a config nor a lease there'));
    }
  }
  if (!configured) {
    problems.push({
      severity: 'error',
      code: 'FLANNEL_CONFIG_MISSING',
      message: `${base}/config: no such key; flanneld waits for it`,
      hint: `etcdctl put ${base}/config '{"Network": "10.1.0.0/16"}'`,
    });
  }
  if (config) problems.push(...leases.flatMap((lease) => outside(lease, config)));
  return { ...(config ? { config } : {}), leases, problems };
};

const warning = (code: string, key: string, message: string): Problem => ({
  severity: 'warning',
  code,
  message: `${key}: ${message}`,
});

/** One lease; undefined, with one warning, where flanneld logs "Ignoring bad subnet node" and goes on. */
const parseLease = (kv: KeyValue, problems: Problem[]): Lease | undefined => {
  const ignore = (why: string): undefined => {
    problems.push(warning('FLANNEL_LEASE_INVALID', kv.key, `${why}; flanneld ignores this lease`));
    return undefined;
  };
  const subnets = parseSubnetKey(kv.key);
  if (!subnets) return ignore('the key names no subnet like 10.1.15.0-24');
  let bad: string | undefined;
  const json = goObject(kv.value, (_, message) => {
    bad ??= message;
  });
  const publicIp = json?.ip('PublicIP', 4);
  const publicIp6 = json?.ip('PublicIPv6', 6);
  const backendType = json?.string('BackendType', '') ?? '';
  if (!json || bad !== undefined) return ignore(bad?.startsWith('is ') ? `the value ${bad}` : (bad ?? 'no value'));
  for (const subnet of [subnets.subnet, subnets.subnet6]) {
    // flanneld takes it, but no route can be made of it: the kernel refuses host bits, and the udp table never matches.
    if (subnet && networkOf(subnet.addr, subnet.len) !== subnet.addr)
      return ignore(`${formatPrefix(subnet)} has host bits set`);
  }
  if (publicIp === undefined || isUnspecified(publicIp)) {
    problems.push(
      warning('FLANNEL_LEASE_NO_PUBLIC_IP', kv.key, 'no PublicIP, so no node can reach this subnet over IPv4'),
    );
  }
  return {
    ...subnets,
    ...(publicIp !== undefined && !isUnspecified(publicIp) ? { publicIp } : {}),
    ...(publicIp6 !== undefined ? { publicIp6 } : {}),
    backendType,
    backendData: json.raw('BackendData'),
    backendV6Data: json.raw('BackendV6Data'),
    key: kv.key,
    value: kv.value,
    reservation: kv.leaseId === '0',
  };
};

const outside = (lease: Lease, config: NetConf): readonly Problem[] =>
  (
    [
      [lease.subnet, config.network],
      [lease.subnet6, config.ipv6Network],
    ] as const
  ).flatMap(([subnet, network]) =>
    subnet && network && !covers(network, subnet)
      ? [
          warning(
            'FLANNEL_LEASE_OUTSIDE_NETWORK',
            lease.key,
            `outside of ${formatPrefix(network)}, the network of the config`,
          ),
        ]
      : [],
  );

/** The expression of flannel-io/flannel:pkg/subnet/subnet.go, to the letter: not anchored in front, dots that match anything, lower case only. */
const SUBNET_KEY = /(\d+\.\d+.\d+.\d+)-(\d+)(?:&([a-f\d:]+)-(\d+))?$/;

/** The subnets that a lease's key names. Lengths are read into 5 and 7 bits, so /32 and /128 are refused. */
export const parseSubnetKey = (key: string): { readonly subnet: Prefix; readonly subnet6?: Prefix } | undefined => {
  const [, ip4, len4, ip6, len6] = SUBNET_KEY.exec(key) ?? [];
  const addr = parseIp(ip4 ?? '');
  if (typeof addr !== 'number' || Number(len4) > 31) return undefined;
  const subnet = { addr, len: Number(len4) };
  if (ip6 === undefined) return { subnet };
  const addr6 = parseIp(ip6);
  if (typeof addr6 !== 'bigint' || Number(len6) > 127) return undefined;
  return addr6 === 0n && Number(len6) === 0 ? { subnet } : { subnet, subnet6: { addr: addr6, len: Number(len6) } };
};

/** The key of a lease below the prefix: `subnets/10.1.15.0-24`, `subnets/10.5.34.0-24&fd00:5::-64`. */
export const subnetKey = (subnet: Prefix, subnet6?: Prefix): string => {
  const part = (p: Prefix) => `${formatIp(p.addr)}-${p.len}`;
  return `subnets/${part(subnet)}${subnet6 ? `&${part(subnet6)}` : ''}`;
};
