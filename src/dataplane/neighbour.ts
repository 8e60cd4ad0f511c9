import type { Link } from '../linux/link.ts';
import type { Neigh } from '../linux/neigh.ts';
import type { Netns } from '../linux/netns.ts';
import { printNeigh } from '../linux/print/index.ts';
import { confMax, confOr } from '../linux/sysctl.ts';
import { familyOf, formatIp, type Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import { forwards } from './input.ts';
import { reachable } from './l2.ts';
import type { Env } from './path.ts';
import { selectAddress } from './source.ts';
import { validateSource } from './validate.ts';
import type { Because } from './walk.ts';

export type Answer = {
  readonly mac?: Mac;
  readonly how: 'permanent' | 'arp' | 'proxy' | 'failed' | 'noarp';
  readonly because: readonly Because[];
  readonly detail?: string;
};

const becauseOf = (neigh: Neigh): Because[] => [
  { of: 'neigh', line: printNeigh(neigh), ...(neigh.origin && { origin: neigh.origin }) },
];

/** Whether and how a namespace answers a request for `ip` that comes in by `dev`: arp_process(), ndisc_recv_ns(). */
const answers = (env: Env, netns: Netns, dev: string, ip: Ip, asker: Ip | undefined): 'arp' | 'proxy' | undefined => {
  const fib = env.fib(netns);
  const family = familyOf(ip);
  if (asker !== undefined && family === 4) {
    // The request itself is looked at as a packet from the asker: rp_filter and martian sources apply.
    const packet = {
      src: asker,
      dst: ip,
      ttl: 64,
      length: 28,
      df: false,
      l4: { proto: 'icmp', type: 8, code: 0 },
    } as const;
    if (validateSource(env, netns, { packet, mark: 0 }, dev)) return undefined;
  }
  const onDev = netns.addresses.some((address) => address.local === ip && address.dev === dev);
  // Linux answers ARP for any of its addresses on any link (arp_ignore 0); neighbour discovery only for the link's own.
  if (family === 6 ? onDev : confMax(netns, 4, dev, 'arp_ignore') > 0 ? onDev : fib.isLocal(ip)) return 'arp';
  if (netns.neighbours.some((n) => n.proxy && n.dst === ip && n.dev === dev) && forwards(netns, family, dev))
    return 'proxy';
  if (!confOr(netns, family, dev, family === 4 ? 'proxy_arp' : 'proxy_ndp') || !forwards(netns, family, dev))
    return undefined;
  const route = family === 4 ? fib.lookup({ dst: ip, iif: dev, src: asker }) : undefined;
  return route?.route.type === 'unicast' && !route.hops.some((hop) => hop.dev === dev) ? 'proxy' : undefined;
};

/** Finds the MAC of a next hop: a permanent entry, else whoever on the link answers ARP or neighbour discovery. */
export const resolve = (env: Env, netns: Netns, link: Link, ip: Ip, sender: Ip): Answer => {
  const dev = link.ifname;
  const entry = netns.neighbours.find((n) => n.dst === ip && n.dev === dev && !n.proxy);
  if (entry?.lladdr !== undefined) {
    // An entry that someone only put in is asked about again later; whoever has it answers the same.
    const how = entry.state === 'permanent' ? 'permanent' : 'arp';
    return { mac: entry.lladdr, how, because: becauseOf(entry) };
  }
  if (entry) return { how: 'failed', because: becauseOf(entry), detail: `${formatIp(ip)} on ${dev}` };
  if (link.noarp || link.address === undefined) return { mac: '00:00:00:00:00:00', how: 'noarp', because: [] };
  const asker = env.fib(netns).isLocal(sender) ? sender : selectAddress(netns, dev, ip);
  for (const end of reachable(env, netns, link, ip)) {
    if (end.answer) return { mac: end.answer.mac, how: 'proxy', because: [end.answer.because] };
    if (end.cloudMac !== undefined) {
      const learned: Neigh = {
        dst: ip,
        dev,
        lladdr: end.cloudMac,
        state: 'reachable',
        origin: { known: 'assumed', note: 'the cloud answers every ARP request' },
      };
      return { mac: end.cloudMac, how: 'arp', because: becauseOf(learned) };
    }
    const how = end.netns && end.mac !== undefined ? answers(env, end.netns, end.dev, ip, asker) : undefined;
    if (how && end.mac !== undefined)
      return { mac: end.mac, how, because: becauseOf({ dst: ip, dev, lladdr: end.mac, state: 'reachable' }) };
  }
  const failed: Neigh = { dst: ip, dev, state: 'failed' };
  return { how: 'failed', because: becauseOf(failed), detail: `nobody on ${dev} answers for ${formatIp(ip)}` };
};
