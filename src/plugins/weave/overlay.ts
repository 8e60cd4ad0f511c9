import type { Overlay, Port, Ports } from '../../fabric/fabric.ts';
import type { OverlaySwitch } from '../../linux/overlay.ts';
import { type Cluster, type Node, type Pod, podKey } from '../../model/cluster.ts';
import type { Ip } from '../../net/ip.ts';
import type { Mac } from '../../net/mac.ts';
import { stableMac } from '../naming.ts';
import { nodeOrigin } from '../origin.ts';
import type { Roster } from '../world.ts';
import type { WeaveConfig } from './config.ts';
import { overlayConnection } from './connection.ts';
import { DATAPATH, DATAPATH_PORT, PCAP_PORT } from './defaults.ts';
import { ipOf, type RingPlan } from './ipam.ts';
import type { Mesh } from './mesh.ts';

export const OVERLAY = 'weave';

export const podMac = (pod: Pick<Pod, 'namespace' | 'name'>): Mac => stableMac(`eth0 ${podKey(pod)}`);
/** Made of the peer's name (net/bridge.go), which is made of what the input does not have. */
export const bridgeMac = (node: string): Mac => stableMac(`weave ${node}`);

/** A peer's short id: twelve bits that it draws at random (weaveworks/mesh). */
const shortId = (node: string): number =>
  Number.parseInt(stableMac(`weave id ${node}`).slice(9).replaceAll(':', ''), 16) & 0xfff;

/** The VNI is the pair of peers between which a frame goes (router/fastdp.go). */
export const vniOf = (from: string, to: string): number => shortId(from) | (shortId(to) << 12);

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Where every MAC and address of the overlay is: the pods', and the bridges' of the nodes. */
export const planOverlay = (cluster: Cluster, config: WeaveConfig, ring: RingPlan, roster: Roster): Overlay => {
  const dev = config.fastdp ? DATAPATH_PORT : PCAP_PORT;
  const portOf = (node: string, mac: Mac, ip: Ip | undefined): Port => ({
    netns: node,
    dev,
    mac,
    ips: ip === undefined ? [] : [ip],
    forwarding: true,
  });
  const podPort = (pod: Pod): Port => portOf(pod.node ?? '', podMac(pod), ipOf(pod));
  const bridgePort = (node: string): Port => portOf(node, bridgeMac(node), ring.bridgeIp(node));
  function* all(): Generator<Port> {
    for (const { name } of cluster.nodes) {
      yield bridgePort(name);
      for (const pod of roster.podsOn(name)) yield podPort(pod);
    }
  }
  const holders = once(() => {
    const byIp = new Map<Ip, Pod>();
    for (const pod of cluster.pods) {
      const ip = ipOf(pod);
      if (ip !== undefined && !pod.hostNetwork && !byIp.has(ip) && roster.podsOn(pod.node ?? '').includes(pod))
        byIp.set(ip, pod);
    }
    return byIp;
  });
  const bridges = once(() => new Map(cluster.nodes.map(({ name }) => [ring.bridgeIp(name), name])));
  // A MAC is asked for after its owner has answered ARP; then it is known without an index of all.
  const met = new Map<Mac, Port>();
  const byMac = once(() => new Map([...all()].map((port) => [port.mac, port])));
  const ports: Ports = {
    byMac: (mac) => met.get(mac) ?? byMac().get(mac),
    candidates: (ip) => {
      const pod = holders().get(ip);
      const node = bridges().get(ip);
      const found = [...(pod ? [podPort(pod)] : []), ...(node === undefined ? [] : [bridgePort(node)])];
      for (const port of found) met.set(port.mac, port);
      return found;
    },
    all,
  };
  return { name: OVERLAY, ports };
};

/** A node's part of the overlay: its daemon, the port to its bridge, its connections. */
export const switchOf = (node: Node, config: WeaveConfig, mesh: Mesh): OverlaySwitch => {
  const connectionTo = (peer: Node | undefined) => {
    const found = peer && mesh.between(node.name, peer.name);
    return found && overlayConnection(config, found, peer);
  };
  return {
    daemon: 'weaver',
    command: 'weave status connections',
    overlay: OVERLAY,
    port: config.fastdp ? DATAPATH_PORT : PCAP_PORT,
    ...(config.fastdp && { datapath: DATAPATH }),
    vni: vniOf,
    via: (peer) => connectionTo(mesh.nexthop(node.name, peer)),
    get connections() {
      return mesh.neighbours(node.name).flatMap((peer) => connectionTo(peer) ?? []);
    },
    origin: nodeOrigin('weave', node),
  };
};
