import type { DaemonRoute } from '../../linux/netns.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { since } from './config.ts';
import { OVERHEAD } from './defaults.ts';
import type { Lessee, Side, Site } from './member.ts';
import { ownOrigin } from './origin.ts';

/**
 * The udp backend (pkg/backend/udp): a tun device whose other end is flanneld, which finds the peer in its own table and sends each packet
 * inside a datagram. IPv4 only.
 */
export const buildUdp = ({ draft, self, peers, config }: Site): void => {
  const { v4 } = self;
  const { network, backend, version } = config;
  if (!v4 || !network || backend.type !== 'udp') return;
  const origin = ownOrigin({ draft });
  const mtu = self.mtu - OVERHEAD.udp;
  const tun = 'flannel0';
  const { netns } = draft;
  netns.addLink({ kind: 'tun', ifname: tun, mtu, up: true, noarp: true, origin });
  // Up to v0.10 the address had the network's length, so that the kernel made the route.
  if (since(version, 0, 11)) {
    netns.addAddress(tun, v4.subnet.addr, 32, { origin });
    netns.addRoute({ dst: network, nexthops: [{ dev: tun }], scope: 'global', origin });
  } else netns.addAddress(tun, v4.subnet.addr, network.len, { origin });
  const etcd = config.manager === 'etcd';
  netns.daemons.push({
    name: 'flanneld',
    tun,
    local: v4.iface,
    port: backend.port,
    bufferSize: mtu,
    df: true,
    lookup: etcd ? 'etcd lookup' : 'lease lookup',
    missing: etcd
      ? `no lease under ${config.etcdPrefix}/subnets holds the address`
      : `no node's podCIDR inside ${formatPrefix(network)} holds the address`,
    origin,
    routes: peers.flatMap((peer) => (peer.v4 ? [entryOf(peer, peer.v4, backend.port)] : [])),
  });
};

// Every node's table has the same entries, but for its own.
const entries = new WeakMap<Lessee, DaemonRoute>();

const entryOf = (peer: Lessee, { subnet, published }: Side, port: number): DaemonRoute => {
  const known = entries.get(peer);
  if (known) return known;
  const entry: DaemonRoute = {
    dst: subnet,
    via: published,
    // Every flanneld sends to the port that it listens on itself.
    port,
    get line() {
      return peer.line();
    },
    origin: peer.origin,
  };
  entries.set(peer, entry);
  return entry;
};
