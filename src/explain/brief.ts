import type { Step, StepDetail, Walk } from '../dataplane/walk.ts';
import { formatIp } from '../net/ip.ts';
import { never } from '../net/never.ts';
import { contains, formatPrefix } from '../net/prefix.ts';
import { type Brief, detail, main, verbose } from './brief-level.ts';
import { filterBrief, skipBrief, translateBrief } from './brief-netfilter.ts';
import { innermost, insideOf, packetKind, packetWords } from './packet.ts';
import { isPort, linkOf } from './places.ts';
import { hostOf, netnsOf, type View } from './view.ts';

type Of<K extends StepDetail['kind']> = Extract<Step, { kind: K }>;

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

const originate = (step: Step): Brief => {
  const { length, fragment } = step.packet;
  return verbose(`sends ${packetKind(step.packet)}, ${fragment ?? length} bytes`);
};

const bridge = (view: View, step: Of<'bridge'>): Brief => {
  const [first = ''] = step.out;
  switch (step.action) {
    case 'local':
      return view.next?.kind === 'receive' || view.next?.kind === 'filter'
        ? main('bridged to its gateway')
        : main(`bridged up to ${hostOf(view, step)}`);
    case 'forward':
      if (step.because[0]?.of === 'flow') return main(`Open vSwitch sends it to ${first}`);
      // What the host itself sends shows again where it leaves the port.
      return step.port === undefined ? verbose(`bridged to port ${first}`) : main('bridged to the other port');
    case 'both':
      return main(`bridged to the other port, a copy goes up to ${step.dev} (promiscuous)`);
    case 'flood':
      return main(`flooded out of ${count(step.out.length, 'port')}: no port is known for the MAC`);
  }
};

const route = (view: View, step: Of<'route'>): Brief => {
  const line = step.because.find((b) => b.of === 'route')?.line ?? '';
  const [first = '', second = ''] = line.split(' ');
  const dst = step.type === 'unicast' ? first : second;
  if (step.type === 'local') return verbose(`local ${dst}: for ${hostOf(view, step)} itself`);
  if (step.type !== 'unicast') return main(`${step.type} ${dst}`);
  const via = step.gateway === undefined ? '' : ` via ${formatIp(step.gateway)}`;
  const dev = step.dev === view.at && via !== '' ? '' : ` dev ${step.dev}`;
  const table = step.table === 254 ? '' : ` (table ${step.table})`;
  const text = `${dst}${via}${dev}${table}`;
  // The datagram of a tunnel finds its way like any other; the line of the NIC shows where it goes.
  return insideOf(step.packet.l4) && step.iif === undefined ? detail(`route    ${text}`) : main(text);
};

const resolve = (step: Of<'resolve'>): Brief => {
  const ip = formatIp(step.ip);
  switch (step.how) {
    case 'failed':
      return main(`nobody answers for ${ip} on ${step.dev}`);
    case 'noarp':
      return verbose(`${step.dev} asks for no neighbour`);
    case 'proxy':
      return detail(`neigh    ${ip} lladdr ${step.mac} (answered by proxy)`);
    case 'permanent':
      return detail(`neigh    ${ip} lladdr ${step.mac} PERMANENT`);
    case 'arp':
      return detail(`neigh    ${ip} lladdr ${step.mac}`);
  }
};

const encapsulate = (step: Of<'encapsulate'>): Brief => {
  const to = formatIp(step.outer.dst);
  switch (step.tunnel) {
    case 'vxlan': {
      const carried = 'carries' in step.outer.l4 ? step.outer.l4.carries : undefined;
      const vni = carried?.kind === 'vxlan' ? ` VNI ${carried.vni}` : '';
      return main(`vxlan${vni} to ${to}, +${step.overhead} bytes`);
    }
    case 'udp':
      return verbose(`sent to ${to} inside UDP, +${step.overhead} bytes`);
    case 'esp':
      return main(`IPsec ${step.outer.dst === step.packet.dst ? '' : 'tunnel '}to ${to}, +${step.overhead} bytes`);
    default:
      return main(`${step.tunnel} to ${to}, +${step.overhead} bytes`);
  }
};

const daemonOf = (view: View, step: Step & { readonly dev: string }): { readonly name: string } | undefined => {
  const netns = netnsOf(view, step);
  const overlay = netns?.overlays?.find(({ port }) => port === step.dev);
  return overlay ? { name: overlay.daemon } : netns?.daemons.find((d) => d.tun === step.dev);
};

const decapsulate = (view: View, step: Of<'decapsulate'>): Brief => {
  if (step.tunnel !== 'udp') return main(`${step.tunnel} from ${formatIp(step.outer.src)}, unwrapped`);
  return main(`udp to ${daemonOf(view, step)?.name ?? 'the daemon'}, unwrapped`);
};

const overlayOf = (view: View, step: Of<'lookup'>) =>
  netnsOf(view, step)?.overlays?.find(({ daemon }) => daemon === step.daemon);

const lookup = (view: View, step: Of<'lookup'>): Brief => {
  const line = step.because[0]?.line ?? '';
  if (step.via === undefined) return main(`${formatIp(step.ip)}: ${line}`);
  if (overlayOf(view, step)) return main(`${formatIp(step.ip)} is behind ${formatIp(step.via)}   (${line})`);
  const daemon = netnsOf(view, step)?.daemons.find((d) => d.name === step.daemon);
  const entry = daemon?.routes.find((r) => contains(r.dst, step.ip));
  const dst = entry ? formatPrefix(entry.dst) : formatIp(step.ip);
  return main(`${dst} -> ${formatIp(step.via)}   (${keyOf(line)})`);
};

/** The key of an entry that is shown as `key = value`, as `(key = value)` behind other words, or as `key {value}`. */
export const keyOf = (line: string): string =>
  (/\(([^\s={]+) = /.exec(line)?.[1] ?? /^[^\s={]+/.exec(line)?.[0]) || line;

const transmit = (view: View, step: Of<'transmit'>): Brief => {
  if (isPort(view.world, step.netns, step.dev)) return main(`out of port ${step.dev}`);
  const link = linkOf(view.world, step.netns, step.dev);
  if (link?.kind === 'tun') return main(`TUN: the packet goes up to ${daemonOf(view, step)?.name ?? 'a daemon'}`);
  // Other tunnels say in their next step what they do with it.
  if (link && link.kind !== 'veth' && link.kind !== 'physical') return verbose(`into ${step.dev}`);
  const host = view.names.hostOf(step.netns);
  if (host.kind === 'pod') return verbose(`out by ${step.dev}`);
  if (step.peer !== undefined) return main(`out by ${step.dev}`);
  // Where an address was just rewritten, the line says already who sends it.
  if (view.translated && !insideOf(step.packet.l4)) return main(`to ${formatIp(step.packet.dst)}`);
  return main(packetWords(step.packet));
};

const END_WORDS: Readonly<Partial<Record<Walk['verdict'], string>>> = {
  rejected: 'rejected',
  looped: 'goes round in circles',
  unknown: 'not known further',
};

const drop = ({ end, previous }: View): Brief => {
  const words = end ? `${END_WORDS[end.verdict] ?? 'dropped'}: ${end.reason.code}` : 'dropped';
  // A rule that drops has said so on the line before.
  return previous?.kind === 'filter' && previous.verdict !== 'accept' ? verbose(words) : main(words);
};

/** Few words for the one-line form of a step, and how much it matters. */
export const briefOf = (view: View, step: Step): Brief => {
  switch (step.kind) {
    case 'originate':
      return originate(step);
    case 'receive':
      return verbose(`in by ${step.dev}`);
    case 'transmit':
      return transmit(view, step);
    case 'bridge':
      return bridge(view, step);
    case 'filter':
      return filterBrief(step);
    case 'mark':
      return verbose(`mark 0x${step.before.toString(16)} -> 0x${step.after.toString(16)} (${step.table} ${step.hook})`);
    case 'translate':
      return translateBrief(step);
    case 'skip':
      return skipBrief(step);
    case 'route':
      return route(view, step);
    case 'forward':
      return verbose(`forwarded to ${step.dev}, ttl ${step.packet.ttl + 1} -> ${step.packet.ttl}`);
    case 'resolve':
      return resolve(step);
    case 'encapsulate':
      return encapsulate(step);
    case 'decapsulate':
      return decapsulate(view, step);
    case 'lookup':
      return lookup(view, step);
    case 'fragment':
      // Put together for the rules, and cut again as it came.
      if (step.mtu < (linkOf(view.world, step.netns, step.dev)?.mtu ?? 0))
        return main(`cut again into ${count(step.pieces, 'piece')} of ${step.mtu} bytes, as it came`);
      return main(`cut into ${count(step.pieces, 'piece')} for mtu ${step.mtu}`);
    case 'fabric':
      return main(
        view.names.hostOf(step.netns).kind === 'external'
          ? 'out of the network that is modelled'
          : (step.because[0]?.line ?? step.segment),
      );
    case 'icmp':
      return main(`answers ${formatIp(step.to)} with ICMP ${step.name}`);
    case 'deliver':
      return main(deliverWords(step));
    case 'drop':
      return drop(view);
    default:
      return never(step);
  }
};

const deliverWords = ({ packet }: Step): string => {
  const { l4 } = innermost(packet);
  return 'dport' in l4 ? `delivered to ${l4.proto} port ${l4.dport}` : 'delivered';
};
