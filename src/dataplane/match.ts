import type { AddrType, Match, NftField } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { familyOf, isMulticast } from '../net/ip.ts';
import { isGroupMac } from '../net/mac.ts';
import { contains } from '../net/prefix.ts';
import { portInRange } from '../net/protocol.ts';
import { connectionOf } from './conntrack.ts';
import { rewrittenOf } from './ipvs-table.ts';
import type { Packet } from './packet.ts';
import type { Path, Skb } from './path.ts';
import { validateSource } from './validate.ts';
import { xfrmPolicyOut } from './xfrm.ts';

/** What the tests of a rule can see at a hook. */
export type HookView = {
  readonly path: Path;
  readonly netns: Netns;
  readonly skb: Skb;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  /** Whether a set of the rule's table has the packet's key. */
  readonly lookup?: (set: string, fields: readonly NftField[]) => boolean;
};

const nameMatches = (pattern: string, name: string | undefined): boolean => {
  if (name === undefined) return false;
  return pattern.endsWith('+') || pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
};

const portsOf = (packet: Packet): { sport: number; dport: number } | undefined =>
  'sport' in packet.l4 ? packet.l4 : undefined;

// inet_dev_addr_type(): with a device, only an address of that very device is LOCAL, and the rest is UNICAST.
const addrType = ({ path, netns }: HookView, ip: Packet['src'], type: AddrType, dev?: string): boolean => {
  const fib = path.env.fib(netns);
  if (dev !== undefined && fib.isLocal(ip)) {
    const own = netns.addresses.some((address) => address.dev === dev && address.local === ip);
    return type === (own ? 'LOCAL' : 'UNICAST');
  }
  if (type === 'MULTICAST') return isMulticast(ip);
  const found = isMulticast(ip) ? undefined : fib.lookup({ dst: ip });
  const local = fib.isLocal(ip);
  switch (type) {
    case 'LOCAL':
      return local;
    case 'UNICAST':
      return !local && (found === undefined || found.route.type === 'unicast');
    default:
      return found?.route.type === type.toLowerCase();
  }
};

// ipvs_mt(): the connection of a packet that ip_vs has sent to a real server here.
const ofVirtualServer = (match: Extract<Match, { match: 'ipvs' }>, { path, netns, skb }: HookView): boolean => {
  const connection = skb.ipvs ? rewrittenOf(path, netns.id, skb.packet) : undefined;
  if (!connection || connection.protocol !== match.protocol) return false;
  return connection.virtual.ip === match.vaddr && connection.virtual.port === match.vport;
};

const ctState = (view: HookView): string[] => {
  const { skb, path, netns } = view;
  if (skb.notrack) return ['UNTRACKED'];
  if (!skb.nfct) return ['INVALID'];
  const connection = connectionOf(path, netns.id, skb.nfct);
  const nat = [...(connection?.snat ? ['SNAT'] : []), ...(connection?.dnat ? ['DNAT'] : [])];
  return [skb.nfct.state, ...nat];
};

const holds = (match: Match, view: HookView): boolean => {
  const { skb, netns, iif, oif, path } = view;
  const { packet } = skb;
  switch (match.match) {
    case 'saddr':
      return contains(match.prefix, packet.src);
    case 'daddr':
      return contains(match.prefix, packet.dst);
    case 'iifname':
      return nameMatches(match.ifname, iif);
    case 'oifname':
      return nameMatches(match.ifname, oif);
    case 'l4proto':
      return packet.l4.proto === match.protocol;
    case 'sport':
    case 'dport': {
      const port = portsOf(packet)?.[match.match];
      return port !== undefined && match.ports.some((range) => portInRange(port, range));
    }
    case 'icmp':
      return 'type' in packet.l4 && packet.l4.type === match.type && (match.code ?? packet.l4.code) === packet.l4.code;
    case 'mark':
      return (skb.mark & match.mask) >>> 0 === match.value >>> 0;
    case 'ctmark':
      return ((connectionOf(path, netns.id, skb.nfct)?.mark ?? 0) & match.mask) >>> 0 === match.value >>> 0;
    case 'ctstate':
      return ctState(view).some((state) => (match.states as readonly string[]).includes(state));
    case 'addrtype':
      return addrType(
        view,
        match.side === 'src' ? packet.src : packet.dst,
        match.type,
        match.limitIface && (match.limitIface === 'in' ? iif : oif),
      );
    case 'set':
      return path.env.netfilter(netns).inIpSet(match.set, packet, match.dirs);
    case 'rpfilter': {
      const loose = match.loose ?? false;
      return iif === undefined || validateSource(path.env, netns, skb, iif, loose ? 2 : 1) === undefined;
    }
    case 'physdev':
      if (match.dir === 'is-in') return skb.physin !== undefined;
      if (match.dir === 'is-bridged') return skb.physin !== undefined && skb.physout !== undefined;
      if (match.bridged && (skb.physin === undefined || skb.physout === undefined)) return false;
      return nameMatches(match.ifname ?? '+', match.dir === 'in' ? skb.physin : skb.physout);
    case 'policy': {
      const secured = match.dir === 'in' ? skb.secpath === true : xfrmPolicyOut(netns, skb) !== undefined;
      return secured === (match.pol === 'ipsec');
    }
    case 'ether-saddr':
      return skb.frame?.smac === match.mac;
    case 'ether-daddr':
      return skb.frame?.dmac === match.mac;
    case 'ether-unicast': {
      const mac = match.side === 'saddr' ? skb.frame?.smac : skb.frame?.dmac;
      return mac !== undefined && !isGroupMac(mac);
    }
    // ARP itself is not walked: see neighbour.ts.
    case 'arp':
      return false;
    case 'ether-type':
      return match.type === (familyOf(packet.src) === 4 ? 'IPv4' : 'IPv6');
    case 'saddr-in':
      return match.prefixes.some((prefix) => contains(prefix, packet.src));
    case 'daddr-in':
      return match.prefixes.some((prefix) => contains(prefix, packet.dst));
    case 'lookup':
      return view.lookup?.(match.set, match.fields) ?? false;
    case 'recent':
      return match.op === 'set';
    case 'nfacct':
      return true;
    case 'ipvs':
      return ofVirtualServer(match, view);
    case 'statistic':
      // Decided by the caller, which forks.
      return true;
  }
};

/** Whether one test of a rule holds. `statistic` always does: chance is for the evaluator to fork on. */
export const matches = (match: Match, view: HookView): boolean =>
  match.match === 'statistic' ? true : holds(match, view) !== (match.not ?? false);
