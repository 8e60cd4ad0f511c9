import type { DnsDoc } from '../../explain/document.ts';
import { hang } from '../wrap.ts';
import type { Style } from './style.ts';

type Query = DnsDoc['queries'][number];
type Line = Query & { readonly types: string };

/** Longer names have a line of their own. */
const LONGEST_NAME = 60;
const SHOWN = 4;

// A and AAAA that were both refused are one line.
const linesOf = (queries: readonly Query[]): readonly Line[] => {
  const lines: Line[] = [];
  for (const query of queries) {
    const last = lines.at(-1);
    const again =
      last?.name === query.name && last.rcode === query.rcode && query.answers.length + last.answers.length === 0;
    if (again) lines[lines.length - 1] = { ...last, types: `${last.types} ${query.type}` };
    else lines.push({ ...query, types: query.type });
  }
  return lines;
};

const answerWords = ({ rcode, answers }: Query): string => (answers.length > 0 ? answers.join(', ') : rcode);

const noteOf = ({ note, place }: Query): string | undefined => {
  const at = place ? `${place.file}:${place.line}` : undefined;
  return note === undefined || at === undefined ? (note ?? at) : `${note}   (${at})`;
};

const queryLines = (line: Line, name: number, types: number, { width, level, palette }: Style): string[] => {
  const paint = line.answers.length > 0 ? (text: string) => text : palette.faint;
  const tall = line.name.length > name;
  const head = `  ${(tall ? '' : line.name).padEnd(name)}  ${line.types.padEnd(types)}  `;
  const note = level === 'verbose' ? noteOf(line) : undefined;
  return [
    ...(tall ? hang('  ', line.name, width) : []),
    ...hang(head, answerWords(line), width),
    ...(note === undefined ? [] : hang('    ', note, width)),
  ].map((text) => paint(text.trimEnd()));
};

const backendWords = ({ ip, port, pod }: { ip: string; port?: number; pod?: string }): string => {
  const end = port === undefined ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  return pod === undefined ? end : `${pod} ${end}`;
};

const some = (texts: readonly string[], level: Style['level']): string => {
  const shown = level === 'verbose' ? texts : texts.slice(0, SHOWN);
  const more = texts.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
};

const resultWords = ({ name, result }: DnsDoc, level: Style['level']): string => {
  const { service, ips, port, hint, backends = [] } = result;
  const owner = service ? `${service.namespace}/${service.name}` : '';
  switch (result.kind) {
    case 'service':
      return `${name} is the Service ${owner}, ${ips.join(' and ')}${port === undefined ? '' : ` port ${port}`}`;
    case 'endpoints':
      return `${name} is ${backends.length === 1 ? 'one endpoint' : `${backends.length} endpoints`} of the Service ${owner}: ${some(backends.map(backendWords), level)}`;
    case 'external': {
      const outside = result.name === undefined || result.name === name ? '' : `${result.name}, `;
      return `${name} is ${outside}a name outside of the cluster: what it resolves to is not known${hint === undefined ? '' : `; ${hint}`}`;
    }
    case 'pod':
      return `${name} is the address of a pod, ${ips.join()}`;
    case 'address':
      return name === ips.join() ? name : `${name} is ${ips.join()}`;
    case 'nothing':
      return `${name} resolves to nothing${hint === undefined ? '' : `: ${hint}`}`;
  }
};

const resolverLines = ({ resolver }: DnsDoc, { width, palette }: Style): string[] => {
  const { nameservers, search, ndots, source } = resolver;
  return [
    ...hang('  nameserver  ', `${nameservers.join(', ') || 'none'}   (${source})`, width),
    ...(search.length > 0 ? hang('  search      ', search.join(' '), width) : []),
    ...hang('  options     ', `ndots:${ndots}`, width),
  ].map((line) => palette.faint(line));
};

/** How a name became an address: the resolv.conf with -v, one line for each query, and what it came to. */
export const dnsText = (doc: DnsDoc, style: Style): string[] => {
  const { width, level, palette } = style;
  const lines = linesOf(doc.queries);
  const names = lines.map(({ name }) => name.length).filter((length) => length <= LONGEST_NAME);
  const name = Math.max(0, ...names);
  const types = Math.max(0, ...lines.map((line) => line.types.length));
  const paint =
    doc.result.kind === 'nothing' ? palette.bad : doc.result.kind === 'external' ? palette.warn : palette.name;
  return [
    ...(level === 'verbose' ? resolverLines(doc, style) : []),
    ...(level === 'brief' ? [] : lines.flatMap((line) => queryLines(line, name, types, style))),
    ...hang('  ', resultWords(doc, level), width).map((line) => paint(line)),
  ];
};
