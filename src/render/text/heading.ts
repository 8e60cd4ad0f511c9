import type { EndDoc, TraceDoc } from '../../explain/document.ts';
import { wrap } from '../wrap.ts';
import type { Style } from './style.ts';

const NAMES: Readonly<Record<string, string>> = { icmp: 'icmp echo', icmpv6: 'icmpv6 echo' };

const addressWords = ({ ip, text }: EndDoc, port: number | undefined): string => {
  if (ip === '' || port === undefined || text.includes(`:${port}`)) return ip;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
};

const endWords = (end: EndDoc, port?: number): string => {
  switch (end.kind) {
    case 'pod':
      return `${end.text} ${end.ip}${end.node === undefined ? '' : ` on ${end.node}`}`;
    case 'node':
    case 'host':
      return `${end.name ?? end.text} ${end.ip}`;
    case 'internet':
      return `internet ${end.ip}`;
    case 'ip':
      return end.text;
    case 'service':
    case 'name':
      return [end.text, addressWords(end, port)].filter((part) => part !== '').join(' ');
  }
};

const packetWords = (packet: TraceDoc['question']['packet']): string => {
  const port = packet.port === undefined ? '' : ` port ${packet.port}`;
  const fragments = packet.dontFragment ? '' : ', may be fragmented';
  return `${NAMES[packet.protocol] ?? packet.protocol}${port}, ${packet.size} bytes${fragments}`;
};

/** The question alone: who to whom, and what packet. */
export const questionOf = (
  { from, to, packet }: Pick<TraceDoc['question'], 'from' | 'to' | 'packet'>,
  { palette }: Style,
): string[] => [
  palette.strong(`${endWords(from)}  ->  ${endWords(to, packet.port)}`),
  palette.faint(packetWords(packet)),
];

/** The question: who to whom, what packet, which plugin. */
export const headingOf = ({ question, cluster }: TraceDoc, { width, palette }: Style): string[] => {
  const ends = `${endWords(question.from)}  ->  ${endWords(question.to, question.packet.port)}`;
  const mode = cluster.mode === '' ? cluster.plugin : `${cluster.plugin} ${cluster.mode}`;
  const facts = [packetWords(question.packet), mode];
  const one = [ends, ...facts].join('        ');
  if (one.length <= width) return [palette.strong(ends) + palette.faint(one.slice(ends.length))];
  const [from, to] = [endWords(question.from), endWords(question.to, question.packet.port)];
  const heads = ends.length <= width ? [ends] : [...wrap(from, width), ...wrap(`  ->  ${to}`, width)];
  return [
    ...heads.map((line) => palette.strong(line)),
    ...wrap(facts.join('; '), width).map((line) => palette.faint(line)),
  ];
};
