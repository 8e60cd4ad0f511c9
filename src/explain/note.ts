import type { Step, StepDetail } from '../dataplane/walk.ts';
import { familyOf, formatIp } from '../net/ip.ts';
import { never } from '../net/never.ts';
import { filterNote, skipNote, translateNote } from './note-netfilter.ts';
import { insideOf, packetKind } from './packet.ts';
import { linkOf } from './places.ts';
import { hostOf, netnsOf, type View } from './view.ts';

type Of<K extends StepDetail['kind']> = Extract<Step, { kind: K }>;

const LINK_WORDS: Readonly<Record<string, string>> = {
  openvswitch: 'an Open vSwitch datapath: a switch that follows a list of flows',
  bridge: 'a bridge: a switch in software that the pods of the node are plugged into',
  vxlan: 'a VXLAN tunnel: what goes in comes out on another node, inside UDP',
  ipip: 'an IP-in-IP tunnel',
  wireguard: 'a WireGuard tunnel, which encrypts',
  tun: 'a TUN device: a daemon reads what goes in',
  physical: 'the network card',
  veth: 'one end of a veth pair, a cable with two ends',
  dummy: 'a device that leads nowhere and only holds addresses',
};

const thing = (view: View, step: Step, dev: string): string => {
  const words = LINK_WORDS[linkOf(view.world, step.netns, dev)?.kind ?? ''];
  return words === undefined ? dev : `${dev}, ${words}`;
};

const route = (view: View, step: Of<'route'>): string => {
  const host = hostOf(view, step);
  const to = formatIp(step.lookup);
  const line = step.because.find((b) => b.of === 'route')?.line ?? '';
  if (step.type === 'local' && line.includes(' dev kube-ipvs0 '))
    return `${to} is on kube-ipvs0 of ${host}: kube-proxy puts the addresses of Services there, so that the packet stays here and ip_vs gets to see it.`;
  if (step.type === 'local') return `${to} is an address of ${host} itself, so the packet goes no further than here.`;
  if (step.type !== 'unicast') return `The route to ${to} is of type ${step.type}.`;
  const who = step.iif === undefined ? `${host} looks up ${to}` : `${host} routes for others and looks up ${to}`;
  const how =
    step.gateway === undefined
      ? `straight out of ${step.dev}`
      : `to the next hop ${formatIp(step.gateway)} out of ${step.dev}`;
  return `${who}: the most specific route that matches is "${line}", so it goes ${how}.`;
};

const bridge = (step: Of<'bridge'>): string => {
  if (step.because[0]?.of === 'flow')
    return `The Open vSwitch datapath ${step.dev} has a flow for the pair of MAC addresses, which its daemon put there, and sends the frame to ${step.out.join(', ')}.`;
  switch (step.action) {
    case 'local':
      return `The frame is addressed to the bridge ${step.dev} itself, so it goes up to the node's own IP stack.`;
    case 'forward':
      return `The bridge ${step.dev} knows which port the MAC address is behind, and sends the frame out there.`;
    case 'both':
      return `The bridge ${step.dev} is promiscuous: the frame goes out of its port, and a copy goes up to the node.`;
    case 'flood':
      return `The bridge ${step.dev} has no entry for the MAC address and sends the frame out of every other port.`;
  }
};

const resolve = (view: View, step: Of<'resolve'>): string => {
  const ask = familyOf(step.ip) === 4 ? 'ARP' : 'neighbour discovery';
  const ip = formatIp(step.ip);
  switch (step.how) {
    case 'permanent':
      return `A fixed entry says that ${ip} has the MAC address ${step.mac}; nobody is asked.`;
    case 'arp':
      return `${hostOf(view, step)} asks by ${ask} who has ${ip}, and ${step.mac} answers.`;
    case 'proxy':
      return `${hostOf(view, step)} asks by ${ask} who has ${ip}; a router answers in its place with ${step.mac}.`;
    case 'failed':
      return `${hostOf(view, step)} asks by ${ask} who has ${ip} on ${step.dev}, and nobody answers.`;
    case 'noarp':
      return `${step.dev} is no Ethernet: it needs no MAC address.`;
  }
};

const encapsulate = (view: View, step: Of<'encapsulate'>): string => {
  const to = formatIp(step.outer.dst);
  const added = `${step.overhead} bytes of headers are added`;
  if ('carries' in step.outer.l4 && step.outer.l4.carries?.kind === 'ethernet')
    return `The daemon sends the whole frame to ${to} as the payload of a UDP datagram; ${added}.`;
  if (step.tunnel === 'esp' && step.outer.dst === step.packet.dst)
    return `IPsec encrypts what the IP header carries and sends it on to ${to}; ${added}.`;
  if (step.tunnel === 'udp')
    return `The daemon takes one off the TTL and sends the packet to ${to} as the payload of a UDP datagram; ${added}.`;
  return `${thing(view, step, step.dev)}. The packet is wrapped in a new one to ${to}; ${added}.`;
};

const transmit = (view: View, step: Of<'transmit'>): string => {
  if (step.peer !== undefined) return `The frame leaves by ${step.dev}, and comes out at the other end of the cable.`;
  const physical = linkOf(view.world, step.netns, step.dev)?.kind === 'physical';
  return `The ${physical ? 'frame leaves by' : 'packet goes into'} ${thing(view, step, step.dev)}.`;
};

const lookup = (view: View, step: Of<'lookup'>): string => {
  const ip = formatIp(step.ip);
  return step.via === undefined
    ? `${step.daemon} on ${hostOf(view, step)} finds no entry for ${ip}.`
    : netnsOf(view, step)?.overlays?.some(({ daemon }) => daemon === step.daemon)
      ? `${step.daemon} has learned which peer the MAC address of ${ip} is behind, and sends the frame on towards it by ${formatIp(step.via)}.`
      : `${step.daemon} looks up which node has the range of ${ip}, and finds ${formatIp(step.via)}.`;
};

/** One sentence for a learner. */
export const noteOf = (view: View, step: Step): string => {
  switch (step.kind) {
    case 'originate':
      return `${hostOf(view, step)} sends ${packetKind(step.packet)} to ${formatIp(step.packet.dst)}.`;
    case 'receive':
      return `The packet comes in by ${thing(view, step, step.dev)}.`;
    case 'transmit':
      return transmit(view, step);
    case 'bridge':
      return bridge(step);
    case 'filter':
      return filterNote(step);
    case 'mark':
      return `A rule marks the packet; later rules and routes can see the mark.`;
    case 'translate':
      return translateNote(view, step);
    case 'skip':
      return skipNote(step);
    case 'route':
      return route(view, step);
    case 'forward':
      return `Each router on the way takes one off the TTL: ${step.packet.ttl} are left.`;
    case 'resolve':
      return resolve(view, step);
    case 'encapsulate':
      return encapsulate(view, step);
    case 'decapsulate': {
      const daemon = netnsOf(view, step)?.daemons.find((d) => d.tun === step.dev);
      return daemon
        ? `${daemon.name} receives the datagram, takes one off the TTL of the packet inside, and writes it to ${step.dev}.`
        : `The ${step.tunnel} header is taken off: the packet inside goes on as if it had come in by ${step.dev}.`;
    }
    case 'lookup':
      return lookup(view, step);
    case 'fragment':
      if (step.mtu < (linkOf(view.world, step.netns, step.dev)?.mtu ?? 0))
        return `${hostOf(view, step)} put the pieces together for connection tracking, and cuts the packet again into pieces no longer than those that came.`;
      return `The packet is too long for ${step.dev} and is cut into ${step.pieces} pieces.`;
    case 'fabric':
      return insideOf(step.packet.l4)
        ? 'The network between the nodes carries the outer packet; it never sees the pod addresses inside.'
        : `The network between the nodes carries the packet from ${formatIp(step.packet.src)} to ${formatIp(step.packet.dst)}.`;
    case 'icmp':
      return `${hostOf(view, step)} tells the sender by ICMP what became of the packet.`;
    case 'deliver':
      return `The packet has arrived: its source, as seen here, is ${formatIp(step.packet.src)}.`;
    case 'drop':
      return `The packet ends here.`;
    default:
      return never(step);
  }
};
