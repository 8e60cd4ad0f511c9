import type { TraceDoc, TraceItemDoc } from '../../explain/document.ts';
import { dnsText } from './dns.ts';
import { answerOf, footOf } from './ending.ts';
import { headingOf } from './heading.ts';
import { causesText, serviceText } from './service.ts';
import type { Style } from './style.ts';
import { briefTable, type Columns, columnsOf, tableOf } from './table.ts';

const percent = (probability: number): string => `${Math.round(probability * 1000) / 10} %`;

const titleOf = (item: TraceItemDoc, forwards: number, { palette }: Style): string[] => {
  if (item.error !== undefined) return [palette.faint(`on the way back to the sender: ${item.error}`)];
  if (item.direction === 'reply') return [palette.faint('the reply')];
  return forwards === 1
    ? []
    : [palette.faint(`way ${item.id} of ${forwards}, probability ${percent(item.probability)}: ${item.verdict}`)];
};

// The way there is always shown. The way back is where it tells something: it gets lost, or takes another way.
const isShown = (item: TraceItemDoc, doc: TraceDoc, lead: string | undefined, { level }: Style): boolean => {
  if (lead !== undefined && item.id.split('.')[0] !== lead) return false;
  if (item.direction === 'forward' || level === 'verbose') return true;
  if (level === 'brief' || item.error !== undefined) return false;
  return doc.service !== undefined || item.verdict !== 'delivered' || doc.summary.reply?.symmetric === false;
};

// The ways to the endpoints of a Service differ little, and its table says how each ended: one of them is shown in full.
const leadOf = (doc: TraceDoc, { level }: Style): string | undefined => {
  const ways = doc.traces.filter(({ direction }) => direction === 'forward');
  if (!doc.service || ways.length < 2 || level === 'verbose') return undefined;
  return doc.summary.reason?.trace.split('.')[0] ?? ways[0]?.id;
};

const othersLine = ({ traces, service }: TraceDoc, lead: string | undefined, { palette }: Style): string[] => {
  if (lead === undefined) return [];
  const others = traces.filter(({ direction, id }) => direction === 'forward' && id !== lead).length;
  const other = service?.backends.find(({ traces: ids }) => ids.length > 0 && !ids.includes(lead));
  const name = other && (other.pod ?? `${other.ip}:${other.port}`);
  // Ways to the same endpoint part before it: a load balancer chose another node.
  const pin = name === undefined ? 'by another node; ' : `--backend ${name} shows one, `;
  return ['', palette.faint(`${others} other way${others === 1 ? '' : 's'}: ${pin}-v shows all`)];
};

const block = (item: TraceItemDoc, doc: TraceDoc, columns: Columns, style: Style): string[] => {
  const forwards = doc.traces.filter(({ direction }) => direction === 'forward').length;
  const table = style.level === 'brief' ? briefTable(item, columns, style) : tableOf(item, columns, style);
  return ['', ...titleOf(item, forwards, style), ...table];
};

/** A trace as people read it: the question, the way in a table, the answer. */
export const traceText = (doc: TraceDoc, style: Style): string[] => {
  const lead = leadOf(doc, style);
  const shown = doc.traces.filter((item) => isShown(item, doc, lead, style));
  const columns = columnsOf(shown);
  return [
    ...headingOf(doc, style),
    ...causesText(doc, style),
    ...serviceText(doc, style),
    ...(doc.dns ? ['', ...dnsText(doc.dns, style)] : []),
    ...shown.flatMap((item) => block(item, doc, columns, style)),
    ...othersLine(doc, lead, style),
    '',
    ...answerOf(doc, style),
    ...footOf(doc, style),
  ];
};
