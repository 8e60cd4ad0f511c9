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
const isShown = (item: TraceItemDoc, doc: TraceDoc, { level }: Style): boolean => {
  if (item.direction === 'forward' || level === 'verbose') return true;
  if (level === 'brief' || item.error !== undefined) return false;
  return item.verdict !== 'delivered' || doc.summary.reply?.symmetric === false;
};

const block = (item: TraceItemDoc, doc: TraceDoc, columns: Columns, style: Style): string[] => {
  const forwards = doc.traces.filter(({ direction }) => direction === 'forward').length;
  const table = style.level === 'brief' ? briefTable(item, columns, style) : tableOf(item, columns, style);
  return ['', ...titleOf(item, forwards, style), ...table];
};

/** A trace as people read it: the question, the way in a table, the answer. */
export const traceText = (doc: TraceDoc, style: Style): string[] => {
  const shown = doc.traces.filter((item) => isShown(item, doc, style));
  const columns = columnsOf(shown);
  return [
    ...headingOf(doc, style),
    ...causesText(doc, style),
    ...serviceText(doc, style),
    ...(doc.dns ? ['', ...dnsText(doc.dns, style)] : []),
    ...shown.flatMap((item) => block(item, doc, columns, style)),
    '',
    ...answerOf(doc, style),
    ...footOf(doc, style),
  ];
};
