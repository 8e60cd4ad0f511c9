import type { Link } from '../linux/link.ts';
import type { FdbEntry } from '../linux/neigh.ts';
import type { Netns } from '../linux/netns.ts';
import { printFdb } from '../linux/print/index.ts';
import { sysctl } from '../linux/sysctl.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import { isGroupMac, type Mac } from '../net/mac.ts';
import { toArray } from './cell.ts';
import { runEbtables } from './ebtables.ts';
import { runHook } from './hook.ts';
import { receiveIp } from './input.ts';
import { leadsTo } from './l2.ts';
import { resolve } from './neighbour.ts';
import type { Frame } from './packet.ts';
import { type Copy, drop, type Ended, type Path, type Skb, step, tap } from './path.ts';
import { transmit } from './transmit.ts';
import type { Because } from './walk.ts';

const ports = (netns: Netns, bridge: string): Link[] => netns.links.filter((l) => l.master === bridge && l.up);

const fdbBecause = (entry: FdbEntry): Because => ({
  of: 'fdb',
  line: printFdb(entry),
  ...(entry.origin && { origin: entry.origin }),
});

type Outlet = { readonly port: Link; readonly because: Because };

// The port that an address is behind: an entry of the FDB, or what the ARP exchange before this frame has taught the bridge.
const outletOf = (path: Path, netns: Netns, bridge: string, mac: Mac): Outlet | undefined => {
  const all = ports(netns, bridge);
  const entry = netns.fdb.find((e) => e.mac === mac && e.master === bridge && e.ifname !== bridge);
  const fixed = entry && all.find((port) => port.ifname === entry.ifname);
  if (entry && fixed) return { port: fixed, because: fdbBecause(entry) };
  const port = all.find((p) => leadsTo(path.env, netns, p, mac));
  return port && { port, because: fdbBecause({ mac, ifname: port.ifname, master: bridge, state: 'learned' }) };
};

const REACHED = new Set(['delivered', 'exits', 'looped', 'rejected']);
const toCopy = ({ verdict, reason, netns, dev, taps }: Ended, shared: number): Copy => ({
  verdict,
  reason,
  netns,
  ...(dev !== undefined && { dev }),
  taps: taps.slice(shared),
});

// Several copies of a frame go separate ways; the one that gets somewhere is the walk, the others are noted with it.
const merge = (before: Path, results: readonly Ended[][]): Ended[] => {
  const rank = (ends: readonly Ended[]) =>
    ends.some((e) => REACHED.has(e.verdict)) ? 2 : ends.some((e) => e.reason.code !== 'OTHER_HOST_MAC') ? 1 : 0;
  const [main, ...rest] = results.toSorted((a, b) => rank(b) - rank(a));
  const shared = toArray(before.taps).length;
  const copies = rest.flat().map((ended) => toCopy(ended, shared));
  return (main ?? []).map((ended) => ({ ...ended, copies: [...ended.copies, ...copies] }));
};

const callsIptables = (netns: Netns, frame: Frame): boolean =>
  sysctl(netns, `net.bridge.bridge-nf-call-${familyOf(frame.packet.src) === 4 ? 'ip' : 'ip6'}tables`) !== 0;

/** br_handle_frame(): a frame comes in by a bridge port. With bridge-nf-call-iptables, IP's PREROUTING runs here and now. */
export const bridgeReceive = (path: Path, netns: Netns, port: Link, received: Frame, mark = 0): Ended[] => {
  const bridge = netns.links.find((l) => l.ifname === port.master);
  const skb: Skb = { packet: received.packet, mark, frame: received, physin: port.ifname };
  const at = { netns: netns.id, dev: port.ifname };
  if (!bridge?.up) return drop(path, at, skb, { code: 'LINK_DOWN', dropReason: 'DEV_READY' });
  return runEbtables(path, netns, skb, { hook: 'prerouting', iif: port.ifname }, (checked, first) => {
    const frame = first.frame ?? received;
    if (!callsIptables(netns, frame)) return handle(checked, netns, bridge, port, first, frame);
    return runHook(checked, netns, first, { hook: 'prerouting', iif: bridge.ifname }, (after, next) => {
      // Should the packet go up to IP, ip_rcv() clears what it knew of the pieces.
      const forgotten = next.fragMax !== undefined;
      const prerouted: Skb = { ...next, prerouted: true, ...(forgotten && { fragLost: true }) };
      const changed = next.packet.dst !== frame.packet.dst;
      const to = changed ? redirected(after, netns, bridge, prerouted, frame) : { ...frame, packet: next.packet };
      if (!to) return drop(after, at, next, { code: 'NO_ROUTE' });
      // The neighbour's output shows the frame on the bridge device before it goes back to be bridged.
      const shown =
        changed && to.dmac !== bridge.address ? tap(after, netns.id, bridge.ifname, 'out', to.packet, to) : after;
      const ours = frame.dmac === bridge.address;
      return handle(shown, netns, bridge, port, { ...prerouted, frame: to }, to, ours);
    });
  });
};

// br_nf_pre_routing_finish(): a destination that DNAT changed is bridged on if it is behind the same bridge, else routed.
const redirected = (path: Path, netns: Netns, bridge: Link, skb: Skb, frame: Frame): Frame | undefined => {
  const found = path.env
    .fib(netns)
    .lookup({ dst: skb.packet.dst, src: skb.packet.src, iif: bridge.ifname, mark: skb.mark });
  const hop = found?.hops[0];
  if (!found || !hop) return undefined;
  if (found.route.type === 'unicast' && hop.dev === bridge.ifname) {
    const nexthop: Ip = hop.gateway ?? skb.packet.dst;
    const { mac } = resolve(path.env, netns, bridge, nexthop, skb.packet.src);
    if (mac !== undefined) return { ...frame, dmac: mac, packet: skb.packet };
  }
  return { ...frame, dmac: bridge.address ?? frame.dmac, packet: skb.packet };
};

// br_handle_frame_finish(): up to the host, out of one port, or out of all.
const handle = (
  path: Path,
  netns: Netns,
  bridge: Link,
  port: Link,
  skb: Skb,
  frame: Frame,
  // It was addressed to the bridge before DNAT sent it to a port: a promiscuous copy of it still counts as the host's (pkt_type).
  ours = false,
): Ended[] => {
  const { dmac } = frame;
  const dev = bridge.ifname;
  const local = dmac === bridge.address || ports(netns, dev).some((p) => p.address === dmac);
  const note = (
    out: readonly string[],
    action: 'forward' | 'flood' | 'local' | 'both',
    because: readonly Because[],
  ): Path =>
    step(path, netns.id, skb, { kind: 'bridge', dev, port: port.ifname, out, action }, because, { mtu: bridge.mtu });
  if (local) {
    const entry: FdbEntry = {
      mac: dmac,
      ifname: dmac === bridge.address ? dev : port.ifname,
      master: dev,
      state: 'permanent',
    };
    return passUp(note([dev], 'local', [fdbBecause(entry)]), netns, bridge, skb, frame, true);
  }
  const up = (from: Path): Ended[][] =>
    isGroupMac(dmac)
      ? [passUp(from, netns, bridge, skb, frame, true)]
      : bridge.promisc
        ? [passUp(from, netns, bridge, forgetful(skb), frame, ours)]
        : [];
  const outlet = isGroupMac(dmac) ? undefined : outletOf(path, netns, dev, dmac);
  if (outlet) {
    const noted = note([outlet.port.ifname], bridge.promisc ? 'both' : 'forward', [outlet.because]);
    return merge(noted, [forwardTo(noted, netns, bridge, port, outlet.port, skb, frame), ...up(noted)]);
  }
  const others = ports(netns, dev).filter((p) => p.ifname !== port.ifname || p.hairpin);
  const flooded = note(
    others.map((p) => p.ifname),
    'flood',
    [],
  );
  const results = [...others.map((p) => forwardTo(flooded, netns, bridge, port, p, skb, frame)), ...up(flooded)];
  return results.length > 0
    ? merge(flooded, results)
    : drop(flooded, { netns: netns.id, dev }, skb, { code: 'FDB_MISS' });
};

// br_nf_local_in() takes the connection off a promiscuous copy (since Linux 6.9, and in the stable series): to later rules it is INVALID.
const forgetful = ({ nfct: _, ...skb }: Skb): Skb => skb;

// br_pass_frame_up(): the bridge device itself receives. A promiscuous copy of a frame for someone else ends at IP.
const passUp = (path: Path, netns: Netns, bridge: Link, skb: Skb, frame: Frame, ours: boolean): Ended[] => {
  const dev = bridge.ifname;
  return runEbtables(path, netns, skb, { hook: 'input', ...(skb.physin && { iif: skb.physin }) }, (checked, next) => {
    // A capture tells a copy for someone else from the host's own by pkt_type, not by its MAC.
    const shown = ours && !isGroupMac(frame.dmac) && frame.dmac !== bridge.address ? undefined : frame;
    const seen = tap(checked, netns.id, dev, 'in', next.packet, shown);
    const arrived = step(seen, netns.id, next, { kind: 'receive', dev, frame }, [], { mtu: bridge.mtu });
    if (!ours)
      return drop(arrived, { netns: netns.id, dev }, next, { code: 'OTHER_HOST_MAC', dropReason: 'OTHERHOST' });
    return receiveIp(arrived, netns, dev, next);
  });
};

// br_forward(): port to port. br_netfilter shows it to FORWARD and POSTROUTING as going in and out by the bridge.
const forwardTo = (path: Path, netns: Netns, bridge: Link, from: Link, to: Link, skb: Skb, frame: Frame): Ended[] => {
  const at = { netns: netns.id, dev: to.ifname };
  if (from.ifname === to.ifname && !from.hairpin)
    return drop(path, at, skb, { code: 'BRIDGE_NO_HAIRPIN', detail: `${to.ifname} is the port it came in by` });
  // What br_netfilter put together is cut to its old pieces before it leaves.
  const size = skb.fragMax ?? skb.packet.fragment ?? skb.packet.length;
  // is_skb_forwardable(): a VLAN tag's four bytes are allowed on top.
  if (size > to.mtu + 4)
    return drop(path, at, skb, {
      code: 'MTU_EXCEEDED_BRIDGE',
      detail: `${size} bytes, ${to.ifname} takes ${to.mtu}`,
      dropReason: 'PKT_TOO_BIG',
    });
  const send = (after: Path, out: Skb): Ended[] => {
    // br_nf_dev_queue_xmit() cuts what was put together for PREROUTING to the same pieces again.
    const packet = out.fragMax === undefined ? out.packet : { ...out.packet, fragment: out.fragMax };
    const sent = { ...(out.frame ?? frame), packet };
    return transmit(after, netns, to, { ...out, packet, frame: sent }, sent, packet.dst);
  };
  const bridged: Skb = { ...skb, physout: to.ifname, frame };
  const place = { iif: bridge.ifname, oif: bridge.ifname };
  return runEbtables(path, netns, bridged, { hook: 'forward', iif: from.ifname, oif: to.ifname }, (checked, next) => {
    const last = (after: Path, out: Skb) =>
      runEbtables(after, netns, out, { hook: 'postrouting', oif: to.ifname }, send);
    if (!skb.prerouted) return last(checked, next);
    return runHook(checked, netns, next, { hook: 'forward', ...place }, (after, out) =>
      runHook(after, netns, out, { hook: 'postrouting', ...place, nexthop: out.packet.dst }, last),
    );
  });
};

/** br_dev_xmit(): the host itself sends by the bridge. */
export const bridgeTransmit = (path: Path, netns: Netns, bridge: Link, skb: Skb, frame: Frame): Ended[] => {
  const dev = bridge.ifname;
  const outlet = outletOf(path, netns, dev, frame.dmac);
  const targets = outlet ? [outlet.port] : ports(netns, dev);
  const detail = {
    kind: 'bridge',
    dev,
    out: targets.map((p) => p.ifname),
    action: outlet ? 'forward' : 'flood',
  } as const;
  const noted = step(path, netns.id, skb, detail, outlet ? [outlet.because] : [], { mtu: bridge.mtu });
  if (targets.length === 0) return drop(noted, { netns: netns.id, dev }, skb, { code: 'FDB_MISS' });
  return merge(
    noted,
    targets.map((port) =>
      runEbtables(noted, netns, { ...skb, frame }, { hook: 'output', oif: port.ifname }, (checked, next) =>
        runEbtables(checked, netns, next, { hook: 'postrouting', oif: port.ifname }, (after, out) =>
          transmit(after, netns, port, out, { ...(out.frame ?? frame), packet: out.packet }, out.packet.dst),
        ),
      ),
    ),
  );
};
