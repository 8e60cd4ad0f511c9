import type { FabricFilter } from '../../fabric/fabric.ts';
import type { OverlayConnection, OverlayTransport } from '../../linux/overlay.ts';
import type { Node } from '../../model/cluster.ts';
import { formatIp, type Ip } from '../../net/ip.ts';
import { contains } from '../../net/prefix.ts';
import { type L4Name, portInRange } from '../../net/protocol.ts';
import { stableMac } from '../naming.ts';
import type { Nic } from '../nics.ts';
import { nodeOrigin } from '../origin.ts';
import type { StatedPeer, WeaveConfig } from './config.ts';
import {
  ESP_ALIGN,
  ESP_OVERHEAD,
  FASTDP_PORT,
  PORT,
  SLEEVE_CRYPTO,
  SLEEVE_OVERHEAD,
  VPORT,
  VXLAN_OVERHEAD,
} from './defaults.ts';

/** What lies between two nodes, as far as a connection sees it. */
export type Underlay = {
  readonly filters: readonly FabricFilter[];
  /** The largest IP packet that the segments carry. */
  readonly mtu: number;
  readonly nics: (node: Node) => readonly Nic[];
};

/** How two peers reach each other; `fallback`: why it is not the fast datapath. */
export type Connection = {
  readonly transport: OverlayTransport;
  readonly encrypted: boolean;
  readonly local: Ip;
  readonly remote: Ip;
  readonly fallback?: 'filter' | 'mtu';
};

/** The IPv4 address by which peers reach a node. */
const peerIp = (node: Node): Ip | undefined => node.ips.find((ip) => typeof ip === 'number');

const passes = (
  filters: readonly FabricFilter[],
  protocol: L4Name,
  port: number | undefined,
  src: Ip,
  dst: Ip,
): boolean => {
  const first = filters.find(
    (filter) =>
      (filter.protocol === undefined || filter.protocol === protocol) &&
      (filter.dport === undefined || (port !== undefined && portInRange(port, filter.dport))) &&
      (!filter.src || contains(filter.src, src)) &&
      (!filter.dst || contains(filter.dst, dst)),
  );
  return first?.action !== 'deny';
};

const mtuOf = ({ mtu, nics }: Underlay, a: Node, b: Node): number =>
  Math.min(mtu, ...[a, b].flatMap((node) => nics(node).map((nic) => nic.mtu)));

/** The largest packet on the underlay while pods send as much as they may. */
export const fastdpSize = (mtu: number, encrypted: boolean): number => {
  const plain = mtu + VXLAN_OVERHEAD;
  // What ESP wraps is padded: see XfrmPolicy.align.
  const pad = (ESP_ALIGN - ((plain - 20 + 2) % ESP_ALIGN)) % ESP_ALIGN;
  return encrypted ? plain + ESP_OVERHEAD + pad : plain;
};

/** Nothing is encrypted between two addresses of the trusted ranges (router/network_router.go). */
const isEncrypted = ({ encryption }: WeaveConfig, local: Ip, remote: Ip): boolean => {
  if (!encryption) return false;
  const trusts = (ip: Ip) => encryption.trusted.some((range) => contains(range, ip));
  return !(trusts(local) && trusts(remote));
};

/**
 * The connection between two nodes; undefined where there is none. Heartbeats as long as the MTU try the fast datapath, and what they do not
 * get through goes by sleeve (router/fastdp.go); without TCP there is no connection at all.
 */
export const connect = (
  config: WeaveConfig,
  underlay: Underlay,
  a: Node,
  b: Node,
  stated?: StatedPeer,
): Connection | undefined => {
  const [local, remote] = [peerIp(a), peerIp(b)];
  if (local === undefined || remote === undefined) return undefined;
  const both = (protocol: L4Name, port?: number) =>
    passes(underlay.filters, protocol, port, local, remote) && passes(underlay.filters, protocol, port, remote, local);
  // Either may call the other.
  const control = [
    [local, remote],
    [remote, local],
  ] as const;
  if (!control.some(([src, dst]) => passes(underlay.filters, 'tcp', PORT, src, dst))) return undefined;
  const encrypted = isEncrypted(config, local, remote);
  const mtu = mtuOf(underlay, a, b);
  const filtered = encrypted ? !both('esp') : !both('udp', FASTDP_PORT);
  const narrow = mtu < fastdpSize(config.mtu, encrypted);
  const ends = { encrypted, local, remote };
  const fast = { ...ends, transport: { kind: 'vxlan', dev: VPORT, port: FASTDP_PORT } } as const;
  if (config.fastdp && stated?.how !== 'sleeve' && (stated?.how === 'fastdp' || !(filtered || narrow))) return fast;
  if (!both('udp', PORT)) return undefined;
  const overhead = SLEEVE_OVERHEAD + (encrypted ? SLEEVE_CRYPTO : 0);
  const transport = { kind: 'udp', port: PORT, overhead, mtu: mtu - overhead } as const;
  const why = config.fastdp && stated?.how !== 'sleeve' ? (filtered ? 'filter' : 'mtu') : undefined;
  return { ...ends, transport, ...(why && { fallback: why }) };
};

/** A peer's name is a MAC made of its machine id, which the input does not have. */
const peerName = (node: Node): string => `${stableMac(`weave peer ${node.name}`)}(${node.name})`;

const ASSUMED = { known: 'assumed', note: 'what encryption adds to sleeve was not read in a source' } as const;

/** The connection as the daemon of the first node has it, with its line of `weave status connections`. */
export const overlayConnection = (config: WeaveConfig, found: Connection, peer: Node): OverlayConnection => {
  const { transport, encrypted, local, remote } = found;
  const kind = transport.kind === 'vxlan' ? 'fastdp' : 'sleeve';
  const mtu = transport.kind === 'vxlan' ? config.mtu : transport.mtu;
  const state = `established ${encrypted ? 'encrypted ' : ''}${kind}`;
  const origin = nodeOrigin('weave', peer);
  return {
    peer: peer.name,
    local,
    remote,
    transport,
    line: `-> ${formatIp(remote)}:${PORT} ${state} ${peerName(peer)} mtu=${mtu}`,
    origin: encrypted && kind === 'sleeve' ? { ...origin, ...ASSUMED } : origin,
  };
};
