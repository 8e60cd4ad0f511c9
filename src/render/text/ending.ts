import type { ReasonDoc, TraceDoc, TraceItemDoc } from '../../explain/document.ts';
import { hang } from '../wrap.ts';
import type { Style } from './style.ts';

// A choice among endpoints, or among nodes, is one translation with several outcomes.
const grouped = (nat: TraceDoc['summary']['nat']): string[] => {
  const groups = new Map<string, (typeof nat)[number][]>();
  for (const one of nat) {
    const key = `${one.kind} ${one.from}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const outcomes = new Set(group.map(({ to }) => to));
    const places = [...new Set(group.map(({ at }) => at))];
    if (!first) return [];
    const what = first.kind === 'dnat' ? 'endpoints' : 'addresses';
    const to = outcomes.size === 1 ? first.to : `one of ${outcomes.size} ${what}`;
    const where = places.length <= 2 ? places.join(' or ') : `one of ${places.length} nodes`;
    return [`${first.kind} ${first.from} -> ${to} at ${where}`];
  });
};

const natWords = (doc: TraceDoc): string => {
  const { nat } = doc.summary;
  return nat.length === 0 ? 'no NAT' : grouped(nat).join(', ');
};

const replyWords = (doc: TraceDoc): string => {
  const { reply } = doc.summary;
  if (!reply) return '';
  if (reply.result === 'unknown') return 'what becomes of the reply is not known';
  if (reply.result === 'lost') return 'the reply is lost';
  return `the reply comes back ${reply.symmetric ? 'the same way' : 'another way'}${reply.ttl === undefined ? '' : `, ttl ${reply.ttl}`}`;
};

// Behind a Service it is a pod that sees the source.
const receiver = ({ question, summary, service }: TraceDoc): string => {
  const reached = summary.destinationReached;
  return (service && (reached?.pod ?? reached?.ip)) ?? question.to.text;
};

const arrivalWords = (doc: TraceDoc): string => {
  const { sourceSeen, pathMtu } = doc.summary;
  const parts = [
    sourceSeen === undefined ? '' : `${receiver(doc)} sees ${sourceSeen}, ${natWords(doc)}`,
    pathMtu === undefined ? '' : `path MTU ${pathMtu}`,
    replyWords(doc),
  ];
  return parts.filter((part) => part !== '').join('; ');
};

/** `No lease covers it (10.1.99.5)`. */
const reasonWords = ({ summary, detail }: ReasonDoc): string =>
  detail === undefined ? summary : `${summary} (${detail})`;

const paintOf = (doc: TraceDoc, { palette }: Style) =>
  doc.result === 'reachable' ? palette.good : doc.result === 'unreachable' ? palette.bad : palette.warn;

// An error to someone outside has done its part when it leaves.
const isOutside = ({ question }: TraceDoc): boolean => question.from.kind === 'ip' || question.from.kind === 'internet';

const errorLines = (doc: TraceDoc, { width }: Style): string[] =>
  doc.traces.flatMap((item) => {
    const step = item.hops.at(-1)?.steps.at(-1);
    if (item.error === undefined || !step) return [];
    // One that could not be sent at all never got a source.
    const { source, destination } = step.packet;
    const from = source === destination ? '' : ` from ${source}`;
    const host = item.hops.at(-1)?.host ?? '';
    const what = item.error === 'tcp-reset' ? 'a TCP reset' : `ICMP ${item.error}`;
    const end =
      item.verdict === 'delivered' || (item.verdict === 'exits' && isOutside(doc))
        ? `${host} is told: ${what}${from}`
        : `${what}${from} does not get back: ${item.reason.code} at ${host}`;
    return hang('  ', end, width);
  });

// Copies that a promiscuous bridge makes of everything, and that end where they should.
const EXPECTED = new Set(['OTHER_HOST_MAC', 'EBTABLES_DROP']);

const copyLines = (items: readonly TraceItemDoc[], { width, level, palette }: Style): string[] =>
  items
    .filter((item) => item.direction === 'forward')
    .flatMap((item) => item.copies ?? [])
    .filter(({ reason }) => level === 'verbose' || !EXPECTED.has(reason.code))
    .flatMap(({ host, dev, verdict, reason }) =>
      hang(
        '  ',
        `a copy of the frame at ${host}${dev === undefined ? '' : ` ${dev}`}: ${verdict}, ${reason.code}`,
        width,
      ),
    )
    .map((line) => palette.faint(line));

// Phrases are kept whole: where they do not all fit on one line, a new line begins between two of them.
const phrases = (head: string, text: string, width: number): string[] => {
  const lines: string[] = [];
  for (const phrase of text.split('; ')) {
    const last = lines.at(-1);
    if (last !== undefined && head.length + last.length + 2 + phrase.length < width)
      lines[lines.length - 1] = `${last}; ${phrase}`;
    else lines.push(phrase);
  }
  const ended = lines.map((line, i) => (i < lines.length - 1 ? `${line};` : line));
  return ended.flatMap((line, i) => hang(i === 0 ? head : ' '.repeat(head.length), line, width));
};

/** The answer: one line where all is well, else where and why it ended, what to change, and where to read more. */
export const answerOf = (doc: TraceDoc, style: Style): string[] => {
  const { width, palette } = style;
  const paint = paintOf(doc, style);
  const { reason } = doc.summary;
  const arrival = arrivalWords(doc);
  const said = doc.result === 'reachable' ? arrival : reason ? reasonWords(reason) : arrival;
  const lead = `${doc.result}: `;
  const [first = '', ...rest] = phrases(lead, said, width);
  const head = [paint(first.slice(0, lead.length)) + first.slice(lead.length), ...rest];
  if (!reason) return [...head, ...copyLines(doc.traces, style)];
  const where = `${reason.host}${reason.dev === undefined ? '' : ` ${reason.dev}`}`;
  const what = reason.direction === 'reply' ? 'the reply' : 'the packet';
  const kernel = reason.dropReason === undefined ? '' : ` (kernel drop reason ${reason.dropReason})`;
  return [
    ...head,
    ...(arrival === '' ? [] : phrases('  ', arrival, width)),
    ...hang('  ', `${what} ends at ${where}: ${reason.code}${kernel}`, width),
    ...errorLines(doc, style),
    ...copyLines(doc.traces, style),
    ...(reason.hint === undefined ? [] : hang('  hint: ', reason.hint, width)),
    ...hang('  ', `more: k8snet explain ${reason.code}`, width).map((line) => palette.faint(line)),
  ];
};

const SHOWN = 4;

const list = (title: string, texts: readonly string[], { width, level, palette }: Style): string[] => {
  const shown = level === 'verbose' ? texts : texts.slice(0, SHOWN);
  const more = texts.length - shown.length;
  return [
    ...shown.flatMap((text) => hang(`${title}: `, text, width)),
    ...(more > 0 ? [`${title}: ${more} more, listed by -v`] : []),
  ].map((line) => palette.faint(line));
};

/** What the answer rests on, and what to be wary of. */
export const footOf = (doc: TraceDoc, style: Style): string[] => {
  const assumptions = doc.assumptions.map(({ text, change, evidence }) =>
    [
      text,
      evidence === undefined || style.level !== 'verbose' ? '' : `evidence: ${evidence}`,
      change === undefined ? '' : `change it with ${change}`,
    ]
      .filter((part) => part !== '')
      .join('; '),
  );
  const lines = [
    ...list(
      'warning',
      doc.warnings.map(({ text }) => text),
      style,
    ),
    ...list('not modelled', doc.unsupported, style),
    ...list('assumed', assumptions, style),
  ];
  return lines.length > 0 ? ['', ...lines] : [];
};
