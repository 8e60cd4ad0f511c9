import type { Link } from '../linux/link.ts';
import type { Netns } from '../linux/netns.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { linkBecause } from './because.ts';
import { bridgeTransmit } from './bridge.ts';
import { daemonSend } from './daemon.ts';
import { cross } from './fabric.ts';
import type { Frame } from './packet.ts';
import { drop, type Ended, type Path, type Skb, step, tap } from './path.ts';
import { receiveFrame } from './receive.ts';
import { ipipSend, vxlanSend, wireguardSend } from './tunnel.ts';

/** dev_hard_start_xmit(): what each kind of link does with a packet or frame. `nexthop` is for tunnels that have no fixed far end. */
export const transmit = (
  path: Path,
  netns: Netns,
  link: Link,
  skb: Skb,
  frame: Frame | undefined,
  nexthop: Ip,
): Ended[] => {
  const dev = link.ifname;
  const seen = tap(path, netns.id, dev, 'out', skb.packet, frame);
  const at = { netns: netns.id, dev };
  const mtu = { mtu: link.mtu };
  // A tunnel's device is where the packet changes hands: a step of its own before what the tunnel does with it.
  const handed = () =>
    step(seen, netns.id, skb, { kind: 'transmit', dev, ...(frame && { frame }) }, linkBecause(netns, dev), mtu);
  switch (link.kind) {
    case 'veth': {
      const peer = `${link.peer.netns}:${link.peer.ifname}`;
      const sent = step(
        seen,
        netns.id,
        skb,
        { kind: 'transmit', dev, peer, ...(frame && { frame }) },
        linkBecause(netns, dev),
        mtu,
      );
      return frame
        ? receiveFrame(sent, link.peer.netns, link.peer.ifname, frame, link.peer.netns === netns.id ? skb.mark : 0)
        : drop(sent, at, skb, { code: 'OTHER_HOST_MAC' });
    }
    case 'physical': {
      const sent = step(
        seen,
        netns.id,
        skb,
        { kind: 'transmit', dev, ...(frame && { frame }) },
        linkBecause(netns, dev),
        mtu,
      );
      return frame ? cross(sent, link, frame) : drop(sent, at, skb, { code: 'OTHER_HOST_MAC' });
    }
    case 'bridge':
      return frame ? bridgeTransmit(seen, netns, link, skb, frame) : drop(seen, at, skb, { code: 'FDB_MISS' });
    case 'vxlan':
      return frame ? vxlanSend(handed(), netns, link, skb, frame) : drop(seen, at, skb, { code: 'FDB_MISS' });
    case 'ipip':
      return ipipSend(handed(), netns, link, skb, nexthop);
    case 'wireguard':
      return wireguardSend(handed(), netns, link, skb);
    case 'tun':
      return daemonSend(handed(), netns, link, skb);
    case 'dummy':
    case 'openvswitch':
    case 'loopback':
      return drop(seen, at, skb, { code: 'NOWHERE', detail: `${link.kind} ${dev} for ${formatIp(nexthop)}` });
  }
};
