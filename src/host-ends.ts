import { type Asked, didYouMean, type Found, fail } from './end.ts';
import type { FabricHost } from './model/cluster.ts';
import type { Ip } from './net/ip.ts';
import { hostId } from './plugins/hosts.ts';

const hostsOf = ({ plan }: Asked): readonly FabricHost[] => plan.cluster.fabric?.hosts ?? [];

const hostEnd = ({ plan }: Asked, host: FabricHost, ips = host.ips): Found => {
  const netns = hostId(host);
  if (!plan.world.netns(netns))
    return fail(
      'HOST_NOT_PLACED',
      `host ${host.name} is in no network that the input describes`,
      'name its range: fabric.vnet, or fabric.subnets',
    );
  return { end: { doc: { text: host.name, kind: 'host', name: host.name }, ips, netns } };
};

/** A machine of `fabric.hosts` by its name, where there is one. */
export const findHost = (asked: Asked, name: string): Found | undefined => {
  const host = hostsOf(asked).find((one) => one.name === name);
  return host && hostEnd(asked, host);
};

/** The machine of `fabric.hosts` that has an address. */
export const hostOfAddress = (asked: Asked, ip: Ip): Found | undefined => {
  const host = hostsOf(asked).find(({ ips }) => ips.includes(ip));
  return host && hostEnd(asked, host, [ip]);
};

export const hostNames = (asked: Asked): readonly string[] => hostsOf(asked).map(({ name }) => name);

/** `host/NAME`. */
export const namedHost = (asked: Asked, name: string): Found =>
  findHost(asked, name) ??
  fail('UNKNOWN_HOST', `there is no host ${name} under fabric.hosts`, didYouMean(name, hostNames(asked)));
