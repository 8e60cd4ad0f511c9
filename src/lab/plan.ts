import type { Cloud } from '../fabric/cloud.ts';
import type { Port, Segment } from '../fabric/fabric.ts';
import type { World } from '../fabric/world.ts';
import type { Link } from '../linux/link.ts';
import type { Netns } from '../linux/netns.ts';
import type { Mac } from '../net/mac.ts';

/** A namespace of the World and the name that `ip netns` knows it by. */
export type Room = { readonly name: string; readonly netns: Netns };

/** One end of a cable: a veth device in a namespace of the lab. */
export type End = { readonly room: string; readonly dev: string; readonly mtu: number; readonly mac?: Mac };
export type Cable = readonly [End, End];

/** A segment with the far ends of its cables; its namespace is `room`. */
export type Hub = {
  readonly room: string;
  readonly segment: Segment;
  readonly ports: readonly { readonly dev: string; readonly nic: Link; readonly of: Room; readonly port?: Port }[];
  readonly cloud?: Cloud;
};

/** What must be plugged where, before the namespaces' own state is installed. */
export type Plan = {
  readonly rooms: readonly Room[];
  readonly cables: readonly Cable[];
  readonly hubs: readonly Hub[];
  /** Where the far ends of veths go whose peer is not installed. */
  readonly voidRoom?: string;
};

const roomName = (tag: string, index: number, id: string): string =>
  `k8snet-${tag}-${index}-${id.replaceAll(/[^A-Za-z0-9.]+/g, '-').slice(0, 40)}`;

const endOf = (room: string, link: Link): End => ({
  room,
  dev: link.ifname,
  mtu: link.mtu,
  ...(link.address !== undefined && { mac: link.address }),
});

/** Lays out rooms and cables for the namespaces `ids` of `world`; the same input gives the same names. */
export const planLab = (world: World, ids: readonly string[], tag: string): Plan => {
  const rooms = ids.map((id, index): Room => {
    const netns = world.netns(id);
    if (!netns) throw new Error(`lab: no namespace ${id}`);
    return { name: roomName(tag, index, id), netns };
  });
  const byId = new Map(rooms.map((room) => [room.netns.id, room]));
  const voidRoom = `k8snet-${tag}-void`;
  const cables: Cable[] = [];
  const hubs = new Map<string, { -readonly [K in keyof Hub]: Hub[K] } & { ports: Hub['ports'][number][] }>();
  let lone = 0;

  const plugVeth = (room: Room, link: Extract<Link, { kind: 'veth' }>) => {
    const peer = byId.get(link.peer.netns);
    const far = peer?.netns.links.find((other) => other.ifname === link.peer.ifname);
    if (!peer || !far) {
      cables.push([endOf(room.name, link), { room: voidRoom, dev: `lone${lone++}`, mtu: link.mtu }]);
      return;
    }
    // Each pair is met twice; it is plugged where the first of the two rooms stands in the list.
    const here = rooms.indexOf(room);
    const there = rooms.indexOf(peer);
    if (here < there || (here === there && link.ifname < far.ifname))
      cables.push([endOf(room.name, link), endOf(peer.name, far)]);
  };

  const plugNic = (room: Room, link: Extract<Link, { kind: 'physical' }>) => {
    const segment = world.fabric.segment(link.segment);
    if (!segment) throw new Error(`lab: no segment ${link.segment}`);
    const hub = hubs.get(segment.name) ?? {
      room: `k8snet-${tag}-seg-${segment.name.replaceAll(/[^A-Za-z0-9.]+/g, '-')}`,
      segment,
      ports: [],
      ...(segment.cloud && { cloud: segment.cloud }),
    };
    hubs.set(segment.name, hub);
    const port = link.address === undefined ? undefined : segment.ports.byMac(link.address);
    const dev = `port${hub.ports.length}`;
    hub.ports.push({ dev, nic: link, of: room, ...(port && { port }) });
    const mac = hub.cloud && { mac: hub.cloud.arpMac };
    cables.push([endOf(room.name, link), { room: hub.room, dev, mtu: segment.mtu, ...mac }]);
  };

  for (const room of rooms)
    for (const link of room.netns.links) {
      if (link.kind === 'veth') plugVeth(room, link);
      else if (link.kind === 'physical') plugNic(room, link);
    }
  return { rooms, cables, hubs: [...hubs.values()], ...(lone > 0 && { voidRoom }) };
};
