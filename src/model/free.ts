import { addToIp, type Family, familyOf, type Ip } from '../net/ip.ts';
import { familyOfPrefix, lastOf, networkOf, overlaps, type Prefix } from '../net/prefix.ts';

/** Hands out the lowest free address of a range, upward, once through: linear however many are taken. */
export const freeAddresses = (range: Prefix, from: Ip, taken: ReadonlySet<Ip>): (() => Ip | undefined) => {
  // The last address of an IPv4 subnet is its broadcast address.
  const end = familyOfPrefix(range) === 4 ? addToIp(lastOf(range), -1) : lastOf(range);
  let at = from;
  return () => {
    while (at <= end) {
      const ip = at;
      at = addToIp(at, 1);
      if (!taken.has(ip)) return ip;
    }
    return undefined;
  };
};

/** Hands out the lowest free subnet of `len` bits in a range, upward from `min`, over whatever overlaps a taken one. */
export const freeSubnets = (
  range: Prefix,
  len: number,
  min: Ip,
  taken: readonly Prefix[],
): (() => Prefix | undefined) => {
  const own = taken.filter((prefix) => familyOfPrefix(prefix) === familyOfPrefix(range));
  // Equal or longer prefixes are found by the subnet that they lie in; shorter ones are few.
  const inside = new Set(own.filter((prefix) => prefix.len >= len).map((prefix) => networkOf(prefix.addr, len)));
  const around = own.filter((prefix) => prefix.len < len);
  const end = lastOf(range);
  let at = min;
  return () => {
    while (at <= end) {
      const subnet: Prefix = { addr: at, len };
      at = addToIp(lastOf(subnet), 1);
      if (!inside.has(subnet.addr) && !around.some((prefix) => overlaps(prefix, subnet))) return subnet;
    }
    return undefined;
  };
};

/** The first range of each family. */
export const firstPerFamily = (ranges: readonly Prefix[]): readonly Prefix[] =>
  ranges.filter((range, i) => ranges.findIndex((other) => familyOfPrefix(other) === familyOfPrefix(range)) === i);

/** Whether one of the addresses is of the family. */
export const hasFamily = (ips: readonly Ip[], family: Family): boolean => ips.some((ip) => familyOf(ip) === family);
