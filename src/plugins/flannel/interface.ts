import { type Family, familyOf, formatIp, type Ip } from '../../net/ip.ts';
import type { Nic } from '../nics.ts';

export type Choice = {
  readonly nic: Nic;
  readonly iface: (family: Family) => Ip | undefined;
  readonly ext: (family: Family) => Ip | undefined;
};

/**
 * The interface that flanneld takes (pkg/ipmatch/match.go): the first of --iface that there is, by name or address; else the one with the
 * public address, where one is given; else that of the default route.
 * @returns a sentence where flanneld exits
 */
export const chooseInterface = (
  nics: readonly Nic[],
  ifaces: readonly string[],
  publicIp: Ip | undefined,
): Choice | string => {
  const carries = (nic: Nic, ip: Ip) => nic.ips.some((own) => own.ip === ip);
  const asked = ifaces.flatMap(
    (wanted) => nics.find((nic) => nic.dev === wanted || nic.ips.some(({ ip }) => formatIp(ip) === wanted)) ?? [],
  )[0];
  if (ifaces.length > 0 && !asked) return `failed to find interface to use that matches ${ifaces.join(', ')}`;
  const withIp = asked || publicIp === undefined ? undefined : nics.find((nic) => carries(nic, publicIp));
  if (!asked && publicIp !== undefined && !withIp) return `no interface with given IP found: ${formatIp(publicIp)}`;
  const nic = asked ?? withIp ?? nics.find((one) => one.gateways.length > 0) ?? nics[0];
  if (!nic) return 'failed to get default interface';
  const given = (family: Family) => (publicIp !== undefined && familyOf(publicIp) === family ? publicIp : undefined);
  // --public-ip without --iface selects its interface, and its address there is the bound one.
  const iface = (family: Family) =>
    (withIp ? given(family) : undefined) ?? nic.ips.find(({ ip }) => familyOf(ip) === family)?.ip;
  return { nic, iface, ext: (family) => given(family) ?? iface(family) };
};
