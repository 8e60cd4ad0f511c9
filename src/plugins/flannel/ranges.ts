import { addToIp, formatIp, type Ip, isUnspecified } from '../../net/ip.ts';
import { contains, lastOf, networkOf, type Prefix, prefixOf } from '../../net/prefix.ts';

/** Which subnets the etcd manager may lease: all of `len` bits from `min` to `max`. */
export type SubnetRange = { readonly len: number; readonly min: Ip; readonly max: Ip };

type Asked = { readonly len: number; readonly min: Ip | undefined; readonly max: Ip | undefined };

/** The size rules per family (flannel-io/flannel:pkg/subnet/config.go, CheckNetworkConfig). */
const rules = {
  4: { key: '', width: 32, longest: 30, usual: 24, usualUpTo: 22, smallestNetwork: 28 },
  6: { key: 'IPv6', width: 128, longest: 126, usual: 64, usualUpTo: 62, smallestNetwork: 124 },
} as const;

/** Fills in SubnetLen, SubnetMin and SubnetMax; undefined, with one error, where flanneld refuses them. */
export const subnetRange = (
  network: Prefix,
  asked: Asked,
  error: (message: string, hint?: string) => void,
): SubnetRange | undefined => {
  const rule = rules[typeof network.addr === 'number' ? 4 : 6];
  const refuse = (message: string, hint?: string) => {
    error(message, hint);
    return undefined;
  };
  if (asked.len === 0 && network.len > rule.smallestNetwork) {
    return refuse(
      `${rule.key}Network is too small: at most /${rule.smallestNetwork}`,
      'four subnets of four addresses must fit',
    );
  }
  if (asked.len > rule.longest) return refuse(`${rule.key}SubnetLen ${asked.len} is over ${rule.longest}`);
  if (asked.len !== 0 && asked.len < network.len + 2) {
    return refuse(`${rule.key}SubnetLen ${asked.len} gives fewer than four subnets`, `at least ${network.len + 2}`);
  }
  const len = asked.len || (network.len <= rule.usualUpTo ? rule.usual : network.len + 2);

  // The first subnet is never leased by default: its base address is the network's own (pkg/subnet/config.go).
  const second = addToIp(lastOf(prefixOf(network.addr, len)), 1);
  const last = networkOf(lastOf(network), len);
  const ends = { Min: asked.min, Max: asked.max };
  for (const [end, ip] of Object.entries(ends)) {
    const key = `${rule.key}Subnet${end}`;
    if (ip === undefined || isUnspecified(ip)) continue;
    if (!contains(network, ip)) return refuse(`${key} ${formatIp(ip)} is not in ${rule.key}Network`);
    if (networkOf(ip, len) !== ip) {
      return refuse(
        `${key} ${formatIp(ip)} is not the first address of a /${len}`,
        `for example ${formatIp(networkOf(ip, len))}`,
      );
    }
  }
  const orElse = (ip: Ip | undefined, otherwise: Ip) => (ip === undefined || isUnspecified(ip) ? otherwise : ip);
  return { len, min: orElse(asked.min, second), max: orElse(asked.max, last) };
};
